"""Where and how exactly networks are computed."""

import ctypes
import os
import platform

import torch

from facelrp.errors import InputError

#: Names of glibc's settings of `mallopt`, from its malloc.h.
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4


def prepare(device, threads):
    """Settle the device, and make torch repeat itself to the bit.

    Parameters
    ----------
    device : {"auto", "cpu", "cuda"}
    threads : int
        CPU threads. Sums depend on it in their last bits, so it must not depend on how many cores happen to be free.

    Returns
    -------
    torch.device

    Raises
    ------
    InputError
        If a GPU is asked for and there is none.
    """
    if device == "cuda" and not torch.cuda.is_available():
        fix = "write auto or cpu, or see what nvidia-smi and torch.version.cuda say on this host"
        raise InputError("torch finds no GPU", "config key compute/device", fix)
    _keep_memory()
    torch.set_num_threads(threads)
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    # What use_deterministic_algorithms(True) does, without loading torch's compiler: two seconds for each job.
    torch.set_deterministic_debug_mode("error")
    # A guard against reading what was never written, at the price of writing all memory twice.
    torch.utils.deterministic.fill_uninitialized_memory = False
    # float32 means float32: cuDNN would round what it multiplies to TF32, three decimal digits.
    torch.backends.cudnn.allow_tf32 = False
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(device)


def _keep_memory():
    """Let the allocator keep what is freed, where it is glibc's.

    It gives large blocks back to the system at once and takes them anew, page by page, when the next layer asks: a
    seventh of a training step of the Levi-Hassner network.
    """
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(M_MMAP_MAX, 0)
        libc.mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
