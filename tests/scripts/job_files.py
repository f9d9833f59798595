"""What Snakemake gives a script as its inputs or outputs."""


class Files(dict):
    """A job's inputs or outputs, by key and as attributes."""

    __getattr__ = dict.__getitem__
