"""Fetch an archive, from the user's folder or from its address, and extract what is verified of it."""

from pathlib import Path

from facelrp.archives import check_file, check_zip, find_archive, plain_name, read_manifest
from facelrp.downloads import download
from facelrp.errors import InputError
from facelrp.extraction import extract
from facelrp_job import job


def fetch(archive, folder):
    """Return the path of an archive in ``folder``, after downloading it there if need be.

    Parameters
    ----------
    archive : mapping
        ``file``: its name, in which ``*`` stands for anything; ``url``: where to download it, optional; ``bytes`` and
        ``sha256`` of the file, where they are known.
    folder : path
        The user's archives.

    Raises
    ------
    InputError
        If it is not there and cannot be downloaded, or is not the expected file.
    """
    pin = (archive["bytes"], archive["sha256"]) if "sha256" in archive else None
    path = find_archive(folder, archive["file"])
    if path is not None:
        if pin:
            check_file(path, *pin)
        return path
    if "url" not in archive:
        raise InputError("the archive is missing", Path(folder) / archive["file"], "put it there, or set archive_dir")
    check = (lambda file: check_file(file, *pin)) if pin else check_zip
    limit = {"most_bytes": pin[0]} if pin else {}
    return download(archive["url"], Path(folder) / plain_name(archive["file"]), check, **limit)


def main(archive, manifest, folder, archive_dir, allow_missing, log):
    path = fetch(archive, archive_dir)
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
