"""Prepare the user's own photographs: 227×227 images in a white frame, identified by their paths.

Every file of the folder is tried, whatever its name. Files that cannot be used are left out, and listed with the
reason.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from facelrp.errors import InputError
from facelrp.faces.imaging import SIZE, read_square
from facelrp.memory_maps import release
from facelrp.sources.folders import files_below
from facelrp_workflow.files import new_array, write_table
from facelrp_workflow.job import job
from facelrp_workflow.selection import BLOCK

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


def read_all(paths, scratch):
    """Read photographs one after the other into a scratch file; return what was read and what was not.

    Returns
    -------
    read : list of str
        The photographs, in the order of their images in the file.
    left_out : list of (str, str)
        Path and reason of the others.
    """
    read, left_out = [], []
    for path in tqdm(paths, desc="photographs", disable=None):
        try:
            check_name(path)
            scratch.write(read_square(path, fit="pad")[0].tobytes())
            read.append(path)
        except InputError as fault:
            left_out.append((path, f"{fault.what} — {fault.fix}"))
    scratch.flush()
    return read, left_out


def main(folder, images, table, left_out, log):
    with tempfile.TemporaryFile(dir=Path(images).parent) as scratch:
        read, refused = read_all(sorted(map(str, files_below(folder))), scratch)
        if not read:
            what = "no photograph is in the folder"
            if refused:
                path, why = refused[0]
                what = f"none of {len(refused)} files can be used; {Path(path).name}: {why}"
            raise InputError(what, folder, "put JPEG or PNG files there, one face in each")
        shape = (len(read), SIZE, SIZE, 3)
        kept = np.memmap(scratch, np.uint8, "r", shape=shape)
        with new_array(images, shape, np.uint8) as array:
            for start in range(0, len(read), BLOCK):
                array[start : start + BLOCK] = kept[start : start + BLOCK]
                release(array)
    names = [Path(path).relative_to(folder).as_posix() for path in read]
    write_table(table, pd.DataFrame({"face_id": names, "identity": names, "state": ""}))
    reasons = [(str(Path(path).relative_to(folder)).encode("utf-8", "replace").decode(), why) for path, why in refused]
    write_table(left_out, pd.DataFrame(reasons, columns=["file", "reason"]))
    log.info("%d photographs: %s", len(names), ", ".join(names))
    for name, why in reasons:
        log.warning("left out: %s: %s", name, why)
    if reasons:
        listed = "".join(f"\n  {name}: {why}" for name, why in reasons[:10])
        more = f"\n  and {len(reasons) - 10} more" if len(reasons) > 10 else ""
        print(f"{len(reasons)} files of {folder} are left out (see {left_out}):{listed}{more}", file=sys.stderr)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.params.folder, **snakemake.output, log=log)
