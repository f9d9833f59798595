"""Prepare the user's own photographs: the faces on them, framed like the rated faces, 227×227 images.

Every file of the folder is tried, whatever its name. Files that are no photographs are left out, and listed with the
reason. Photographs without a face that can be used are listed with the others, but have no image and no score.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from facelrp.errors import InputError
from facelrp.faces.detector import FaceDetector
from facelrp.faces.imaging import SIZE, read_image
from facelrp.faces.portraits import FACTS, NoFaceError, Portraits
from facelrp.sources.folders import files_below
from facelrp_workflow.files import new_array, save_rows, write_table
from facelrp_workflow.frames import read_frame
from facelrp_workflow.job import job

#: Bytes of the longest file name: pictures are named after photographs, with a suffix, and under a temporary name
#: first.
LONGEST_NAME = 230


def check_name(path):
    """Refuse a name that cannot stand in a table, or name a picture.

    Raises
    ------
    InputError
    """
    try:
        length = len(Path(path).name.encode())
    except UnicodeEncodeError as fault:
        raise InputError("its name is not UTF-8", path, "rename it") from fault
    if length > LONGEST_NAME:
        raise InputError(f"its name has {length} bytes, more than {LONGEST_NAME}", path, "rename it")


def faces_of(photograph, path, portraits, which):
    """Return the faces of a photograph, and what is remarked of the photograph as a whole.

    Parameters
    ----------
    photograph : ndarray of uint8, shape (H, W, 3)
    path : path
    portraits : facelrp.faces.portraits.Portraits
    which : {"largest", "all"}

    Returns
    -------
    faces : list of facelrp.faces.portraits.Portrait
    remark : str
        Why no face, or not every face, is used; empty if all are.
    """
    found = portraits.detector(photograph, turned=True, small=True)
    if not found:
        return [], "no face is found"
    faces, faults = [], []
    for one in found if which == "all" else found[:1]:
        try:
            faces.append(portraits.portrait(photograph, path, one, len(found)))
        except NoFaceError as fault:
            faults.append(fault.what)
    return faces, faults[0] + (f" (as are {len(faults) - 1} others)" if len(faults) > 1 else "") if faults else ""


def read_all(folder, portraits, which, scratch):
    """Prepare the photographs of a folder one after the other; write their faces into a scratch file.

    Returns
    -------
    faces : list of dict
        For each face, in the order of the file: ``face_id``, ``photo`` and what is found, see
        `facelrp.faces.portraits.facts_of`; and for each photograph without one, where ``face_id`` is empty.
    transforms : list of (ndarray of float, shape (2, 3))
        From pixels of the photograph to those of the face's image, for each face.
    left_out : list of (str, str)
        Path and reason of files that are no photographs.
    """
    faces, transforms, left_out = [], [], []
    for path in tqdm(sorted(map(str, files_below(folder))), desc="photographs", disable=None):
        try:
            check_name(path)
            photograph = read_image(path)
        except InputError as fault:
            left_out.append((path, f"{fault.what} — {fault.fix}"))
            continue
        name = Path(path).relative_to(folder).as_posix()
        own, remark = faces_of(photograph, path, portraits, which)
        for number, face in enumerate(own, 1):
            scratch.write(face.image.tobytes())
            transforms.append(face.transform)
            remarks = "; ".join(text for text in (face.facts["remarks"], remark) if text)
            face_id = name if len(own) == 1 else f"{name}, face {number}"
            faces.append({"face_id": face_id, "photo": name, **face.facts, "remarks": remarks})
        if not own:
            faces.append({"face_id": "", "photo": name, "remarks": remark})
    return faces, transforms, left_out


def main(folder, portraits, which, output, log):
    with tempfile.TemporaryFile(dir=Path(output.images).parent) as scratch:
        faces, transforms, refused = read_all(folder, portraits, which, scratch)
        if not transforms:
            what = "no photograph is in the folder"
            if faces:
                first = faces[0]
                what = f"no face can be used on any of {len(faces)} photographs; {first['photo']}: {first['remarks']}"
            elif refused:
                path, why = refused[0]
                what = f"none of {len(refused)} files can be used; {Path(path).name}: {why}"
            raise InputError(what, folder, "put JPEG or PNG files of faces there")
        count = len(transforms)
        save_rows(output.images, scratch, count, (SIZE, SIZE, 3), np.arange(count))
    with new_array(output.transforms, (len(transforms), 2, 3), np.float64) as array:
        array[:] = transforms
    found = pd.DataFrame(faces, columns=["face_id", "photo", *FACTS])
    write_table(output.detection, found)
    used = found[found["face_id"] != ""]
    write_table(output.table, used[["face_id", "photo"]].assign(identity=used["photo"], state=""))
    reasons = [(str(Path(path).relative_to(folder)).encode("utf-8", "replace").decode(), why) for path, why in refused]
    write_table(output.left_out, pd.DataFrame(reasons, columns=["file", "reason"]))
    log.info("%d faces on %d photographs", len(used), found["photo"].nunique())
    report(reasons, f"files of {folder} are left out (see {output.left_out})", log)
    remarks = list(found.loc[found["remarks"] != "", ["photo", "remarks"]].itertuples(index=False, name=None))
    report(remarks, f"remarks on photographs (see {output.detection})", log)


def report(lines, title, log, most=10):
    """Say what is remarkable about files, in the log and in a few lines on the terminal."""
    for name, why in lines:
        log.warning("%s: %s", name, why)
    if lines:
        listed = "".join(f"\n  {name}: {why}" for name, why in lines[:most])
        more = f"\n  and {len(lines) - most} more" if len(lines) > most else ""
        print(f"{len(lines)} {title}:{listed}{more}", file=sys.stderr)


if __name__ == "__main__":
    with job(snakemake) as log:
        params, files = snakemake.params, snakemake.input
        portraits = Portraits(FaceDetector(files.model), read_frame(files.frame), background=params.background)
        main(params.folder, portraits, params.which, snakemake.output, log)
