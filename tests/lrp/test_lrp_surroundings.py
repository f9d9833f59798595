"""Explanations do not depend on the caller's settings of torch, which are as before afterwards; and half precision."""

import copy
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from torch import nn

from facelrp.lrp import AlphaBeta, Composite, Epsilon, Explainer, Gamma, WSquare, explain
from facelrp.lrp.surroundings import AUTOCAST, SETTINGS, full_precision

RULES = [
    AlphaBeta(2, -1),
    Epsilon(0.1),
    Gamma(0.3),
    Composite(conv=Gamma(0.3), dense=AlphaBeta(1, 0), first=WSquare()),
]


@pytest.fixture(scope="module")
def network():
    """A network large enough for oneDNN's methods in bfloat16."""
    torch.manual_seed(1)
    return nn.Sequential(
        nn.Conv2d(3, 32, 5, stride=2),
        nn.ReLU(),
        nn.MaxPool2d(2, ceil_mode=True),
        nn.LocalResponseNorm(5, alpha=0.1),
        nn.Conv2d(32, 64, 3, padding=1),
        nn.ReLU(),
        nn.AvgPool2d(2),
        nn.Flatten(2),
        nn.Linear(16, 8),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(512, 256),
        nn.ReLU(),
        nn.Dropout(),
        nn.Linear(256, 3),
    )


@pytest.fixture
def images():
    return torch.randn(4, 3, 35, 35)


def rounding(backend, op):
    return torch.backends._FP32Precision(backend, op)


@contextmanager
def rounded(backend, op, precision):
    before = rounding(backend, op).fp32_precision
    rounding(backend, op).fp32_precision = precision
    try:
        yield
    finally:
        rounding(backend, op).fp32_precision = before


@contextmanager
def older(precision):
    torch.set_float32_matmul_precision(precision)
    try:
        yield
    finally:
        torch.set_float32_matmul_precision("highest")
        for backend in ("cuda", "mkldnn"):
            rounding(backend, "matmul").fp32_precision = "none"


@contextmanager
def older_then_newer():
    """Contradict the older setting by the newer ones: torch then refuses to read the older one."""
    with older("high"):
        rounding("mkldnn", "matmul").fp32_precision = "bf16"
        yield


@contextmanager
def default_dtype(dtype):
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


@contextmanager
def default_device(device):
    torch.set_default_device(device)
    try:
        yield
    finally:
        torch.set_default_device(None)


@contextmanager
def deterministic():
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(False)


@contextmanager
def timed_algorithms():
    torch.backends.cudnn.benchmark = True
    try:
        yield
    finally:
        torch.backends.cudnn.benchmark = False


CALLERS = {
    "autocast to bfloat16": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    "autocast to float16": lambda: torch.autocast("cpu", dtype=torch.float16),
    "matrix products high": lambda: older("high"),
    "matrix products medium": lambda: older("medium"),
    "older and newer settings mixed": older_then_newer,
    "everything in bfloat16": lambda: rounded("generic", "all", "bf16"),
    "everything in TF32": lambda: rounded("generic", "all", "tf32"),
    "oneDNN in bfloat16": lambda: rounded("mkldnn", "all", "bf16"),
    "oneDNN's products in bfloat16": lambda: rounded("mkldnn", "matmul", "bf16"),
    "oneDNN's convolutions in bfloat16": lambda: rounded("mkldnn", "conv", "bf16"),
    "cuBLAS in TF32": lambda: rounded("cuda", "matmul", "tf32"),
    "inference mode": torch.inference_mode,
    "no gradients": torch.no_grad,
    "gradients": torch.enable_grad,
    "float64 by default": lambda: default_dtype(torch.float64),
    "float16 by default": lambda: default_dtype(torch.float16),
    "meta by default": lambda: default_device("meta"),
    "deterministic": deterministic,
    "timed algorithms": timed_algorithms,
}


def settings():
    """Return all that an explanation may have changed."""
    try:
        old = torch.get_float32_matmul_precision()
    except RuntimeError:
        old = "mixed"
    return {
        "older": old,
        **{setting: rounding(*setting).fp32_precision for setting in SETTINGS},
        "autocast": [torch.is_autocast_enabled(device) for device in AUTOCAST],
        "cudnn": (torch.backends.cudnn.enabled, torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic),
        "dtype": torch.get_default_dtype(),
        "gradients": torch.is_grad_enabled(),
        "inference": torch.is_inference_mode_enabled(),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
    }


def following():
    """Return which settings follow the more general ones, by changing those."""
    found = {}
    for general in (("generic", "all"), ("cuda", "all"), ("mkldnn", "all")):
        before = rounding(*general).fp32_precision
        if general[0] != "generic" and before != "none":
            continue
        read = []
        for precision in ("ieee", "tf32"):
            rounding(*general).fp32_precision = precision
            read.append([rounding(*setting).fp32_precision for setting in SETTINGS])
        rounding(*general).fp32_precision = before
        found[general] = [one != other for one, other in zip(*read, strict=True)]
    return found


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_the_callers_settings_change_nothing(caller, rule, network, images):
    expected = explain(network, images, rule, target=1, lrn="taylor")
    earlier = Explainer(network, rule, "taylor")
    with CALLERS[caller]():
        before = settings()
        inside = explain(network, images, rule, target=1, lrn="taylor")
        called_inside = earlier(images, 1)
        made_inside = Explainer(network, rule, "taylor")
        assert settings() == before
    for same in (inside, called_inside, made_inside(images, 1)):
        torch.testing.assert_close(same.relevance, expected.relevance, rtol=0, atol=0)
        torch.testing.assert_close(same.output, expected.output, rtol=0, atol=0)
        torch.testing.assert_close(same.ledger.lost(), expected.ledger.lost(), rtol=0, atol=0)
        assert same.conservation_error().max() < 1e-3


