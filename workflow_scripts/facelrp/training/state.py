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
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    return {
        "network": network.state_dict(),
        "optimiser": optimiser.state_dict(),
        "generator": generator.get_state(),
        "dropout": {"cpu": torch.get_rng_state(), "cuda": cuda},
        "history": history,
    }


def restore(state, network, optimiser, generator):
    """Restore the state of a training from `capture`; return the records of its epochs so far.

    Parameters
    ----------
    state : dict
    network, optimiser, generator
        Built like those whose state was captured; changed in place.

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
