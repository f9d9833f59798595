"""facelrp init: from a folder of photographs and a table to a configuration that the workflow accepts."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from lookalikes import workbook
from PIL import Image

from facelrp_workflow.commands import main
from facelrp_workflow.config_checks import checked
from facelrp_workflow.init import base_config, read_yaml
from facelrp_workflow.modules import SCRIPTS

ROOT = Path(__file__).parents[2]
HEADER = ["Datei", "Alter", "Geschlecht", "Fröhlichkeit", "Attraktivität (1-7)", "Notiz"]
GERMAN = [
    [f"Bild {k}.png", str(20 + k), "wm"[k % 2], f"{1 + k / 2:.1f}".replace(".", ","), f"{6 - k / 2:.1f}", "schön"]
    for k in range(10)
]
GERMAN = [[*row[:4], row[4].replace(".", ","), row[5]] for row in GERMAN]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty folder to work in, beside one of ten photographs whose name has a blank."""
    folder = tmp_path / "Meine Bilder"
    folder.mkdir()
    for k in range(10):
        Image.new("RGB", (8, 8), (k, 0, 0)).save(folder / f"Bild {k}.png")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


def write(path, rows, separator=";", encoding="cp1252"):
    path.write_bytes("".join(f"{separator.join(map(str, row))}\r\n" for row in rows).encode(encoding))


def run(capsys, *arguments):
    """Run the command; return its exit status, and what it writes to both streams."""
    status = main(["init", *map(str, arguments)])
    return status, *capsys.readouterr()


def config_of(path, name="Meine_Bilder"):
    """The experiment in a file, complete: what the workflow makes of it."""
    config, own = base_config(), yaml.safe_load(path.read_text(encoding="utf-8"))
    assert own["experiment"] == name
    config["experiments"] |= own["experiments"]
    schema = read_yaml(ROOT / "rules/schemas/config.schema.yaml")
    return checked(config | {"experiment": name}, schema)["experiments"][name]


def test_a_table_of_german_excel(place, capsys):
    write(place / "Werte.csv", [HEADER, *GERMAN])
    status, said, _ = run(capsys, "../Meine Bilder", "../Werte.csv")
    assert status == 0
    text = Path("Meine_Bilder.yaml").read_text(encoding="utf-8")
    assert len([line for line in text.splitlines() if not line.lstrip().startswith("#")]) <= 10
    experiment = config_of(Path("Meine_Bilder.yaml"))
    rated = experiment["faces"]["rated"]
    assert experiment["faces"].keys() == {"rated"}
    assert rated["folder"] == str(place / "Meine Bilder")
    assert (place / "Meine Bilder" / rated["table"]).resolve() == place / "Werte.csv"
    assert rated["columns"] == {
        "file": "Datei",
        "age": "Alter",
        "gender": "Geschlecht",
        "Froehlichkeit": "Fröhlichkeit",
        "Attraktivitaet": "Attraktivität (1-7)",
    }
    assert rated["codes"] == {"gender": {"w": "female", "m": "male"}}
    assert rated["rating_scale"] == [1, 7]
    assert experiment["attributes"] == ["Froehlichkeit", "Attraktivitaet"]
    assert experiment["bases"]["age"] == {
        "source": "caffe",
        "target": "age",
        "model": "age_net",
        "mean": "levi_hassner_mean",
    }
    assert experiment["figures"]["expression"] == "Froehlichkeit"
    assert experiment["figures"]["attractiveness"] is None
    for words in (
        "10 photographs",
        "10 of 10 found",
        "20 to 29 years",
        "Froehlichkeit: 1 to 5.5",
        "Scale 1 to 7: the name of a column says so.",
        "Notiz                left out  it has no numbers",
        f"snakemake --snakefile {ROOT}/Snakefile --workflow-profile {ROOT}/profiles/default --cores all --configfile",
    ):
        assert words in said, words


def test_says_what_is_missing_twice_or_unused(place, capsys):
    rows = [*GERMAN[:8], ["Bild 77.png", *GERMAN[8][1:]]]
    write(place / "Werte.csv", [HEADER, *rows])
    (place / "Meine Bilder" / "Kopie.png").write_bytes((place / "Meine Bilder" / "Bild 0.png").read_bytes())
    status, said, _ = run(capsys, "../Meine Bilder", "../Werte.csv")
    assert status == 0
    assert "8 of 9 found" in said
    assert "1 files of the table are missing: Bild 77.png. Put them there" in said
    assert "3 photographs have no row and are not used: Bild 8.png, Bild 9.png, Kopie.png." in said
    assert "Bild 0.png and Kopie.png are the same photograph" in said
    assert "8 faces are few" in said


