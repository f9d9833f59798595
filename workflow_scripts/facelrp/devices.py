"""Where and how exactly networks are computed."""

import os

import torch


def prepare(device, precision, threads):
    """Settle device and precision, and make torch repeat itself to the bit.

    Parameters
    ----------
    device : {"auto", "cpu", "cuda"}
    precision : {"auto", "float32", "bfloat16"}
        auto means bfloat16 on a GPU and on a CPU with AVX512-BF16, where it is quicker, else float32.
    threads : int
        CPU threads. Sums depend on it in their last bits, so it must not depend on how many cores happen to be free.

    Returns
    -------
    device : torch.device
    precision : {"float32", "bfloat16"}
    """
    torch.set_num_threads(threads)
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if precision == "auto":
        quick = device == "cuda" or torch.cpu._is_avx512_bf16_supported()
        precision = "bfloat16" if quick else "float32"
    return torch.device(device), precision
