"""Judge each claim by this experiment's measurements, and write the findings."""

import pandas as pd

from facelrp.faces.rating_scales import RatingScale
from facelrp.findings.able_networks import unable
from facelrp.findings.claim import findings
from facelrp.findings.claims import CLAIMS
from facelrp.findings.pages import as_captions, as_markdown
from facelrp_workflow.files import read_faces, read_table, read_tables, replacing, write_table
from facelrp_workflow.job import job


def read(files, sources, attributes):
    """Read what claims are judged by.

    Parameters
    ----------
    files : mapping of str to path or list of path
        A job's inputs.
    sources : dict of {str: list of dict}
        By input, the columns to add to each of its tables, such as its base model; inputs without any are single
        tables.
    attributes : list of str

    Returns
    -------
    dict of {str: DataFrame}
        By the name that claims use: the inputs, ``rated`` (the test faces) and ``training_means`` (mean rating of each
        attribute in the training set).
    """
    tables = {name: read_tables(files[name], added) for name, added in sources.items()}
    single = [name for name, _ in files.items() if name not in (*sources, "code", "faces", "ratings", "split")]
    tables |= {name: read_table(files[name]) for name in single}
    means = read_faces(files, "train")[attributes].mean()
    tables["training_means"] = means.rename_axis("attribute").reset_index(name="mean")
    return tables | {"rated": read_faces(files, "test")}


def main(files, sources, attributes, settings, scale, experiment, output, log):
    scale, tables = RatingScale(*scale), read(files, sources, attributes)
    found = findings(CLAIMS, tables, settings, unable(tables["table1"]), scale)
    write_table(output.table, pd.DataFrame(found))
    with replacing(output.page) as temporary:
        temporary.write_text(as_markdown(found, f"Findings: {experiment}", scale), encoding="utf-8")
    with replacing(output.captions) as temporary:
        temporary.write_text(as_captions(found), encoding="utf-8")
    for one in found:
        log.info("%s — %s: %s (%s)", one["section"], one["claim"], one["verdict"], one["finding"])


if __name__ == "__main__":
    with job(snakemake) as log:
        main(
            snakemake.input,
            **snakemake.params,
            experiment=snakemake.wildcards.experiment,
            output=snakemake.output,
            log=log,
        )
