"""The terminal shows a line for each finished stage, faults, and an estimate that follows from the jobs so far."""

import io
import logging
from types import SimpleNamespace

import pytest

from facelrp_workflow.progress import TYPICAL, Left, Progress, in_words, watch

STAGES = {"split_faces": "faces", "finetune": "networks", "fit_ridge": "networks", "all": "Snakefile"}
STATS = {"split_faces": 1, "finetune": 2, "fit_ridge": 1, "all": 1, "total": 5}


@pytest.fixture
def terminal():
    """A logger like Snakemake's that is watched, its terminal, and a clock that is set by hand."""
    logger, stream, clock = logging.Logger("snakemake"), io.StringIO(), SimpleNamespace(now=0.0)
    shown = logging.StreamHandler(stream)
    shown.name = "DefaultStreamHandler"
    logger.addHandler(shown)
    rules = [SimpleNamespace(name=rule, snakefile=f"rules/{stage}.smk") for rule, stage in STAGES.items()]

    def start(**options):
        given = dict.fromkeys(("quiet", "verbose", "printshellcmds", "debug_dag", "dryrun"), False) | options
        watch(logger, rules, SimpleNamespace(**given))
        for handler in logger.handlers:
            if isinstance(handler, Progress):
                handler.clock = lambda: clock.now
        return logger

    return SimpleNamespace(start=start, stream=stream, clock=clock)


def say(logger, event, message="", **fields):
    logger.info(message, extra={"event": event, **fields})


def run_jobs(terminal, logger):
    """Four jobs, of 1, 30, 30 and 2 seconds, one after the other."""
    say(logger, "run_info", "Job stats: …", stats=STATS)
    for number, (rule, seconds) in enumerate(
        [("split_faces", 1), ("finetune", 30), ("finetune", 30), ("fit_ridge", 2)]
    ):
        say(logger, "job_info", f"Job {number}: {rule}", jobid=number, rule_name=rule)
        terminal.clock.now += seconds
        say(logger, "job_finished", f"Finished jobid: {number}", job_id=number)


def test_a_line_for_each_stage_with_what_is_left(terminal):
    run_jobs(terminal, terminal.start())
    lines = terminal.stream.getvalue().splitlines()
    # The last job takes 2 of 63 seconds.
    assert [line.split("  ")[0] for line in lines] == ["faces", "networks: 1 of 3", "networks: 2 of 3", "networks"]
    # After 31 seconds: one more job like the last, and one that typically takes as long as the first, which took 1 s
    # where 2 s are typical; at 31 s for 19 typical ones, 2 typical seconds are 3.3.
    assert lines[1].endswith("2 of 4 jobs in 31 s, about 33 s left")
    assert lines[-1].endswith("4 of 4 jobs in 63 s")


def test_stages_that_finish_together_share_a_line(terminal):
    logger = terminal.start()
    say(logger, "run_info", "Job stats: …", stats={"finetune": 1, "split_faces": 1, "draw": 1, "total": 3})
    for number, (rule, seconds) in enumerate([("finetune", 100), ("split_faces", 0.5), ("draw", 0.5)]):
        say(logger, "job_info", f"Job {number}: {rule}", jobid=number, rule_name=rule)
        terminal.clock.now += seconds
        say(logger, "job_finished", f"Finished jobid: {number}", job_id=number)
    lines = terminal.stream.getvalue().splitlines()
    assert [line.split("  ")[0] for line in lines] == ["networks", "faces, draw"]
    assert lines[-1].endswith("3 of 3 jobs in 2 min")


def test_jobs_are_in_the_log_file_only_and_faults_on_the_terminal(terminal):
    logger, file = terminal.start(), io.StringIO()
    logger.addHandler(logging.StreamHandler(file))
    run_jobs(terminal, logger)
    say(logger, "job_error", "Error in rule finetune:", jobid=7)
    logger.warning("a warning")
    assert "Job 1: finetune" in file.getvalue()
    assert "Job 1: finetune" not in terminal.stream.getvalue()
    assert terminal.stream.getvalue().endswith("Error in rule finetune:\na warning\n")


def test_a_dry_run_shows_one_of_two_equal_tables_and_no_jobs(terminal):
    logger = terminal.start(dryrun=True)
    run_jobs(terminal, logger)
    say(logger, "run_info", "Job stats: …", stats=STATS)
    assert terminal.stream.getvalue() == "Job stats: …\n"


@pytest.mark.parametrize("asked", ["quiet", "verbose", "printshellcmds", "debug_dag"])
def test_other_output_is_left_as_it_was_asked_for(terminal, asked):
    run_jobs(terminal, terminal.start(**{asked: True}))
    assert terminal.stream.getvalue().count("Finished jobid") == 4


def test_the_estimate_is_exact_for_equal_jobs_two_at_a_time():
    left = Left({"finetune": 8})
    for _ in range(2):
        left.add("finetune", 10)
    assert left.estimate(10) == pytest.approx(30)
    # Two more have run for 4 of their 10 seconds.
    assert left.estimate(14, [("finetune", 4), ("finetune", 4)]) == pytest.approx(26)


def test_rules_without_a_finished_job_are_expected_at_the_pace_of_the_others():
    left = Left({"finetune": 1, "occlude": 3})
    left.add("finetune", 3 * TYPICAL["finetune"])
    assert left.estimate(3 * TYPICAL["finetune"]) == pytest.approx(3 * 3 * TYPICAL["occlude"])


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "0 s"), (89, "89 s"), (91, "2 min"), (3600, "60 min"), (5500, "1 h 32 min")]
)
def test_times_are_said_in_words(seconds, words):
    assert in_words(seconds) == words
