"""Heatmaps, occlusion and evaluation in shards: blocks of faces, one job each, which merging.smk puts together.

With one shard, the jobs write the final files.
"""

SHARDS = config["shards"]


def sharded(folder, name):
    """A result of one shard: temporary, in the shard's own folder, unless there is only one shard."""
    return temp(f"{folder}/shards/{{shard}}/{name}") if SHARDS > 1 else f"{folder}/{name}"


def per_shard(stem, suffix):
    """The log or benchmark of one shard."""
    return f"{stem}/{{shard}}{suffix}" if SHARDS > 1 else f"{stem}{suffix}"


def shard(wildcards):
    """Which shard a job works on, and how many there are."""
    return [int(wildcards.shard), SHARDS] if "shard" in wildcards.keys() else [0, 1]


def shards(wildcards):
    """A selector: all shards."""
    return [{"shard": number} for number in range(SHARDS)]


def from_shards(folder, *names):
    """The inputs of a merge: the results of all shards, by the stem of the file's name."""
    return {Path(name).stem: each(f"{folder}/shards/{{shard}}/{name}", shards) for name in names}


def merged(folder, *names):
    """The outputs of a merge, by the stem of the file's name."""
    return {Path(name).stem: f"{folder}/{name}" for name in names}