def test_english_excel_within_the_folder_beside_the_workflow(place, capsys, monkeypatch):
    """The table may be named as it is called within the folder; a relative folder stays one."""
    monkeypatch.chdir(place)
    rows = [["photo", "sex", "Smiling", "Width"]]
    rows += [[f"Bild {k}", 1 + k % 2, 1 + 6 * k / 9, 400 + k * k] for k in range(10)]
    notes = [["about"], ["these faces"]]
    (place / "Meine Bilder" / "r.xlsx").write_bytes(workbook({"Notes": notes, "Ratings 1": rows}))
    assert run(capsys, "Meine Bilder", "r.xlsx", "--name", "mine", "--like", "omi_bases", "--scale", 1, 7)[0] == 1
    status, said, _ = run(capsys, "Meine Bilder", "r.xlsx", "--name", "mine", "--scale", 1, 7, "--output", "o p.yaml")
    assert status == 0
    rated = config_of(Path("o p.yaml"), "mine")["faces"]["rated"]
    assert (rated["folder"], rated["table"], rated["sheet"]) == ("Meine Bilder", "r.xlsx", "Ratings 1")
    assert rated["columns"] == {"file": "photo", "Smiling": "Smiling"}
    assert "--configfile 'o p.yaml'" in said
    assert "which sex is 1, 2" in said
    comment = '# To use it: in columns, gender: sex; and codes: {gender: {"1": female or male?, "2": female or male?}}'
    assert comment in Path("o p.yaml").read_text()


@pytest.mark.parametrize("name", ["2024", "no", "1e3", "_"])
def test_names_that_yaml_would_read_as_something_else(place, capsys, name):
    rows = [
        [HEADER[0], "Yes", "2nd: {x} # 1", 'so "true"'],
        *([row[0], *[1 + k / 2] * 3] for k, row in enumerate(GERMAN)),
    ]
    write(place / "r.csv", rows, "\t", "utf-8")
    assert run(capsys, "../Meine Bilder", "../r.csv", "--name", name)[0] == 0
    experiment = config_of(Path(f"{name}.yaml"), name)
    assert experiment["attributes"] == ["Yes", "2nd_1", "so_true"]
    assert list(experiment["faces"]["rated"]["columns"].values()) == rows[0]


def test_pairs_are_offered_where_they_are_complete(place, capsys):
    rows = [["file", "person", "expression", "joy"]]
    rows += [[f"Bild {k}.png", f"p{k // 2}", ["neutral", "smiling"][k % 2], 1 + k / 2] for k in range(10)]
    write(place / "r.csv", rows, ",", "utf-8")
    assert run(capsys, "../Meine Bilder", "../r.csv")[0] == 0
    path = Path("Meine_Bilder.yaml")
    path.write_text(path.read_text().replace("# pairs:", "pairs:"))
    pairs = config_of(path)["faces"]["pairs"]
    assert pairs["columns"] == {"file": "file", "identity": "person", "state": "expression"}
    assert pairs["codes"] == {"state": {"smiling": "happy"}}
    write(place / "r.csv", rows[:-1], ",", "utf-8")
    assert run(capsys, "../Meine Bilder", "../r.csv", "--force")[0] == 0
    assert "pairs:" not in path.read_text()
    assert "state" not in config_of(path)["faces"]["rated"]["columns"]


def test_a_row_per_rater_and_face_and_blanks(place, capsys):
    """Three raters; one of them did not rate a face."""
    rows = [["VP", "VP_Alter", *HEADER[:3], "Freude"]]
    rows += [[vp, 20 + vp, *face[:3], 1 + (vp * k) % 7] for vp in (1, 2, 3) for k, face in enumerate(GERMAN)]
    rows[5][-1] = ""
    write(place / "Werte.csv", rows, "\t")
    status, said, _ = run(capsys, "../Meine Bilder", "../Werte.csv")
    assert status == 0
    rated = config_of(Path("Meine_Bilder.yaml"))["faces"]["rated"]
    expected = {"file": "Datei", "rater": "VP", "age": "Alter", "gender": "Geschlecht", "Freude": "Freude"}
    assert rated["columns"] == expected
    for words in ("3 raters, 3 of each face", "1 blank", "VP_Alter    left out  it is about the rater"):
        assert words in said


