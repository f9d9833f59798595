"""The device that networks are computed on, and settings of torch for reproducible results."""

import ctypes
import os
import platform

import torch

from facelrp.errors import InputError

#: Names of glibc's settings of `mallopt`, from its malloc.h.
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4


def prepare(device, threads):
    """Choose the device, and make torch's results the same bytes in every run.

    Parameters
    ----------
    device : {"auto", "cpu", "cuda"}
    threads : int
        CPU threads. The last bits of sums depend on this number, so it must not depend on the number of free cores.

    Returns
    -------
    torch.device

    Raises
    ------
    InputError
        If a GPU is requested and torch finds none.
    """
    if device == "cuda" and not torch.cuda.is_available():
        fix = "write auto or cpu, or see what nvidia-smi and torch.version.cuda say on this host"
        raise InputError("torch finds no GPU", "config key compute/device", fix)
    _keep_memory()
    torch.set_num_threads(threads)
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    # The same as use_deterministic_algorithms(True), but that loads torch's compiler: two seconds per job.
    torch.set_deterministic_debug_mode("error")
    # Filling new memory protects against reading uninitialised values, but writes all memory twice.
    torch.utils.deterministic.fill_uninitialized_memory = False
    # By default cuDNN rounds float32 factors to TF32, three decimal digits.
    torch.backends.cudnn.allow_tf32 = False
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(device)


def _keep_memory():
    """Make glibc's allocator, if this is glibc, keep freed memory.

    By default it returns large blocks to the system at once, and requests them again, page by page, for the next layer.
    That took a seventh of a training step of the Levi-Hassner network.
    """
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(M_MMAP_MAX, 0)
        libc.mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