@pytest.mark.parametrize("caller", CALLERS)
def test_settings_are_restored_after_an_error(caller, network, images):
    explainer = Explainer(network)
    with CALLERS[caller]():
        before, then_following = settings(), following()
        assert settings() == before
        with pytest.raises(ValueError, match="3 output units"):
            explainer(images)
        with pytest.raises(ValueError, match="from 0 to 2"):
            explain(network, images, target=7)
        assert settings() == before
        assert following() == then_following
        explainer(images, 0)
        assert settings() == before
        assert following() == then_following


def test_settings_within_are_of_full_precision():
    with older("medium"), rounded("mkldnn", "conv", "bf16"), torch.autocast("cpu"):
        with full_precision():
            assert {rounding(*setting).fp32_precision for setting in SETTINGS} == {"ieee"}
            assert torch.get_float32_matmul_precision() == "highest"
            assert not torch.backends.cuda.matmul.allow_tf32  # an error if the settings contradict each other
            assert not torch.is_autocast_enabled("cpu")
            with full_precision():  # an explanation within another
                pass
            assert not torch.is_autocast_enabled("cpu")
        assert torch.get_float32_matmul_precision() == "medium"
        assert torch.backends.cuda.matmul.allow_tf32


def test_parametrised_weights_are_computed_in_full_precision(images):
    images = images[:, :, :16, :16]
    network = nn.Sequential(nn.Flatten(), nn.utils.parametrizations.orthogonal(nn.Linear(768, 4)))
    expected = explain(network, images, target=0).relevance
    with torch.autocast("cpu"), older("medium"):
        torch.testing.assert_close(explain(network, images, target=0).relevance, expected, rtol=0, atol=0)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
@pytest.mark.parametrize("lrn", ["identity", "taylor"])
@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_half_precision_is_computed_in_float32(rule, lrn, dtype, network, images):
    half = copy.deepcopy(network).to(dtype)
    exact = explain(copy.deepcopy(half).double(), images.to(dtype).double(), rule, target=2, lrn=lrn).relevance
    for given in (images.to(dtype), images.to(dtype).float()):
        explanation = explain(half, given, rule, target=2, lrn=lrn, batch_size=3)
        assert explanation.relevance.dtype == torch.float32
        assert (explanation.relevance - exact).norm() <= 1e-5 * exact.norm()
        assert explanation.conservation_error().max() < 1e-3
        assert (explanation.relevance.abs().amax((1, 2, 3)) > 0).all()
    assert all(weight.dtype == dtype for weight in half.parameters())


def test_small_relevance_survives_in_half_precision():
    """By hand: f = 0.5 (a₁ + a₂) with a = (0.002, 0.006), all below 0.0078 = √tiny of float16."""
    network = nn.Sequential(nn.Flatten(), nn.Linear(2, 1, bias=False)).half()
    nn.init.constant_(network[1].weight, 0.5)
    images = torch.tensor([0.002, 0.006]).half().reshape(1, 1, 1, 2)
    for rule in (AlphaBeta(1, 0), Epsilon(0), Gamma(0.25)):
        relevance = explain(network, images, rule).relevance
        torch.testing.assert_close(relevance, 0.5 * images.float())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("gamma", [0.1, 0.3, 1 / 3, 2.7])
def test_gamma_has_all_digits(gamma, dtype):
    rng = np.random.default_rng(1)
    weights, a = rng.normal(size=(1, 9)), rng.normal(size=9)
    network = nn.Sequential(nn.Flatten(), nn.Linear(9, 1, bias=False)).double()
    network[1].weight.data[:] = torch.from_numpy(weights)
    terms = (weights * a)[0]
    favoured = np.where(np.sign(terms) == np.sign(terms.sum()), 1 + gamma, 1) * terms
    expected = favoured * (terms.sum() / favoured.sum())

    with default_dtype(torch.float32):
        relevance = explain(network.to(dtype), torch.from_numpy(a).reshape(1, 1, 3, 3), Gamma(gamma)).relevance

    tolerance = 1e-13 if dtype == torch.float64 else 1e-5
    np.testing.assert_allclose(relevance.numpy().ravel(), expected, rtol=tolerance, atol=tolerance * 0.1)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("caller", [*CALLERS, "autocast on the GPU", "all of cuDNN in TF32"])
def test_the_callers_settings_change_nothing_on_a_gpu(caller, network, images):
    on_gpu = copy.deepcopy(network).cuda()
    expected = explain(network, images, AlphaBeta(2, -1, bias=False), target=1).relevance
    more = {
        "autocast on the GPU": lambda: torch.autocast("cuda", dtype=torch.bfloat16),
        "all of cuDNN in TF32": lambda: rounded("cuda", "all", "tf32"),
    }
    with (CALLERS | more)[caller]():
        before = settings()
        relevance = explain(on_gpu, images, AlphaBeta(2, -1, bias=False), target=1).relevance.cpu()
        assert settings() == before
    assert (relevance - expected).norm() <= 1e-5 * expected.norm()
