"""Missing files that Snakemake overlooks.

Snakemake makes a missing file only if a job that has to run needs it. When a job fails, its outputs are deleted, but
files that were made from older ones still exist, and the same command would call them finished. A default target
therefore asks for such files itself.
"""

from functools import cache
from pathlib import Path


def overlooked(targets, rules):
    """Return the missing files among all that targets are made from, if a file made from them exists.

    Parameters
    ----------
    targets : iterable of str
    rules : iterable of snakemake.rules.Rule
        All rules of the workflow.

    Returns
    -------
    list of str
        Without temporary files, which are deleted on purpose.
    """
    rules = list(rules)

    @cache  # many jobs take the same code
    def producer_of(path):
        return next((rule for rule in rules if rule.is_producer(path)), None)

    missing, waiting, seen = {}, [(path, False) for path in targets], set()
    while waiting:
        path, is_used = waiting.pop()
        producer = producer_of(path)
        if producer is None:
            continue  # a source file, such as code
        wildcards = producer.get_wildcards(path)
        outputs, _ = producer.expand_output(wildcards)
        exist = all(Path(output).exists() for output in outputs)
        if is_used and not exist and not any(output.flags.get("temp") for output in outputs):
            missing.update(dict.fromkeys(str(output) for output in outputs if not Path(output).exists()))
        if path not in seen:
            seen.update(map(str, outputs))
            inputs, *_ = producer.expand_input(wildcards)
            waiting.extend((str(name), exist) for name in inputs if name not in seen or exist)
    return list(missing)
