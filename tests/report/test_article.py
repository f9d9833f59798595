"""The article, from tiny tables: what it says, what it leaves out, and that names of users cannot break it."""

import copy
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
import yaml

from facelrp.faces.rating_scales import PAPER
from facelrp.report.article.captions import caption_as_html
from facelrp.report.article.facts import facts
from facelrp.report.article.page import as_article
from facelrp.report.article.references import entries
from facelrp.report.article.tables import as_shown
from facelrp.report.article.views import VIEWS, View
from facelrp_workflow.config_checks import checked

ROOT = Path(__file__).parents[2]
VERDICTS = ("supported", "contradicted", "negligible", "inconclusive", "cannot be tested here")
PLACES = ("3.2, Table 1", "3.4", "3.7, Figure 7", "3.2, Base models", "ours")
CLAIMS = [
    {
        "family": "predictions",
        "section": section,
        "claim": f"Claim that is {verdict}",
        "finding": f"share on inner_mouth: +{number} % [−1, +2]",
        "verdict": verdict,
        "q": 0.01 if verdict == "supported" else float("nan"),
        "rule": "Supported if the effect is more than 10 %: a reason.",
    }
    for number, (section, verdict) in enumerate(zip(PLACES, VERDICTS, strict=True))
]
TABLE1 = pd.DataFrame(
    {
        "base": "age",
        "mode": ["dense", "full"],
        "attribute": "happy",
        "mae": [0.6661, 0.5096],
        "mae_low": [0.587, 0.45],
        "mae_high": [0.7558, 0.6],
        "mae_baseline": 1.1109,
        "pearson_r": [0.7878, -0.1],
        "ridge_r": 0.77,
        "paper_mae": [0.41, 0.42],
        "raters": 15.0,
    }
)
RECOVERY = pd.DataFrame(
    [
        {"attribute": attribute, "networks": networks, "faces": 24}
        | {
            f"{name}{end}": value + shift
            for name, value in {"used_overlap": 0.637, "shown_overlap": 0.754, "sign_agreement": 0.774}.items()
            for end, shift in {"": 0, "_low": -0.03, "_high": 0.03}.items()
        }
        | {"used_overlap_even": even, "shown_overlap_even": 0.55, "sign_agreement_one_sign": 0.56}
        | {"r_within_faces": 0.461, "r_within_faces_low": 0.38, "r_within_faces_high": 0.54}
        for attribute, networks, even in (("happy", 2, 0.8), ("kind", 2, 0.4), ("all attributes", 4, 0.515))
    ]
)
RECIPE = {"optimiser": "adamw", "learning_rate": 0.001, "epochs": 24, "batch_size": 16, "schedule": "one_cycle"}
RECIPE |= {"dropout": 0.5, "mirror": True, "shift_pixels": 0}
SETTINGS = {
    "attributes": ["happy"],
    "bases": {"age": {"source": "train", "target": "age", "classes": 8, "recipe": RECIPE}},
    "finetuning": {"dense": RECIPE, "permuted": 2},
    "heatmaps": {"rule": {"name": "references"}, "references": 32},
    "occlusion": {
        "patches": {"parts": ["mouth", "right_eye"], "control": "forehead", "fill": "skin"},
        "faces_occluded": None,
    },
    "evaluation": {
        "faces_perturbed": 10,
        "cell_pixels": 9,
        "removed_share": 0.3,
        "random_orders": 2,
        "faces_compared": 7,
        "random_networks": 1,
        "faces_intervened": 24,
    },
}
#: The settings of all experiments that the repository describes.
CONFIGURATION = checked(
    *(yaml.safe_load((ROOT / name).read_text("utf-8")) for name in ("config.yaml", "rules/schemas/config.schema.yaml"))
)
EXPERIMENTS, LRP_RULES = CONFIGURATION["experiments"], CONFIGURATION["lrp_rules"]
NETWORK = {"base": "age", "mode": "dense", "attribute": "happy"}
SECTIONS = ["Findings", "Networks", "Base models", "Expressions", "Occlusion", "Evaluation"]
FIGURE = {"name": "figure7", "section": "Occlusion", "title": "Figure 7: occlusions", "series": False}
FIGURE |= {"shown": {"attribute": "happy"}, "src": "data:,", "width": 2, "height": 1}
SERIES = FIGURE | {"name": "regions/rated", "title": "Figure: parts", "shown": {"set": "rated"}, "series": True}


