"""Write tables as pages that the report can show."""

from pathlib import Path

from facelrp.report.html_tables import as_page
from facelrp_workflow.files import read_table, replacing
from facelrp_workflow.job import job


def main(tables, titles, pages, log):
    for name, path in pages.items():
        table = read_table(tables[name])
        with replacing(path) as temporary:
            temporary.write_text(as_page(table, titles[name], Path(tables[name]).name), encoding="utf-8")
        log.info("%s: %d rows", path, len(table))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.params.titles, snakemake.output, log)
