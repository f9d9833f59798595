"""Record the versions that an experiment's results were computed with: a list, of which the last is the present one."""

import json
from pathlib import Path

import pandas as pd

from facelrp.report.html_tables import as_page
from facelrp_workflow.files import replacing
from facelrp_workflow.job import job


def main(environment, title, record, page, log):
    # Snakemake deletes the output before it is written again; what was recorded so far is kept beside it.
    kept = Path(record).with_name(".environment.json")
    try:
        recorded = json.loads(kept.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        recorded = []
    recorded = [one for one in recorded if one != environment] + [environment]
    for path in (kept, record):
        with replacing(path) as temporary:
            temporary.write_text(json.dumps(recorded, indent=1) + "\n", encoding="utf-8")
    with replacing(page) as temporary:
        temporary.write_text(as_page(tabulate(recorded), title, "environment.csv"), encoding="utf-8")
    log.info("%s", environment)


def tabulate(recorded):
    """Return a row for each component: its version, and the other ones that it had earlier.

    Parameters
    ----------
    recorded : list of dict of {str: str}
        Versions by component, the latest last.

    Returns
    -------
    pandas.DataFrame
        Columns ``component``, ``version``, and ``earlier_versions``, which are empty if they are the same.
    """
    *earlier, latest = recorded
    others = {
        name: dict.fromkeys(one[name] for one in earlier if one.get(name, version) != version)
        for name, version in latest.items()
    }
    return pd.DataFrame(
        {
            "component": list(latest),
            "version": list(latest.values()),
            "earlier_versions": [", ".join(versions) for versions in others.values()],
        }
    )


if __name__ == "__main__":
    with job(snakemake) as log:
        params, output = snakemake.params, snakemake.output
        main(dict(params.environment), params.title, output.record, output.page, log)
