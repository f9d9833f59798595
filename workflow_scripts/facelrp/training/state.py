"""The state from which an interrupted training continues as if it had never stopped."""

import torch


def capture(network, optimiser, generator, history):
    """Return the state of a training between two epochs.

    Parameters
    ----------
    network : torch.nn.Module
        The network being trained, with its normalisations.
    optimiser : torch.optim.Optimizer
    generator : torch.Generator
        It draws the order of faces and their augmentation.
    history : list of dict
        Records of the epochs so far.

    Returns
    -------
    dict
        Tensors, numbers and text; tensors share memory with the network.
    """
    device = next(network.parameters()).device
    return {
        "network": network.state_dict(),
        "optimiser": optimiser.state_dict(),
        "generator": generator.get_state(),
        "dropout": torch.cuda.get_rng_state(device) if device.type == "cuda" else torch.get_rng_state(),
        "history": history,
    }


def restore(state, network, optimiser, generator):
    """Restore the state of a training from `capture`; return the records of its epochs so far.

    Parameters
    ----------
    state : dict
    network, optimiser, generator
        Built like those whose state was captured, on a device of the same type; changed in place.

    Returns
    -------
    list of dict
    """
    network.load_state_dict(state["network"])
    optimiser.load_state_dict(state["optimiser"])
    generator.set_state(state["generator"])
    device = next(network.parameters()).device
    if device.type == "cuda":
        torch.cuda.set_rng_state(state["dropout"], device)
    else:
        torch.set_rng_state(state["dropout"])
    return list(state["history"])
