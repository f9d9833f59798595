"""How well the parts of faces are found, and how fast: by points on each face, and by one template of all faces.

    python tests/benchmarks/bench_detection.py [--json FILE]

The truth are landmarks that people placed on the London Set's neutral photographs; these and the model of face
landmarks are expected in ../shared/data. Speed is that of one core, from the image file to the framed face and its
label map.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "workflow_scripts"))
sys.path.insert(0, str(Path(__file__).parents[1] / "datasets"))

from landmark_model import MODEL, london, members
from london_outlines import agreement
from rounds import write_json

from facelrp.faces.detector import FaceDetector
from facelrp.faces.framing import ffhq_frame
from facelrp.faces.mesh_parts import mesh_outlines
from facelrp.faces.portraits import Portraits
from facelrp.faces.templates import FFHQ_SIDE, ffhq_outlines, fit_label_map

#: Photographs of OMI, of 1024×1024 pixels, to measure the speed.
COUNT = 100


def faces_per_second(detector):
    """Return how many photographs of each set are prepared in a second: {set: float}."""
    rates = {}
    portraits = Portraits(detector, ffhq_frame())
    with tempfile.TemporaryDirectory() as folder:
        opened, names = members("omi-*.zip", "/images/")
        archives = {"OMI (1024×1024)": (opened, names[1 : COUNT + 1])}
        opened, stems = london()
        archives["London (1350×1350)"] = opened, [f"{stem}.jpg" for stem in stems]
        for name, (archive, photographs) in archives.items():
            paths = [Path(folder, f"{name[:3]}{number}.jpg") for number in range(len(photographs))]
            for path, member in zip(paths, photographs, strict=True):
                path.write_bytes(archive.read(member))
            portraits(paths[0])
            start = time.perf_counter()
            for path in paths:
                portraits(path)
            rates[name] = len(paths) / (time.perf_counter() - start)
    return rates


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    detector = FaceDetector(MODEL)

    def detected(image, box):
        return fit_label_map(mesh_outlines(detector(image)[0].points), image.shape[:2], box=box)

    template = fit_label_map(ffhq_outlines(), (FFHQ_SIDE, FFHQ_SIDE))
    quality = {"template": agreement(lambda image, box: template), "detected": agreement(detected)}
    print(f"{'':16}" + "".join(f"{name:>10}" for name in quality))
    for key in quality["detected"]:
        print(f"{key:16}" + "".join(f"{values[key]:10.3f}" for values in quality.values()))
    rates = faces_per_second(detector)
    for name, rate in rates.items():
        print(f"{name}: {rate:.1f} faces a second")
    write_json(arguments.json, {"quality": quality, "faces_per_second": rates})


if __name__ == "__main__":
    main()
