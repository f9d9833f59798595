"""Missing files of licensed sets are found by names alone."""

import pytest
from lookalikes import kdef_files, nested, us10k_files, write_tree, zipped

from facelrp.sources.licensed import absences


@pytest.fixture(scope="module")
def files():
    return us10k_files(4) | kdef_files(("F01",))


@pytest.mark.parametrize("how", ["unpacked", "zipped", "nested"])
def test_finds_the_files_unpacked_zipped_or_nested(tmp_path, files, how):
    write_tree(
        tmp_path, {"unpacked": files, "zipped": {"A.zip": zipped(files)}, "nested": {"A.zip": nested(files)}}[how]
    )
    assert absences(["us10k", "kdef", "synthetic"], tmp_path) == []


def test_names_each_missing_file(tmp_path, files):
    kept = {name: content for name, content in files.items() if "psychology" not in name and "SAS" not in name}
    write_tree(tmp_path, kept)
    first, second = absences(["us10k", "kdef"], tmp_path)
    assert first.splitlines()[1:] == ["    psychology-attributes.xlsx (in 2kattributes.zip)"]
    assert "wilmabainbridge.com" in first
    assert second.splitlines()[1:] == ["    [AB][FM]??SAS.JPG (in KDEF_and_AKDEF.zip)"]


def test_drawn_faces_need_nothing(tmp_path):
    assert absences(["synthetic", "omi"], tmp_path / "nowhere") == []


def test_a_broken_archive_is_reported_by_the_job_that_reads_it(tmp_path):
    write_tree(tmp_path, {"KDEF_and_AKDEF.zip": b"cut short"})
    assert absences(["kdef"], tmp_path) == []
