"""Prepare a set of faces: 227×227 images, label maps of the parts, and a table of who is shown.

Faces that are looked for and not found stop the job, or are left out and listed.
"""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from facelrp.datasets.registry import load
from facelrp.errors import InputError
from facelrp.faces.detector import FaceDetector
from facelrp.faces.framing import ffhq_frame
from facelrp.faces.imaging import SIZE
from facelrp.faces.parts import LABEL
from facelrp.faces.portraits import FACTS, WITHOUT_DETECTOR, NoFaceError, Portraits
from facelrp.faces.registration import centres
from facelrp_workflow.files import save_rows, write_table
from facelrp_workflow.frames import frame_of, read_frame
from facelrp_workflow.job import faces_of, job
from facelrp_workflow.rated_faces import people


def prepare(faces, scratch, allow_missing, log):
    """Prepare the faces one after the other, into scratch files.

    Parameters
    ----------
    faces : facelrp.datasets.face_set.FaceSet
    scratch : tuple of binary file
        For images and for label maps.
    allow_missing : bool
        Leave out faces that are not found, and the other photographs of a person in several states.
    log : logging.Logger

    Returns
    -------
    kept : ndarray of bool, shape (N,)
        Which faces of the table are not left out.
    facts : list of dict
        What was found on each photograph, or why it cannot be used; empty for faces that are not looked for.
    anchors : list of (ndarray of float, shape (3, 2))
        Eyes and mouth of the faces that are kept.

    Raises
    ------
    InputError
        If faces are not found and ``allow_missing`` is false, or none is left.
    """
    rows = range(len(faces.table))
    kept, facts, anchors, faults = np.ones(len(rows), bool), [], [], {}
    for row in tqdm(rows, desc="faces", disable=None):
        try:
            face = faces.face(row)
        except NoFaceError as fault:
            kept[row], faults[row] = False, fault
            facts.append({"remarks": fault.what})
            continue
        for file, pixels in zip(scratch, (face.image, face.parts), strict=True):
            file.write(pixels.tobytes())
        facts.append(face.facts)
        anchors.append(marked(face.parts) if face.anchors is None else face.anchors)
    if not faults:
        return kept, facts, anchors
    first = faults[min(faults)]
    if not allow_missing or not kept.any():
        others = f" (and on {len(faults) - 1} more, see the log)" if len(faults) > 1 else ""
        log.error("no face on:%s", "".join(f"\n  {fault.where}: {fault.what}" for fault in faults.values()))
        fix = "look at it; leave it out, set regions and frame to what needs no detector, or set allow_missing: true"
        raise InputError(f"{first.what}{others}", first.where, fix)
    log.warning("%d faces are left out: %s", len(faults), "; ".join(map(str, faults.values())))
    return kept, facts, anchors


def marked(parts):
    """Return the middles of eyes and mouth in a label map: ndarray of float, shape (3, 2); NaN if not shown."""
    eyes = [
        f"{side}_eye_opening" if (parts == LABEL[f"{side}_eye_opening"]).any() else f"{side}_eye"
        for side in ("right", "left")
    ]
    return centres(parts, [*eyes, "mouth"]) + 0.5


def write_arrays(scratch, kept, count, images_path, parts_path):
    """Write the images (N, 227, 227, 3) and label maps (N, 227, 227) of the faces to keep."""
    for file, path, shape in zip(scratch, (images_path, parts_path), ((SIZE, SIZE, 3), (SIZE, SIZE)), strict=True):
        save_rows(path, file, count, shape, kept)


def whole_people(table, kept):
    """Return which faces are kept if a person is left out as a whole: ndarray of bool, shape (N,)."""
    return ~table["identity"].isin(table["identity"][~kept]).to_numpy()


def known_truth(faces):
    """Return the parts that each rating is known to depend on, with their shares; empty if unknown."""
    known = [
        (attribute, part, share) for attribute, parts in (faces.truth or {}).items() for part, share in parts.items()
    ]
    return pd.DataFrame(known, columns=["attribute", "part", "share"])


def portraits_of(wanted, model, frame):
    """Return how photographs are prepared: `facelrp.faces.portraits.Portraits`.

    Parameters
    ----------
    wanted : dict or None
        ``regions``, ``frame`` and ``background`` of the configuration; None for drawn faces.
    model : list of path
        The model of face landmarks; empty if none is needed.
    frame : list of path
        The frame of the rated faces; empty for these themselves, which are framed as FFHQ's are.
    """
    if not model:
        return WITHOUT_DETECTOR
    target = read_frame(frame[0]) if frame else ffhq_frame()
    return Portraits(
        FaceDetector(model[0]),
        target if wanted["frame"] == "detected" else None,
        "detected" if wanted["regions"] == "detected" else "given",
        wanted["background"],
    )


def main(source, dataset, options, portraits, paired, files, output, log):
    how = {}
    if portraits is not None:
        how["portraits"] = portraits_of(portraits, files.get("model", []), files.get("frame", []))
    faces = load(dataset, source, **options, **how)
    table, described = people(faces.table), options | (portraits or {})
    log.info("%d faces of %d identities from %s %s", len(table), table.identity.nunique(), dataset, described)
    folder = Path(output.images).parent
    with tempfile.TemporaryFile(dir=folder) as images, tempfile.TemporaryFile(dir=folder) as parts:
        scratch = images, parts
        found, facts, anchors = prepare(faces, scratch, options.get("allow_missing", False), log)
        kept = whole_people(table, found) if paired else found
        rows = np.flatnonzero(kept[found])
        write_arrays(scratch, rows, int(found.sum()), output.images, output.parts)
    facts = pd.DataFrame([{"remarks": ""} | one for one in facts], columns=FACTS)
    facts.insert(0, "face_id", table["face_id"])
    facts.insert(1, "kept", kept)
    facts.loc[found & ~kept, "remarks"] = "another photograph of this person is left out"
    write_table(output.detection, facts)
    write_table(output.frame, frame_of([anchors[row] for row in rows]))
    write_table(output.table, table[kept])
    write_table(output.truth, known_truth(faces))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(
            *faces_of(snakemake),
            snakemake.params.portraits,
            snakemake.wildcards.set == "pairs",
            snakemake.input,
            snakemake.output,
            log,
        )
