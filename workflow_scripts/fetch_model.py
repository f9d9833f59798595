"""Fetch the model that finds faces, from the user's folder or by download."""

import shutil

from facelrp.sources.downloads import fetch
from facelrp_workflow.job import job
from facelrp_workflow.replacing import replacing


def main(archive, model, archive_dir, log):
    path = fetch(archive, archive_dir)
    with replacing(model) as temporary:
        shutil.copyfile(path, temporary)
    log.info("%s, %d bytes", path, path.stat().st_size)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.params.archive, snakemake.output[0], snakemake.resources.archive_dir, log)
