"""The way of relevance through a network: maps of it at values that all of it passes."""

from itertools import pairwise

import torch

#: Layers of a sequence whose inputs are shown, by the beginning of their names. The inputs of other layers differ at
#: most by a nonlinearity.
SHOWN = ("conv", "pool", "fc")
#: How many maps of a network with branches are shown, unless it has more sizes.
MOST = 9


def maps_of_sequence(layers):
    """Return the maps of a sequence, with the names of the layers that a map is the output of.

    Parameters
    ----------
    layers : dict of {str: torch.Tensor}
        The relevance of the inputs of all layers, for one image, see `facelrp.lrp.Explanation`.

    Returns
    -------
    dict of {str: torch.Tensor}
        (H, W) or (units,), from the pixels to the inputs of the last layer.
    """
    names = list(layers)
    # The first dense layer takes the last feature maps as a vector: shown as maps again, its relevance has positions.
    vectors = {name: layers["flatten"] for before, name in pairwise(names) if before == "flatten"}
    shown = [index for index, name in enumerate(names) if name.startswith(SHOWN)]
    maps = {"pixels": as_map(layers[names[shown[0]]])}
    for before, index in pairwise(shown):
        title = ", ".join(name for name in names[before:index] if name.startswith((*SHOWN, "norm")))
        maps[title] = as_map(vectors.get(names[index], layers[names[index]]))
    return maps


def maps_of_graph(graph, layers):
    """Return maps of a network with branches, where these meet, with the names of the operations they come from.

    Parameters
    ----------
    graph : facelrp.lrp.graph.Graph
    layers : dict of {str: torch.Tensor}
        See `maps_of_sequence`.

    Returns
    -------
    dict of {str: torch.Tensor}
        (H, W) or (units,), from the pixels on, see `chosen`. Of what the network sees of an image, only the result.
    """
    names = ["", *(step.name for step in graph.steps)]
    passes = narrow_passes(graph)
    seen = [value for value in passes if names[value].startswith("view.")]
    passes = [value for value in passes if value not in seen[:-1]]
    maps = [as_map(relevance_of_value(value, graph, layers)) for value in passes]
    titles = ["view" if value in seen else names[value].removeprefix("features.") for value in passes]
    titles[0] = "pixels"
    return {titles[place]: maps[place] for place in chosen(maps)}


def narrow_passes(graph):
    """Return the values of a network that all relevance passes, from the images to the last before the output.

    In a sequence these are the inputs of all layers. A network with branches has them where its branches meet.

    Parameters
    ----------
    graph : facelrp.lrp.graph.Graph

    Returns
    -------
    list of int
        Numbers of values: 0 is the images, and i is what step i − 1 computes.
    """
    passed = [step.name in graph.names for step in graph.steps]
    last_use = {}
    for number, step in enumerate(graph.steps):
        last_use |= dict.fromkeys(step.inputs, number) if passed[number] else {}
    # A value is passed by all if no earlier one is used after the step that computes it.
    furthest, found = last_use.get(0, 0), [0]
    for value in range(1, len(graph.steps)):
        if passed[value - 1] and furthest <= value - 1:
            found.append(value)
        furthest = max(furthest, last_use.get(value, 0))
    return found


def relevance_of_value(value, graph, layers):
    """Return the relevance of a value, the sum of what all steps that use it pass to it.

    Parameters
    ----------
    value : int
    graph : facelrp.lrp.graph.Graph
    layers : dict of {str: torch.Tensor}
        Of `facelrp.lrp.Explanation`, with those of all layers.
    """
    shares = [
        layers[step.name if len(step.inputs) == 1 else f"{step.name}[{place}]"]
        for step in graph.steps
        for place, source in enumerate(step.inputs)
        if source == value and step.name in graph.names
    ]
    return torch.stack(shares).sum(0)


def as_map(relevance):
    """Return the relevance of a value of one image, summed over channels, with its positions.

    Parameters
    ----------
    relevance : torch.Tensor
        (1, C, H, W); (1, H, W, C), with more channels than rows; (1, T, C) for T tokens; or (1, units).

    Returns
    -------
    torch.Tensor
        (H, W); for T = 1 + H² or H² tokens, (H, H) without the class token; or (units,).
    """
    one = relevance[0]
    if one.dim() == 3:
        return one.sum(2 if one.shape[0] == one.shape[1] != one.shape[2] else 0)
    if one.dim() == 2:
        tokens = one.sum(1)
        side = int(len(tokens) ** 0.5)
        return tokens[len(tokens) - side**2 :].reshape(side, side)
    return one


def chosen(maps):
    """Choose maps of a network: all sizes, and of the size with the most maps several, as long as there is room.

    Parameters
    ----------
    maps : list of torch.Tensor
        In order, from the pixels.

    Returns
    -------
    list of int
        Their places in the list.
    """
    runs = []
    for place, one in enumerate(maps):
        if not runs or one.shape != maps[place - 1].shape:
            runs.append([])
        runs[-1].append(place)
    places = {run[0] for run in runs}
    longest = max(runs, key=len)
    more = min(MOST - len(places), len(longest) - 1)
    places |= {longest[round((number + 1) * (len(longest) - 1) / more)] for number in range(more)}
    return sorted(places)
