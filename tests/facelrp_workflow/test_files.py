"""How tables of faces are read, and faces selected."""

import pandas as pd
import pytest

from facelrp.errors import InputError
from facelrp.heatmaps.explain_all import BATCH as EXPLAINED
from facelrp.networks.batches import BATCH
from facelrp_workflow.files import read_table, write_table
from facelrp_workflow.selection import BLOCK, highest_of_each_sex, of_shard


@pytest.mark.parametrize(
    ("genders", "chosen"),
    [([0, 100, 0, 100], [2, 1]), ([100, 100, 100, 100], [1, 2]), (None, [1, 2])],
)
def test_the_highest_of_each_sex_or_of_all(genders, chosen):
    faces = pd.DataFrame({"face_id": list("abcd")} | ({"gender": genders} if genders else {}))
    assert highest_of_each_sex(faces, [0.1, 0.9, 0.8, 0.3], False).tolist() == chosen


@pytest.mark.parametrize("faces", [16, 40, 1111])
def test_shards_are_whole_blocks_and_leave_nobody_out(faces):
    for shards in range(1, -(-faces // 16) + 1):
        parts = [of_shard(range(faces), shard, shards) for shard in range(shards)]
        assert [face for part in parts for face in part] == list(range(faces))
        assert all(len(part) % 16 == 0 for part in parts[:-1])
        assert max(map(len, parts)) - min(map(len, parts)) <= 31


@pytest.mark.parametrize("batch", [EXPLAINED, BATCH])
def test_blocks_are_whole_batches(batch):
    """Otherwise shards would change which faces share a batch, and with them the rounding."""
    assert BLOCK % batch == 0


def test_more_shards_than_blocks_are_refused():
    with pytest.raises(InputError, match="take 3 or fewer"):
        of_shard(range(36), 0, 4)


def test_names_stay_what_they_are(tmp_path):
    table = pd.DataFrame(
        {"face_id": ["001", "nan"], "identity": ["NA", "null"], "state": ["", "NA"], "split": [1.5, None]}
    )
    write_table(tmp_path / "faces.csv", table)
    pd.testing.assert_frame_equal(read_table(tmp_path / "faces.csv"), table)