def written(settings=SETTINGS, drawn=False, figures=(FIGURE, SERIES), experiment="tiny", claims=CLAIMS, **more):
    """Return the article of an experiment with two networks and five claims."""
    tables = {"findings": ("tables", "Findings", "Claims"), "table1": ("tables", "Networks", "Table 1: errors")}
    tables |= {"recovery": ("evaluation", "Findings", "Table: recovery")} if drawn else {}
    values = {"findings": pd.DataFrame(claims), "table1": TABLE1, "recovery": RECOVERY} | more
    described = {
        name: {"table": values[name], "path": f"{folder}/{name}", "section": section, "title": title}
        for name, (folder, section, title) in tables.items()
    }
    people = pd.DataFrame({"identity": ["a", "a", "b"], "state": ["happy", "sad", "sad"]})
    faces = {"rated": pd.DataFrame({"face_id": range(5)})} | ({"pairs": people} if "pairs" in more else {})
    split = pd.DataFrame({"split": ["train", "train", "test", "test", "test"]})
    known_tables = values if drawn else {"table1": values["table1"]}
    known = facts(known_tables, faces, split, settings, {"rated": "Our faces", "pairs": "A & B"}, drawn, NETWORK, PAPER)
    captions = {"figures/figure7": "**Figure 7.** The face rated highest on {{ snakemake.params.attribute }}."}
    captions |= {"figures/regions": "{{ snakemake.wildcards.set }} faces."}
    captions |= {f"tables/{name}": f"Caption of ``{name}``." for name in tables}
    return as_article(
        SECTIONS,
        list(figures),
        described,
        captions,
        experiment=experiment,
        references=entries(yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8")), {"omi"}),
        environments=[{"python": "3.11", "platform": "Linux", "processor": "a CPU", "device": "cpu", "numpy": "2.0"}],
        packages=["numpy"],
        configuration="faces: …",
        **known,
    )


def words(page):
    """The text of a page, without its style."""
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub("<[^>]*>", " ", body)).split())


class Outline(HTMLParser):
    """Checks that every element is closed in its order, and keeps headings' texts."""

    VOID = ("meta", "link", "img", "br")

    def __init__(self, page):
        super().__init__()
        self.open, self.headings = [], []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "h2":
            self.headings.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, self.getpos()

    def handle_data(self, data):
        if "h2" in self.open:
            self.headings[-1] += data


@pytest.fixture(scope="module")
def page():
    return written()


def test_sections_are_in_order_and_empty_ones_are_missing(page):
    headings = Outline(page).headings
    expected = ["Abstract", "Contents", "1 Findings", "2 Methods", "3 Networks", "4 Base models", "5 Expressions"]
    assert headings[:9] == [*expected, "6 Occlusion", "7 Evaluation"]
    assert headings[9] == "References"
    without = Outline(written(figures=[], claims=CLAIMS[:1])).headings
    assert without[:5] == ["Abstract", "Contents", "1 Findings", "2 Methods", "3 Networks"]
    assert not any("Appendix A" in heading for heading in without)


@pytest.mark.parametrize("verdict", VERDICTS)
def test_each_verdict_is_a_word_and_a_colour(page, verdict):
    # In the table of verdicts, at the claim, and in the abstract, which only counts what cannot be tested.
    in_abstract = not verdict.startswith("cannot")
    assert page.count(f'class="verdict {verdict.split()[0]}"') == 2 + in_abstract
    assert f".{verdict.split()[0]} {{ color: " in page
    abstract = words(page.partition("<nav")[0])
    assert (f"{verdict} Claim that is {verdict}" in abstract) == in_abstract


def test_the_abstract_counts_what_the_findings_say(page):
    text = words(page)
    said = "Of 5 claims, 4 of the paper and 1 of this tool, 1 is supported, 1 is contradicted, 1 is negligible"
    assert f"{said}, 1 is inconclusive and 1 cannot be tested here." in text
    assert "mean absolute errors are 0.51 to 0.67 points of the 1–9 scale" in text
    assert "correlate by −0.10 to 0.79" in text
    assert "2 networks. On 3 unseen faces" in text


def test_claims_stand_where_their_figure_or_section_is(page):
    found, current = {}, None
    for section, number in re.findall(r'<section id="([\w-]+)">|<li value="(\d)"', page):
        current = section or current
        found |= {number: current} if number else {}
    assert found == {"1": "networks", "2": "expressions", "3": "occlusion", "4": "base-models", "5": "evaluation"}


def test_findings_keep_their_numbers_and_read_like_sentences(page):
    text = words(page)
    assert "Share on inner mouth: +0 % [−1, +2]. q = 0.010" in text
    assert "q = nan" not in text


def test_table_1_has_the_papers_numbers_beside_ours(page):
    row = re.search(r"<tr><td>age</td><td>dense</td>.*?</tr>", page, re.DOTALL)[0]
    cells = re.findall(r"<td[^>]*>(.*?)</td>", row)
    assert cells == ["age", "dense", "happy", "0.67 [0.59, 0.76]", "0.41", "1.11", "0.79", "0.77"]


def test_no_table_in_the_text_has_more_than_eight_columns(page):
    for head in re.findall(r"<thead>.*?</thead>", page, re.DOTALL):
        assert head.count("<th ") <= 8
    assert all(len(view.columns) >= 4 for view in VIEWS.values())


def test_computed_ratings_are_said_to_be_computed():
    text = words(written(drawn=True))
    abstract = text.partition("Contents")[0]
    assert "their ratings are computed" in abstract
    assert "Nobody rated these faces." in text
    assert abstract.index("Known truth.") < abstract.index("Of 5 claims")
    for number in (
        "64 % [61, 67]",
        "52 %",
        "75 % [72, 78]",
        "77 % [74, 80]",
        "56 %",
        "0.46 [0.38, 0.54]",
        "happy: 0.46, kind",
    ):
        assert number in abstract
    assert "For happy the overlap of networks and ratings is no more" in abstract
    assert "computed" not in words(written()).partition("References")[0]


