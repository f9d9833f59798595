"""Keep the caller's settings of torch, and the network's training mode, out of explanations."""

from contextlib import ExitStack, contextmanager

import torch

#: torch's settings of how products of float32 are rounded, from the general to the particular. A setting without a
#: value of its own follows the one before it that is more general.
SETTINGS = (
    ("generic", "all"),
    ("cuda", "all"),
    ("mkldnn", "all"),
    ("cuda", "matmul"),
    ("cuda", "conv"),
    ("mkldnn", "matmul"),
    ("mkldnn", "conv"),
)

#: The settings that an older one of cuDNN stands for.
CUDNN = (("cuda", "conv"), ("cuda", "rnn"))

#: Types of devices with an autocast that a caller can switch on.
AUTOCAST = ("cpu", "cuda", "mps", "xpu")


def working_dtype(dtype):
    """Return the type to compute in: float64 for float64; float32 for float32, float16 and bfloat16.

    √tiny, up to which a denominator counts as zero, is 0.0078 in float16: most relevance would vanish. bfloat16 has two
    decimal digits, too few for a ledger that balances. float32 holds the numbers of both exactly.
    """
    return torch.promote_types(dtype, torch.float32)


@contextmanager
def without_autocast():
    """Switch autocast off within the context."""
    with ExitStack() as stack:
        for device in AUTOCAST:
            if torch.is_autocast_enabled(device):
                stack.enter_context(torch.autocast(device, enabled=False))
        yield


@contextmanager
def full_precision():
    """Compute in full precision within the context, whatever the caller has set; afterwards the settings are as before.

    It switches autocast off, and every rounding of float32 to TF32 or bfloat16 on CPUs and GPUs. Three decimal digits
    are not enough for the ledger to balance. cuDNN does not choose its algorithms by timing them, because results
    would depend on the choice. The settings of rounding belong to the process: threads beside this one see them, too.
    """
    with ExitStack() as stack:
        stack.enter_context(without_autocast())
        if torch.backends.cudnn.benchmark:
            stack.callback(setattr, torch.backends.cudnn, "benchmark", True)
            torch.backends.cudnn.benchmark = False
        older = _older_setting()
        for setting in SETTINGS:
            # The more general settings are "ieee" by now: any other value is the setting's own.
            if (own := _rounding(setting).fp32_precision) != "ieee":
                stack.callback(setattr, _rounding(setting), "fp32_precision", own)
                _rounding(setting).fp32_precision = "ieee"
        if older != "highest":
            # Some functions of CUDA refuse to work if this one, which is older, disagrees with the others. It writes
            # them when it is set, so it is the first to be restored.
            for backend in ("cuda", "mkldnn"):
                stack.callback(setattr, _rounding((backend, "matmul")), "fp32_precision", "ieee")
            stack.callback(torch.set_float32_matmul_precision, older)
            torch.set_float32_matmul_precision("highest")
        yield


def _rounding(setting):
    """Return an object whose ``fp32_precision`` reads and writes a setting.

    torch's own name for ("mkldnn", "all"), ``torch.backends.mkldnn.fp32_precision``, writes ("generic", "all") instead.
    """
    return torch.backends._FP32Precision(*setting)


def _older_setting():
    """Return torch's older setting of matrix products, as "highest" if it contradicts the others and cannot be read."""
    try:
        return torch.get_float32_matmul_precision()
    except RuntimeError:
        return "highest"


@contextmanager
def readable_older_setting():
    """Make torch's older setting of cuDNN readable within the context; afterwards the settings are as before.

    torch.export reads it, and reading is an error if newer settings, such as ``torch.backends.fp32_precision``, differ.
    """
    if _allows_tf32() is not None:
        yield
        return
    before = {setting: _rounding(setting).fp32_precision for setting in CUDNN}
    for setting in CUDNN:
        _rounding(setting).fp32_precision = "tf32"
    older = _allows_tf32() is not None  # it agrees with them only if it was on
    torch._C._set_cudnn_allow_tf32(True)
    try:
        yield
    finally:
        torch._C._set_cudnn_allow_tf32(older)
        for setting, own in before.items():
            _rounding(setting).fp32_precision = "none"
            if _rounding(setting).fp32_precision != own:  # what it follows has another value
                _rounding(setting).fp32_precision = own


def _allows_tf32():
    """Return torch's older setting of cuDNN, or None if it contradicts the others and cannot be read."""
    try:
        return torch._C._get_cudnn_allow_tf32()
    except RuntimeError:
        return None


@contextmanager
def evaluating(network):
    """Switch dropout and all else that is for training off within the context; afterwards every module is as before.

    Only the flags are written: a ``train`` or ``eval`` of the network's own is not called.

    Parameters
    ----------
    network : torch.nn.Module
    """
    training = [module for module in network.modules() if module.training]
    for module in training:
        module.training = False
    try:
        yield
    finally:
        for module in training:
            module.training = True
