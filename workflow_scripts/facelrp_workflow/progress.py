"""What the terminal shows of a run: a line for every finished stage, with the time that has passed and what is left.

Snakemake's own lines about jobs go to its log file alone. Faults are shown as always.
"""

import logging
import time
from collections import Counter
from pathlib import Path

#: Seconds that a job of each rule takes in the experiment `demo` on two cores, where they are more than two. The run's
#: own jobs correct them.
TYPICAL = {
    "train_base": 53,
    "occlude": 44,
    "evaluate_heatmaps": 27,
    "finetune": 17,
    "finetune_permuted": 14,
    "intervene": 12,
    "explain_pairs": 11,
    "explain_permuted": 11,
    "explain_base": 9,
    "explain": 8,
    "explain_ageing": 8,
    "swap_parts": 8,
    "prepare_faces": 7,
    "extract_features": 6,
    "tabulate_aptitude": 6,
    "draw_contact_sheet": 5,
}
OTHERS = 2
#: Characters of a stage in its line.
STAGE = 24
#: A line is written after this share of the run, also if no stage has finished, and for stages that finish together
#: within the other share only one.
LONG, SHORT = 0.1, 0.02
#: Events of Snakemake that concern single jobs or its own surroundings.
OF_JOBS = ("workflow_started", "job_info", "job_started", "job_finished", "progress", "resources_info", "shellcmd")
#: What Snakemake says between jobs, without an event.
BETWEEN = (
    "Select jobs to execute...",
    "Assuming unrestricted shared filesystem usage.",
    "Building DAG of jobs...",
    "Using shell:",
    "Conda environments: ignored",
    "Elapsed time:",
)


class Left:
    """How long a run will take from now on, by the jobs that have finished.

    Parameters
    ----------
    counts : mapping of {str: int}
        The number of jobs of each rule.
    """

    def __init__(self, counts):
        self.counts, self.finished, self.seconds = Counter(counts), Counter(), Counter()

    def add(self, rule, seconds):
        """Count a job that has finished, and took so many seconds."""
        self.finished[rule] += 1
        self.seconds[rule] += seconds

    def estimate(self, elapsed, running=()):
        """Return the seconds that are left, once a job has finished.

        Parameters
        ----------
        elapsed : float
            Seconds since the run began.
        running : sequence of (str, float)
            Rule of each running job, and seconds since it began.
        """
        typical = sum(count * TYPICAL.get(rule, OTHERS) for rule, count in self.finished.items())
        pace = self.seconds.total() / typical

        def expected(rule):
            if self.finished[rule]:
                return self.seconds[rule] / self.finished[rule]
            return pace * TYPICAL.get(rule, OTHERS)

        left = sum((count - self.finished[rule]) * expected(rule) for rule, count in self.counts.items())
        left -= sum(min(seconds, expected(rule)) for rule, seconds in running)
        at_once = (self.seconds.total() + sum(seconds for _, seconds in running)) / elapsed
        return max(left, 0.0) / at_once


class Progress(logging.Handler):
    """Write a line for every stage whose jobs have all finished, and some more where stages take long.

    Parameters
    ----------
    stream : text file
    stages : mapping of {str: str}
        The stage of each rule.
    clock : callable
        Returns seconds.
    """

    def __init__(self, stream, stages, clock=time.monotonic):
        super().__init__()
        self.stream, self.stages, self.clock = stream, stages, clock
        self.left, self.begun, self.written = None, None, None
        self.rules, self.running, self.ended = {}, {}, []

    def emit(self, record):
        """Take what Snakemake says of its jobs."""
        event = str(getattr(record, "event", ""))
        if event == "run_info":
            self.left = Left({rule: count for rule, count in record.stats.items() if rule not in ("total", "all")})
            self.begun = self.written = self.clock()
        elif event == "job_info":
            self.rules[record.jobid] = record.rule_name
            self.running[record.jobid] = self.clock()
        elif event == "job_error":
            self.running.pop(record.jobid, None)
        elif event == "job_finished" and record.job_id in self.running and self.left is not None:
            self.finish(record.job_id)

    def finish(self, job):
        """Count a finished job; write a line for stages that have finished by now, or if the last line is old."""
        rule = self.rules[job]
        self.left.add(rule, self.clock() - self.running.pop(job))
        elapsed = self.clock() - self.begun
        left = self.left.estimate(elapsed, [(self.rules[one], self.clock() - at) for one, at in self.running.items()])
        stage = self.stages.get(rule, rule)
        jobs, done = (self._of_stage(stage, counts) for counts in (self.left.counts, self.left.finished))
        self.ended += [stage] if done == jobs else []
        at_end = self.left.finished.total() == self.left.counts.total()
        age = (self.clock() - self.written) / (elapsed + left)
        if at_end or age > LONG or (self.ended and age > SHORT):
            about = ", ".join(self.ended) or f"{stage}: {done} of {jobs}"
            whole = f"{self.left.finished.total()} of {self.left.counts.total()} jobs in {in_words(elapsed)}"
            self.stream.write(f"{about:<{STAGE}}  {whole}" + (f", about {in_words(left)} left\n" if left else "\n"))
            self.stream.flush()
            self.written, self.ended = self.clock(), []

    def _of_stage(self, stage, counts):
        return sum(count for rule, count in counts.items() if self.stages.get(rule, rule) == stage)


class WithoutJobs(logging.Filter):
    """Leave out what Snakemake says of single jobs, but not faults; of a dry run's two equal tables, show the last.

    Parameters
    ----------
    tables : int
        How many tables of jobs are left out.
    """

    def __init__(self, tables):
        super().__init__()
        self.tables = tables

    def filter(self, record):
        """Return whether a record is shown."""
        event = str(getattr(record, "event", ""))
        if event == "run_info" and self.tables:
            self.tables -= 1
            return False
        return event not in OF_JOBS and not record.getMessage().startswith(BETWEEN)


def in_words(seconds):
    """Return a time such as 40 s, 3 min or 1 h 20 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def watch(logger, rules, settings):
    """Show stages instead of jobs on the terminal, unless other output was asked for.

    Parameters
    ----------
    logger : logging.Logger
        Snakemake's.
    rules : iterable
        Snakemake's rules, with ``name`` and ``snakefile``: a stage is a file of rules.
    settings : object
        Snakemake's settings of its output: ``quiet``, ``verbose``, ``printshellcmds``, ``dryrun``.
    """
    if settings.quiet or settings.verbose or settings.printshellcmds or settings.debug_dag:
        return
    for handler in list(logger.handlers):
        if handler.name == "DefaultStreamHandler":
            handler.addFilter(WithoutJobs(tables=1))
            if not settings.dryrun:
                logger.addHandler(Progress(handler.stream, {rule.name: Path(rule.snakefile).stem for rule in rules}))
