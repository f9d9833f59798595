"""All that a training needs to go on as if it had never been interrupted."""

import torch


def capture(network, optimiser, generator, history):
    """Return the state of a training between two epochs.

    Parameters
    ----------
    network : torch.nn.Module
        As it is trained, normalisations included.
    optimiser : torch.optim.Optimizer
    generator : torch.Generator
        Of order and augmentation.
    history : list of dict
        Records of the epochs so far.

    Returns
    -------
    dict
        Of tensors, numbers and text; shares memory with the network.
    """
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    return {
        "network": network.state_dict(),
        "optimiser": optimiser.state_dict(),
        "generator": generator.get_state(),
        "dropout": {"cpu": torch.get_rng_state(), "cuda": cuda},
        "history": history,
    }


def restore(state, network, optimiser, generator):
    """Bring a training into a state from `capture`; return the records of the epochs so far.

    Parameters
    ----------
    state : dict
    network, optimiser, generator
        Made as those of the state were; changed in place.

    Returns
    -------
    list of dict
    """
    network.load_state_dict(state["network"])
    optimiser.load_state_dict(state["optimiser"])
    generator.set_state(state["generator"])
    torch.set_rng_state(state["dropout"]["cpu"])
    if state["dropout"]["cuda"]:
        torch.cuda.set_rng_state_all(state["dropout"]["cuda"])
    return list(state["history"])
