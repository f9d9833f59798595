"""Record the versions, processor and device that results were computed with: a list, the present ones last."""

import json
from pathlib import Path

import pandas as pd

from facelrp.report.html_tables import as_page
from facelrp_workflow.environment import recorded
from facelrp_workflow.files import replacing
from facelrp_workflow.job import job


def main(environment, title, record, page, log):
    # Snakemake deletes the output before it is written again; what was recorded so far is kept beside it.
    kept = Path(record).with_name(".environment.json")
    listed = [one for one in recorded(kept) if one != environment] + [environment]
    for path in (kept, record):
        with replacing(path) as temporary:
            temporary.write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")
    with replacing(page) as temporary:
        temporary.write_text(as_page(tabulate(listed), title, "environment.csv"), encoding="utf-8")
    log.info("%s", environment)


def tabulate(listed):
    """Return a row for each component: what it is at present, and what else it was earlier.

    Parameters
    ----------
    listed : list of dict of {str: str}
        Versions and others by component, the latest last.

    Returns
    -------
    pandas.DataFrame
        Columns ``component``, ``present``, and ``earlier``, which is empty if it was always the same.
    """
    *earlier, latest = listed
    others = {
        name: dict.fromkeys(one[name] for one in earlier if one.get(name, present) != present)
        for name, present in latest.items()
    }
    return pd.DataFrame(
        {
            "component": list(latest),
            "present": list(latest.values()),
            "earlier": [", ".join(values) for values in others.values()],
        }
    )


if __name__ == "__main__":
    with job(snakemake) as log:
        params, output = snakemake.params, snakemake.output
        main(dict(params.environment), params.title, output.record, output.page, log)
