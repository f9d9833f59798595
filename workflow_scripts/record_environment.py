"""Record the versions that an experiment's results were computed with: a list, of which the last is the present one."""

import json
from pathlib import Path

from facelrp_workflow.files import replacing
from facelrp_workflow.job import job


def main(environment, output, log):
    # Snakemake deletes the output before it is written again; what was recorded so far is kept beside it.
    kept = Path(output).with_name(".environment.json")
    try:
        recorded = json.loads(kept.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        recorded = []
    recorded = [one for one in recorded if one != environment] + [environment]
    for path in (kept, output):
        with replacing(path) as temporary:
            temporary.write_text(json.dumps(recorded, indent=1) + "\n", encoding="utf-8")
    log.info("%s", environment)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(dict(snakemake.params.environment), snakemake.output[0], log)
