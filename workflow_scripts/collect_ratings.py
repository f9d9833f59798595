"""Collect how a set of faces is rated: all ratings beside what is known of each face, or those of one attribute."""

from facelrp.datasets.registry import load
from facelrp.errors import InputError
from facelrp.faces.rating_scales import RatingScale
from facelrp_workflow.files import read_table, write_table
from facelrp_workflow.job import faces_of, job
from facelrp_workflow.rated_faces import in_points


def ratings_of(table, attribute, log):
    """Return the faces that are rated on an attribute, and their ratings: columns ``face_id`` and the attribute."""
    if attribute not in table:
        raise InputError(f"no face is rated on {attribute}", "config key attributes", "name its column of the table")
    rated = table[["face_id", attribute]].dropna()
    others = "" if len(rated) == len(table) else "; its networks do not learn from others, nor are measured by them"
    log.info("%s: %d of %d faces are rated%s", attribute, len(rated), len(table), others)
    return rated


def main(source, dataset, options, scale, attribute, people, output, log):
    table = in_points(load(dataset, source, **options), RatingScale(*scale))
    if attribute is not None:
        write_table(output, ratings_of(table, attribute, log))
        return
    # Without the faces that were not found on their photographs.
    write_table(output, table[table["face_id"].isin(read_table(people)["face_id"])])
    log.info("%d faces", len(table))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(
            *faces_of(snakemake),
            snakemake.params.scale,
            snakemake.wildcards.get("attribute"),
            snakemake.input.get("people"),
            snakemake.output[0],
            log,
        )