def test_one_base_model_and_no_pairs_are_said(page):
    text = words(page)
    assert "One base model (age) was fine-tuned on 2 faces (Our faces)" in text
    assert "This experiment has no pairs of expressions" in text
    assert "all layers" not in text.partition("Contents")[0]
    assert "2 people (A & B; happy and sad)" in words(written(pairs=None))


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_has_methods_without_gaps(name):
    settings = copy.deepcopy(EXPERIMENTS[name])
    settings["heatmaps"]["rule"] = LRP_RULES[settings["heatmaps"]["rule"]]
    for mode in {"dense", "full"} & settings["finetuning"].keys():
        settings["finetuning"][mode] = RECIPE
    for base in settings["bases"].values():
        base |= {"recipe": RECIPE} if "recipe" in base else {}
    text = words(written(settings)).partition("Heatmaps Layer-wise")[0]
    for base in settings["bases"]:
        assert re.search(rf"\b{base} : \w", text)
    assert not re.search(r"None|[{}]", text)
    assert ("the published Caffe network age_net (age), as it is." in text) == (name in ("open", "paper"))
    assert ("a ResNet that tells people apart" in text) == (name == "modern")


def test_names_of_users_are_text():
    settings = copy.deepcopy(SETTINGS)
    settings["bases"] = {"<b>age</b>": SETTINGS["bases"]["age"] | {"architecture": "<script>alert(1)</script>"}}
    page = written(settings, experiment='<img src=x onerror="alert(1)">')
    assert "<script" not in page
    assert "<img src=x" not in page
    assert "&lt;b&gt;age&lt;/b&gt;" in page
    Outline(page)


def test_the_page_needs_no_other_file_and_no_script(page):
    assert not re.search(r"<script|<link[^>]*stylesheet|@import|url\(", page)
    assert set(re.findall(r'src="([^"]*)"', page)) == {"data:,"}
    assert page == written()


def test_captions_are_filled_in_and_names_in_them_are_no_markup():
    text = "Of {{ snakemake.params.network.base }}{% if snakemake.input.get('interventions') %}, redrawn{% endif %}."
    text += "{% for file in files %}.. include:: x{% endfor %}"
    assert caption_as_html(text, {"base": "happy_"}) == "<p>Of happy_.</p>"
    assert caption_as_html(text, {"base": "a"}, redrawn=True) == "<p>Of a, redrawn.</p>"


@pytest.mark.parametrize("path", sorted((ROOT / "rules/report").glob("[ft]*/*.rst")), ids=lambda path: path.stem)
def test_every_caption_can_be_read(path):
    shown = dict.fromkeys(("base", "mode", "attribute", "set"), "happy_face_")
    text = caption_as_html(path.read_text(encoding="utf-8"), shown, redrawn=True)
    assert text.startswith("<p>")
    assert "system-message" not in text


def test_a_view_chooses_rows_and_rounds():
    table = pd.DataFrame(
        {
            "base": ["age", "age", "gender"],
            "part": ["upper_lids", "all", "all"],
            "share": [0.004, -0.5, 0.2],
            "low": [0.001, -0.6, 0.1],
            "high": [0.02, -0.4, 0.3],
            "q": [0.0001, 0.5, 1.0],
            "error": [1e-7, 2e-8, 0],
            "empty": None,
        }
    )
    view = View({"part": "part", "empty": "empty", "share": "share, %", "q": "q", "error": "error"}, network=("base",))
    shown = as_shown(table, view, {"base": "age"})
    assert [head for head, _ in shown["heads"]] == ["part", "share, %", "q", "error"]
    assert shown["rows"] == [
        ["upper lids", "0.4 [0.1, 2.0]", "< 0.001", "1e−07"],
        ["all", "−50.0 [−60.0, −40.0]", "0.500", "2e−08"],
    ]
    assert not shown["complete"]


def test_only_works_that_are_used_are_cited():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    drawn = [work["authors"].split(",")[0] for work in entries(citation, {"synthetic"})]
    assert drawn == ["Arbabzadah", "Bach", "Levi"]
    photographs = {work["authors"].split(",")[0] for work in entries(citation, {"omi", "london", "face_landmarker"})}
    assert photographs == {*drawn, "Peterson", "DeBruine", "Bazarevsky", "Kartynnik"}
    (peterson,) = (work for work in entries(citation, {"omi"}) if "Peterson" in work["authors"])
    assert peterson["authors"].startswith("Peterson, J. C., Uddenberg, S., ")
    assert peterson["authors"].endswith("& Suchow, J. W.")
    assert peterson["where"] == "Proceedings of the National Academy of Sciences 119(17), e2115228119"
    assert peterson["link"] == "https://doi.org/10.1073/pnas.2115228119"
