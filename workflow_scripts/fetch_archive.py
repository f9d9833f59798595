"""Fetch an archive, from the user's folder or by download, and extract its verified members."""

from facelrp.sources.archives import check_zip, read_manifest
from facelrp.sources.downloads import fetch
from facelrp.sources.extraction import extract
from facelrp_workflow.job import job


def main(archive, manifest, folder, archive_dir, allow_missing, log):
    path = fetch(archive, archive_dir, check_zip)
    log.info("archive: %s, %d bytes", path, path.stat().st_size)
    expected = read_manifest(manifest) if manifest else None
    missing = extract(path, folder, expected, allow_missing)
    log.info("missing members: %d%s", len(missing), "".join(f"\n  {name}" for name in missing))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(
            **snakemake.params,
            manifest=snakemake.input.get("manifest"),
            folder=snakemake.output[0],
            archive_dir=snakemake.resources.archive_dir,
            log=log,
        )
