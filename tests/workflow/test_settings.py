"""Which rules notice a change of a setting, or of a result, of a finished experiment: all that read it, and no others.

What runs because others run before is up to Snakemake.
"""

import os
import shutil

import pytest

from .conftest import noticed, planned

EXPLAINING = (
    "explain explain_ageing explain_base explain_by_rules explain_occluded explain_pairs explain_permuted "
    "explain_random_base explain_randomised trace_relevance"
)
PATCHES = "explain_occluded occlude (write_faces_page)"
BASE_AND_MODE = (
    "draw_contact_sheet draw_evaluation (draw_figure1) draw_figure4 draw_figure6 (draw_rules) (draw_randomised) "
    "explain_by_rules explain_randomised trace_relevance write_faces_page write_findings"
)
#: Rules that notice a change, by the setting: some of the experiment, and some of the whole configuration. Those in
#: brackets may also have this reason, depending on the order in which jobs ran before; otherwise only that others run.
#: The article, which shows all settings of the experiment, is one of these for each of them.
OF_THE_EXPERIMENT = {
    "faces: {rated: {count: 25}}": "collect_raters (collect_ratings) prepare_faces",
    "faces: {rated: {seed: 9}}": "collect_raters (collect_ratings) prepare_faces",
    "faces: {pairs: {count: 5}}": "(collect_ratings) prepare_faces",
    "faces: {pairs: {seed: 9}}": "(collect_ratings) prepare_faces",
    "faces: {base: {count: 25}}": "(collect_ratings) prepare_faces",
    "split: {test_share: 0.4}": "split_faces",
    "split: {seed: 2}": "split_faces",
    "bases: {age: {classes: 6}}": "train_base",
    "bases: {age: {seed: 2}}": "train_base",
    "bases: {age: {recipe: tiny_full}}": "train_base",
    "bases: {gender: {threshold: 40}}": "train_base",
    "bases: {gender: {target: age, threshold: 30}}": "train_base",
    "finetuning: {seed: 2}": "finetune finetune_permuted",
    "finetuning: {dense: tiny_full}": "finetune finetune_permuted (write_findings)",
    "finetuning: {full: tiny_base}": "finetune",
    "finetuning: {permuted: 3}": "finetune_permuted (explain_permuted)",
    "heatmaps: {rule: epsilon}": f"{EXPLAINING} (write_faces_page)",
    "heatmaps: {lrn: taylor}": EXPLAINING,
    "heatmaps: {references: 5}": "choose_references",
    "occlusion: {patches: {parts: [mouth, eyes]}}": PATCHES,
    "occlusion: {patches: {parts: [eyes, mouth, right_eye]}}": PATCHES,
    "occlusion: {patches: {control: right_cheek}}": PATCHES,
    "occlusion: {patches: {margin_pixels: 3}}": PATCHES,
    "occlusion: {patches: {softness_pixels: 1}}": PATCHES,
    "occlusion: {patches: {fill: skin}}": PATCHES,
    "level: coarse": "tabulate_pairs tabulate_specificity",
    "occlusion: {faces_occluded: 4}": "occlude",
    "occlusion: {faces_explained: 3}": "occlude",
    "evaluation: {faces_perturbed: 4}": "evaluate_heatmaps explain_permuted",
    "evaluation: {faces_compared: 3}": "evaluate_heatmaps explain_random_base",
    "evaluation: {attributes_compared: [happy]}": "evaluate_heatmaps",
    "evaluation: {random_networks: 3}": "evaluate_heatmaps explain_random_base",
    "evaluation: {faces_intervened: 5}": "redraw_faces",
    "evaluation: {cell_pixels: 30}": "evaluate_heatmaps explain_randomised explain_permuted",
    "evaluation: {removed_share: 0.5}": "evaluate_heatmaps explain_permuted",
    "evaluation: {steps: 3}": "evaluate_heatmaps explain_permuted",
    "evaluation: {blur_pixels: 9}": "evaluate_heatmaps explain_permuted",
    "evaluation: {random_orders: 2}": "evaluate_heatmaps explain_permuted",
    "evaluation: {seed: 2}": "evaluate_heatmaps explain_randomised explain_permuted explain_random_base",
    "evaluation: {rules: [modern]}": "evaluate_heatmaps",
    "figures: {base: gender}": BASE_AND_MODE,
    "figures: {mode: dense}": f"{BASE_AND_MODE} draw_pairs explain_occluded (draw_figure7)",
    "figures: {expression: attractive}": "draw_evaluation (draw_figure1) draw_figure2 draw_figure4 (draw_figure7) "
    "draw_pairs (draw_rules) (draw_randomised) explain_occluded explain_randomised occlude finetune_permuted "
    "(explain_permuted) (tabulate_permuted) (tabulate_specificity) explain_by_rules trace_relevance "
    "(write_faces_page) (write_findings)",
    "figures: {faces_page: all}": "write_faces_page",
    "figures: {smoothing_pixels: 2}": "draw_contact_sheet draw_figure2 draw_figure4 draw_figure5 draw_figure6 "
    "draw_figure7 draw_randomised draw_rules",
    "figures: {attractiveness: happy}": "draw_figure6 write_findings",
    "figures: {publishable_only: true}": "draw_contact_sheet draw_figure2 draw_figure5 draw_figure6 draw_regions "
    "explain_by_rules explain_occluded explain_randomised trace_relevance write_findings",
    "paper_mae: {age: {dense: {happy: 0.5}}}": "tabulate_networks",
}
OF_ALL = {
    "recipes: {tiny_base: {epochs: 2}}": "train_base (write_article)",
    "recipes: {tiny_base: {schedule: cosine}}": "train_base (write_article)",
    "recipes: {tiny_dense: {learning_rate: 2.0e-4}}": "finetune finetune_permuted (write_article)",
    "recipes: {tiny_dense: {weight_decay: 0.1}}": "finetune finetune_permuted (write_article)",
    "recipes: {tiny_full: {momentum: 0.8}}": "finetune (write_article)",
    "recipes: {tiny_full: {clip_gradient_norm: 1}}": "finetune (write_article)",
    "recipes: {tinyomi_full: {epochs: 9}}": "",
    "lrp_rules: {epsilon: {epsilon: 0.5}}": "evaluate_heatmaps (write_article)",
    "lrp_rules: {modern: {epsilon: 0.5}}": "",
    "compute: {precision: bfloat16}": "train_base",
    "compute: {threads: 2}": "train_base",
    "compute: {device: auto}": "record_environment" if shutil.which("nvidia-smi") else "",
    "compute: {device: cuda}": "record_environment",
    "shards: 2": "evaluate_heatmaps explain explain_base occlude (merge_heatmaps) (merge_base_heatmaps) "
    "(merge_occlusion) (merge_evaluation)",
    "archive_dir: elsewhere": "",
    "photo_faces: all": "",
    "allow_missing: true": "",
    'archives: {omi: {url: "https://example.org/omi.zip"}}': "",
}


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        *(
            (f"experiments: {{tiny: {{{text}}}}}", f"{rules} (write_article)")
            for text, rules in OF_THE_EXPERIMENT.items()
        ),
        *OF_ALL.items(),
    ],
    ids=[*OF_THE_EXPERIMENT, *OF_ALL],
)
def test_a_setting_is_noticed_by_the_rules_that_read_it(workflow, results, tmp_path, text, rules):
    (tmp_path / "override.yaml").write_text(text)
    possible = {rule.strip("()") for rule in rules.split()}
    certain = {rule for rule in rules.split() if "(" not in rule}
    assert certain <= noticed(workflow, tmp_path / "override.yaml") <= possible


