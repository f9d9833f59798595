"""How files of faces are read and faces chosen."""

import pandas as pd
import pytest

from facelrp_files import highest_of_each_sex


@pytest.mark.parametrize(
    ("genders", "chosen"),
    [([0, 100, 0, 100], [2, 1]), ([100, 100, 100, 100], [1, 2]), (None, [1, 2])],
)
def test_the_highest_of_each_sex_or_of_all(genders, chosen):
    faces = pd.DataFrame({"face_id": list("abcd")} | ({"gender": genders} if genders else {}))
    assert highest_of_each_sex(faces, [0.1, 0.9, 0.8, 0.3], False).tolist() == chosen