def changed(row, column, cell):
    rows = [HEADER, *(list(one) for one in GERMAN)]
    rows[row][column] = cell
    return rows


#: The arguments beside folder and table, the table, and the message.
FAULTS = {
    "twice": ([], [HEADER, *GERMAN, GERMAN[0]], "'Bild 0.png' is on lines 2, 12, and no column tells raters apart"),
    "nothing rated": ([], [row[:3] for row in [HEADER, *GERMAN]], "no column has ratings (there is no other)"),
    "beyond the scale": ([], changed(1, 3, "77"), "line 2, column Fröhlichkeit: 77 is not on the scale 1 to 7"),
    "leads out": ([], changed(1, 0, "../x.png"), "line 2, column Datei: '../x.png' is not a path below the folder"),
    "ragged": ([], [HEADER, GERMAN[0][:3]], "line 2: not a table: 3 cells"),
    "empty": ([], [], "not a table, but empty"),
    "few": ([], [HEADER, *GERMAN[:3]], "3 faces are too few to learn from"),
    "scale": (["--scale", "7", "1"], [HEADER, *GERMAN], "--scale: not a scale"),
    "no ratings on it": (["--scale", "50", "60"], [HEADER, *GERMAN], "no ratings on the scale 50 to 60"),
    "name": (["--name", "a b"], [HEADER, *GERMAN], "--name: 'a b' cannot be its name"),
    "name of ours": (["--name", "omi"], [HEADER, *GERMAN], "an experiment of config.yaml is called omi"),
    "like": (["--like", "opne"], [HEADER, *GERMAN], "no experiment is called 'opne' — did you mean open?"),
    "output": (["--output", "no/where.yaml"], [HEADER, *GERMAN], "no/where.yaml: cannot be written"),
    "sheet": (["--sheet", "x"], [HEADER, *GERMAN], "a CSV file has no sheet 'x'"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_line_and_nothing_is_written(place, capsys, fault):
    arguments, rows, message = FAULTS[fault]
    write(place / "Werte.csv", rows)
    status, said, complained = run(capsys, "../Meine Bilder", "../Werte.csv", *arguments)
    assert (status, said) == (1, "")
    assert complained.startswith("Error: ")
    assert message in complained
    assert complained.count("\n") == 1
    assert os.listdir() == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("../Werte.csv", "../Meine Bilder"), "a file: the folder comes first, then the table"),
        (("nowhere", "../Werte.csv"), "nowhere: no folder"),
        ((".", "../Werte.csv"), "no photographs in it"),
        (("../Meine Bilder", "none.csv"), "none.csv: the table is missing"),
        (("../Meine Bilder", "../Meine Bilder/Bild 1.png"), "not"),
    ],
)
def test_a_wrong_path_is_one_line(place, capsys, arguments, message):
    write(place / "Werte.csv", [HEADER, *GERMAN])
    status, _, complained = run(capsys, *arguments)
    assert status == 1
    assert message in complained
    assert complained.count("\n") == 1


def test_never_overwrites_unless_forced(place, capsys):
    write(place / "Werte.csv", [HEADER, *GERMAN])
    Path("Meine_Bilder.yaml").write_text("mine")
    status, _, complained = run(capsys, "../Meine Bilder", "../Werte.csv")
    assert (status, Path("Meine_Bilder.yaml").read_text()) == (1, "mine")
    assert "it exists — name another file with --output, or overwrite it with --force" in complained
    assert run(capsys, "../Meine Bilder", "../Werte.csv", "--force")[0] == 0
    assert config_of(Path("Meine_Bilder.yaml"))


def test_starts_fast_as_a_module_without_torch(place):
    write(place / "Werte.csv", [HEADER, *GERMAN])
    code = (
        "import sys; from facelrp_workflow.commands import main; main(sys.argv[1:]); sys.exit('torch' in sys.modules)"
    )
    for command in (["-c", code], ["-m", "facelrp"]):
        done = subprocess.run(
            [sys.executable, *command, "init", "../Meine Bilder", "../Werte.csv", "--force"],
            env=os.environ | {"PYTHONPATH": str(SCRIPTS)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        assert re.search(r"^Written: Meine_Bilder.yaml", done.stdout, re.MULTILINE)
