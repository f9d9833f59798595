"""The network of face-api that tells faces apart: its files as read by other code, and faulty ones."""

import json
import logging

import face_api
import pytest
import torch

import import_face_api
from facelrp.errors import InputError
from facelrp.networks import weights
from facelrp.networks.architectures import build, view_of
from facelrp.networks.face_resnet import MEAN, STD, read_face_api
from facelrp.networks.states import from_state

NAMES = ("face_recognition_model-weights_manifest.json", "face_recognition_model.bin")


@torch.no_grad()
def test_it_is_the_published_network():
    """`face_api` in the tests reads the files by code of its own, and is compared with the original program."""
    rebuilt = face_api.real(face_api.face_resnet)
    state = read_face_api(*(face_api.FOLDER / name for name in NAMES))
    ours = from_state(lambda: build("face_resnet", 128, size=227), state, STD)  # a size without a view
    images = 60 * torch.randn(3, 3, 150, 150, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(ours(images), rebuilt(images), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(ours.features(images), rebuilt.features(images), rtol=1e-5, atol=1e-6)
    assert list(face_api.MEAN) == MEAN


def test_it_becomes_a_base_model(tmp_path):
    if not face_api.FOLDER.is_dir():
        pytest.skip("the weights of face-api are missing")
    archives = {key: {"file": name} for key, name in zip(("manifest", "weights"), NAMES, strict=True)}
    base = {"source": "face_api", "weights": "weights", "manifest": "manifest", "crop": 0.8}
    network = import_face_api.main(archives, base, face_api.FOLDER, logging.getLogger("test"))
    path = tmp_path / "weights.safetensors"
    weights.save(path, network, MEAN, "face_resnet", base="faces", embedding=True)
    loaded = weights.load(path)
    assert loaded.embeds
    assert view_of(loaded.module) == {"size": 150, "crop": 0.8}


ENTRY = {"name": "fc", "shape": [2, 3], "dtype": "float32"}


@pytest.mark.parametrize(
    ("manifest", "content"),
    [
        ([{"weights": [ENTRY]}], b"\0" * 23),
        ([{"weights": [ENTRY]}], b"\0" * 28),
        ([{"weights": [ENTRY | {"name": "other"}]}], b"\0" * 24),
        ([{"weights": [ENTRY | {"quantization": {"dtype": "uint64", "scale": 1, "min": 0}}]}], b"\0" * 48),
        ([{"weights": [ENTRY | {"shape": "2 × 3"}]}], b"\0" * 24),
        ([{"weights": [ENTRY | {"shape": [-2, 3]}]}], b"\0" * 24),
        ({}, b""),
        ([], b""),
        ([{"weights": None}], b""),
        ("text", b""),
    ],
)
def test_other_files_are_refused(tmp_path, manifest, content):
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (tmp_path / "net.bin").write_bytes(content)
    with pytest.raises(InputError, match="does not hold the tensors of its manifest") as caught:
        read_face_api(tmp_path / "manifest.json", tmp_path / "net.bin")
    assert caught.value.where == tmp_path / "net.bin"
