"""Judge each claim of the paper by this experiment's tables, and write the findings."""

import pandas as pd

from facelrp.faces.occlusion import FILL_DIFFERENCE
from facelrp.report.claims import CLAIMS
from facelrp.report.verdicts import as_captions, as_markdown
from facelrp_workflow.files import read_table, replacing, write_table
from facelrp_workflow.job import job


def main(paths, settings, experiment, output, log):
    tables = {name: read_table(path) for name, path in paths.items() if name != "code"}
    # The claims speak of whole parts, such as the mouth, and of the fill that the experiment chose.
    tables["occlusion"] = tables["occlusion"][tables["occlusion"]["part"] != FILL_DIFFERENCE]
    if "pairs" in tables:
        tables["pairs"] = tables["pairs"][tables["pairs"]["level"] == "coarse"]
    findings = [claim.finding(tables, settings) for claim in CLAIMS]
    write_table(output.table, pd.DataFrame(findings))
    with replacing(output.page) as temporary:
        temporary.write_text(as_markdown(findings, f"Findings: {experiment}"), encoding="utf-8")
    with replacing(output.captions) as temporary:
        temporary.write_text(as_captions(findings), encoding="utf-8")
    for one in findings:
        log.info("%s — %s: %s (%s)", one["section"], one["claim"], one["verdict"], one["finding"])


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.params.settings, snakemake.wildcards.experiment, snakemake.output, log)