@pytest.fixture
def kept(workflow, results, tmp_path):
    """The folder of the experiment, whose files have their contents and times again after the test."""
    before = tmp_path / "before"
    shutil.copytree(results, before, copy_function=os.link, symlinks=True)
    times = {path: path.stat().st_mtime_ns for path in results.rglob("*") if path.is_file()}
    yield results
    shutil.rmtree(results)
    before.rename(results)
    for path, time in times.items():
        os.utime(path, ns=(time, time))


def rewrite(path, content):
    """Write another file of this name: the old one's links keep the old content."""
    path.unlink()
    path.write_bytes(content)


def copy(path):
    """Replace a file by its copy."""
    rewrite(path, path.read_bytes())


def change_last_byte(path):
    content = path.read_bytes()
    rewrite(path, content[:-1] + bytes([content[-1] ^ 1]))


def touch_all(folder):
    for path in folder.rglob("*"):
        if path.is_file():
            path.touch()


#: What happens to the results, and the rules that notice it.
EVENTS = {
    "all files touched": (touch_all, ""),
    "weights copied": (lambda folder: copy(folder / "networks/age/full/happy/weights.safetensors"), ""),
    "images dated back": (lambda folder: os.utime(folder / "faces/rated/images.npy", (1e9, 1e9)), ""),
    "logs and benchmarks removed": (
        lambda folder: [shutil.rmtree(folder / name) for name in ("logs", "benchmarks")],
        "",
    ),
    "weights changed": (
        lambda folder: change_last_byte(folder / "networks/age/full/happy/weights.safetensors"),
        "explain explain_by_rules explain_occluded explain_pairs explain_randomised trace_relevance",
    ),
    "images changed": (
        lambda folder: change_last_byte(folder / "faces/pairs/images.npy"),
        "draw_regions explain_pairs explain_permuted",
    ),
    "features removed": (lambda folder: (folder / "bases/age/features.npy").unlink(), "extract_features"),
    "a table removed": (lambda folder: (folder / "tables/table1.csv").unlink(), "tabulate_networks"),
}


@pytest.mark.parametrize(("event", "rules"), EVENTS.values(), ids=EVENTS)
def test_contents_of_results_count_and_times_do_not(workflow, kept, event, rules):
    event(kept)
    assert noticed(workflow) == set(rules.split())


def test_results_are_as_before_these_tests(workflow, results):
    assert planned(workflow) == {}
