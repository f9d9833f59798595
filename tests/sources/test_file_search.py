"""Files are found by leaf name, in folders and archives; the datasets' tests cover hostile archives."""

import io
import os
import zipfile

import pytest

from facelrp.errors import InputError
from facelrp.sources.extraction import Limits
from facelrp.sources.file_search import MOST_INSIDE, Files, as_key


def zipped(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return buffer.getvalue()


def test_takes_the_largest_file_of_a_name(tmp_path):
    (tmp_path / "thumbnails").mkdir()
    (tmp_path / "thumbnails" / "FACE.jpg").write_bytes(b"small")
    (tmp_path / "set.zip").write_bytes(zipped({"a/Inner.ZIP": zipped({"b/Face.JPG": b"the original"})}))
    files = Files(tmp_path)
    found = files.find("face.jpg")
    assert (found.name, found.folder, found.size) == ("Face.JPG", "b", 12)
    assert found.where == f"{tmp_path}/set.zip/a/Inner.ZIP/b/Face.JPG"
    assert [one.size for one in files.all("Face.jpg")] == [12, 5]
    assert files.find("other.jpg") is None
    with files.open(found) as file:
        assert str(file) == found.where
        assert file.path.read_bytes() == b"the original"
    assert not os.path.exists(file)


def test_spellings_of_a_name_share_a_key():
    assert as_key("Jose\u0301 A_oval.JPG") == as_key("Jos\u00e9  a_oval.jpg ")
    assert as_key("Jose A_oval.jpg") != as_key("Jos\u00e9 A_oval.jpg")


def test_ignores_litter_and_links_that_lead_back(tmp_path):
    for name in ("._a.jpg", ".hidden/a.jpg", "__MACOSX/a.jpg", "real/a.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "real" / "back").symlink_to(tmp_path)
    (tmp_path / "nowhere.jpg").symlink_to(tmp_path / "gone.jpg")
    files = Files(tmp_path)
    assert [found.where for found in files] == [f"{tmp_path}/real/a.jpg"]
    assert len(files.all("a.jpg")) == 1


def test_follows_links_to_data_elsewhere(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "a.jpg").write_bytes(b"x")
    (tmp_path / "archives").mkdir()
    (tmp_path / "archives" / "set").symlink_to(tmp_path / "disk")
    assert Files(tmp_path / "archives").find("a.jpg").where == f"{tmp_path}/archives/set/a.jpg"


@pytest.mark.parametrize(
    ("members", "limits", "message"),
    [
        ({f"{k}.zip": zipped({}) for k in range(MOST_INSIDE)}, Limits(), "too many archives inside"),
        ({f"{k}.zip": zipped({"a": b"x"}) for k in range(3)}, Limits(members=5), "more than 5 members in 4 archives"),
        ({"in.zip": zipped({"in.zip": zipped({"a": os.urandom(600)})})}, Limits(total_bytes=1000), "too large"),
        ({"in.zip": zipped({"a": bytes(3 << 20)})}, Limits(), "in.zip, member 'a': grows more than 200 times"),
    ],
    ids=["archives", "members", "bytes", "ratio"],
)
def test_nested_archives_share_the_limits_of_one(tmp_path, members, limits, message):
    (tmp_path / "set.zip").write_bytes(zipped(members))
    with pytest.raises(InputError, match=message) as caught:
        Files(tmp_path, limits)
    assert "set.zip" in str(caught.value)


def test_leaves_nothing_behind(tmp_path, monkeypatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    archive = tmp_path / "set.zip"
    archive.write_bytes(zipped({"in.zip": zipped({"a": b"x"})}))
    files = Files(archive)
    assert files.find("a").where == f"{archive}/in.zip/a"
    assert len(list(scratch.rglob("*.zip"))) == 1
    del files
    assert list(scratch.iterdir()) == []
    archive.write_bytes(zipped({"in.zip": zipped({"a": b"x"}), "z.zip": b"broken"}))
    with pytest.raises(InputError, match=r"set.zip/z.zip: not a complete zip archive"):
        Files(archive)
    assert list(scratch.iterdir()) == []
