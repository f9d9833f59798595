"""Make look-alikes of licensed sets, in their real layout, with faces from our own generator.

Names, folders, sheets, columns, landmark files, nested archives and litter are as in the users' files; only the people
are invented.
"""

import io
import zipfile
from pathlib import Path

import numpy as np
from openpyxl import Workbook
from PIL import Image

from facelrp.datasets import synthetic
from facelrp.faces.parts import mask

# 10k US Adult Faces ---------------------------------------------------------------------------------------------------

#: Columns of the sheets of ratings, by survey, and of the sheets of labels.
SURVEYS = (
    "atypical boring calm catch catchAns cold common confident egotistic emotUnstable forgettable intelligent "
    "introverted kind responsible subID subage submale subrace trustworthy unattractive unemotional unfamiliar "
    "unfriendly unhappy weird",
    "aggressive attractive caring catch catchAns emotStable emotional familiar friendly happy humble interesting "
    "irresponsible mean memorable normal sociable subID subage submale subrace typical uncertain uncommon "
    "unintelligent untrustworthy",
)
LABELS = (
    *("Age", "Attractive", "Is this person famous?", "Common", "How much emotion is in this face?", "Emotion?"),
    *("Eyes direction?", "Face direction?", "Facial hair?", "Catch", "Friendly", "Makeup?", "Gender"),
    *("Would you cast this person as the star of a movie?", "Would this be a good profile picture?"),
    *("Image quality?", "Race", "Memorable", "Speed", "How much teeth is showing?"),
)
ATTRIBUTES = ("attractive", "happy", "confident", "intelligent")
#: Height and width of an image that was cut from a drawn face of 227×227 pixels.
OVAL = (256, 202)
LANDMARK_SHIFT = (227 - 227 * OVAL[1] / OVAL[0]) / 2


def us10k_header(edition=52):
    """The columns of the sheets of ratings: 52 or, with subID in both halves, 54."""
    surveys = [name for survey in SURVEYS for name in survey.split() if edition == 54 or name != "subID"]
    return ["Filename", "Image #", *surveys]


def us10k_names(count=2222):
    """File names as varied as the real ones: 2,222 names have the full variety, six or more all four endings."""
    share = count / 2222
    dash, copy = max(1, round(10 * share)), max(1, round(14 * share))
    bare = max(1, round(142 * share))
    names = ["Google_1_Aaron Avina_92.jpg"]
    for k in range(1, count):
        ending = "-oval.jpg" if k <= dash else "_oval (2).jpg" if k <= dash + copy else "_oval.jpg"
        prefix = "" if k > count - 1 - bare else "Google_1_"
        blank = "_" if k % 5 == 0 else " "
        names.append(f"{prefix}Given{k % 97}{blank}Family{k}_{k % 31}{ending}")
    return names


def us10k_image(face):
    """A drawn face as an oval on white, 256 pixels high: Image."""
    image = Image.fromarray(face.image).resize((OVAL[0], OVAL[0]))
    left = (OVAL[0] - OVAL[1]) // 2
    pixels = np.array(image.crop((left, 0, left + OVAL[1], OVAL[0])))
    y, x = np.mgrid[: OVAL[0], : OVAL[1]] + 0.5
    pixels[np.hypot(2 * y / OVAL[0] - 1, 2 * x / OVAL[1] - 1) > 1] = 255
    return Image.fromarray(pixels)


def us10k_landmarks(parts, swapped=False):
    """The 77 landmarks of a drawn face in pixels of its oval image: ndarray, shape (77, 2).

    It is unknown which eye the real set calls left: here the one on the left of the image, or the other if
    ``swapped``.
    """
    first, second = ("left", "right") if swapped else ("right", "left")
    face = np.isin(parts, np.unique(parts[mask(parts, "inner") | mask(parts, "cheeks") | mask(parts, "jaw")]))
    groups = [
        rim(mask(parts, f"{first}_brow"), 8),
        rim(face, 16, -0.1, 1.1),
        rim(mask(parts, f"{second}_brow"), 8),
        rim(mask(parts, "nose"), 13),
        rim(mask(parts, f"{first}_eye"), 8),
        rim(mask(parts, f"{second}_eye"), 8),
        rim(mask(parts, "mouth"), 9, 1, 2),
        rim(mask(parts, "mouth"), 7, 0, 1),
    ]
    return (np.concatenate(groups) - [LANDMARK_SHIFT, 0]) * OVAL[0] / 227


def rim(area, count, start=0, stop=2):
    """The furthest points of an area in directions from ``start`` to ``stop``, in half turns from the right."""
    y, x = np.nonzero(area)
    angles = np.pi * np.linspace(start, stop, count, endpoint=stop - start < 2)
    furthest = (np.outer(np.cos(angles), x) + np.outer(np.sin(angles), y)).argmax(axis=1)
    return np.column_stack([x, y])[furthest] + 0.5


def us10k_ratings(names, ratings, edition=52, raw_rows=3, answers=()):
    """The workbook psychology-attributes.xlsx, with ``ratings`` {attribute: one of each face}: bytes.

    ``answers`` are rows of the sheet of single ratings, (name of the file, {attribute: rating}), after blank rows.
    """
    header = us10k_header(edition)
    rows = [
        [name, number, *(float(ratings[column][number - 1]) if column in ratings else 5.5 for column in header[2:])]
        for number, name in enumerate(names, 1)
    ]
    for row in rows:
        for k in (k for k, column in enumerate(header) if column.startswith("sub")):
            row[k] = (None, "NaN", 1)[row[1] % 3]
    raw = [[names[0], 1, *["NaN"] * (len(header) - 2)] for _ in range(raw_rows)]
    raw += [[name, 1, *(given.get(column, "NaN") for column in header[2:])] for name, given in answers]
    return workbook({"Raw": [header, *raw], "Final Values": [header, *rows], "StDev Values": [header]})


def us10k_labels(names, labels):
    """The workbook demographic-others-labels.xlsx, with ``labels`` {column: one of each face}: bytes."""
    header = ["Filename", "Image #", *LABELS]
    rows = [
        [name, number, *(labels[column][number - 1] if column in labels else 1 for column in LABELS)]
        for number, name in enumerate(names, 1)
    ]
    return workbook(
        {"All Data": [header], "Final Values": [header, *rows], "StDev Values": [header], "Operations": [header]}
    )


def workbook(sheets):
    """The bytes of an xlsx file with these sheets, {name: rows}."""
    book = Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def us10k_files(count=12, edition=52, seed=1, swapped=False, publishable=3):
    """The files of a look-alike of the 10k US Adult Faces: {path: bytes}, in the four archives' folders."""
    faces = synthetic.load(count=count, seed=seed)
    names, ratings = us10k_names(count), {name: faces.table[name] for name in ATTRIBUTES}
    age = 1 + np.searchsorted([20, 30, 45, 60], faces.table["age"], side="right")
    labels = {"Age": age.tolist(), "Gender": (faces.table["gender"] / 100).tolist(), "Emotion?": [1, 2, 0, 3] * count}
    scores = "2kattributes/Full Attribute Scores"
    files = {
        f"{scores}/psychology attributes/psychology-attributes.xlsx": us10k_ratings(names, ratings, edition),
        f"{scores}/demographic & others labels/demographic-others-labels.xlsx": us10k_labels(names, labels),
        f"{scores}/target-filenames.txt": numbered(us10k_names(60)),
    }
    for k, name in enumerate(names):
        face = faces.face(k)
        image = jpeg(us10k_image(face))
        points = us10k_landmarks(face.parts, swapped)
        annotations = f"annotations/Face Annotations/Images and Annotations/{k + 1}"
        files[f"10kfaces/10k US Adult Faces Database/Face Images/{name}"] = image
        files[f"{annotations}.jpg"] = image
        files[f"{annotations}_landmarks.txt"] = "".join(f"{x:.4f} {y:.4f}\n" for x, y in points).encode()
    publishable_names = names[:publishable]
    friendly = "49faces/Publication Friendly 49-Face Database"
    files[f"{friendly}/target-filenames.txt"] = numbered(publishable_names)
    files[f"{friendly}/Attribute Scores/psychology attributes/psychology-attributes.xlsx"] = us10k_ratings(
        publishable_names, dict.fromkeys(ATTRIBUTES, [9.0] * publishable), raw_rows=0
    )
    for name in publishable_names:
        files[f"{friendly}/49 Face images/{name}"] = files[f"10kfaces/10k US Adult Faces Database/Face Images/{name}"]
    return files


def numbered(names):
    return "".join(f"{number},{name}\r\n" for number, name in enumerate(names, 1)).encode()


# KDEF -----------------------------------------------------------------------------------------------------------------

EYES_AND_MOUTH = {"right_eye": (198, 340), "left_eye": (364, 340), "mouth": (281, 512)}


def kdef_names():
    """All 4,900 names, by the rule of the set."""
    return [
        f"{session}{sex}{person:02d}{expression}{view}.JPG"
        for session in "AB"
        for sex in "FM"
        for person in range(1, 36)
        for expression in ("AF", "AN", "DI", "HA", "NE", "SA", "SU")
        for view in ("FL", "HL", "S", "HR", "FR")
    ]


def kdef_image(face, points=EYES_AND_MOUTH):
    """A drawn face with eyes and mouth at given points of 562×762 pixels: Image."""
    centres = np.array([np.argwhere(mask(face.parts, name)).mean(axis=0)[::-1] + 0.5 for name in points])
    # Pillow needs the position in the drawing of each pixel of the photograph.
    positions = np.column_stack([list(points.values()), np.ones(3)])
    matrix = np.linalg.solve(positions, centres).T
    return Image.fromarray(face.image).transform((562, 762), Image.Transform.AFFINE, matrix.ravel(), fillcolor="grey")


def kdef_files(people=("F01", "M02"), seed=2, points=EYES_AND_MOUTH):
    """The straight happy and sad photographs of people in both sessions: {path: bytes}, as in the archive."""
    faces = synthetic.load(count=2 * len(people), seed=seed, pairs=True)
    files = {"KDEF_and_AKDEF/ReadThis/KDEF.txt": b"read this", "KDEF_and_AKDEF/AKDEF/FHAS.JPG": b"an average"}
    for k, (person, session) in enumerate((person, session) for person in people for session in "AB"):
        for row, code in ((2 * k, "HA"), (2 * k + 1, "SA")):
            folder = f"KDEF_and_AKDEF/KDEF/{session}{person}"
            files[f"{folder}/{session}{person}{code}S.JPG"] = jpeg(kdef_image(faces.face(row), points))
    return files


# All ------------------------------------------------------------------------------------------------------------------


def jpeg(image):
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


def write_tree(folder, files):
    """Write {path: bytes} below a folder."""
    for name, content in files.items():
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def zipped(files):
    """The bytes of a zip archive of {path: bytes}, with the litter that macOS adds."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in files.items():
            opened.writestr(name, content)
            litter = Path("__MACOSX", name)
            opened.writestr(str(litter.with_name(f"._{litter.name}")), b"Mac OS X litter")
    return buffer.getvalue()


def nested(files, depth=2):
    """The bytes of an archive in a folder of an archive … in which the innermost contains the files."""
    content = zipped(files)
    for level in range(depth - 1):
        content = zipped({f"again {level}/Archive.ZIP": content})
    return content


# Your own faces -------------------------------------------------------------------------------------------------------


def own_files(count=6, seed=3, scale=(1, 7)):
    """A folder of photographs with a table in a user's own words and on a scale of their own: {path: bytes}."""
    low, high = scale
    faces = synthetic.load(count=count // 2, seed=seed, pairs=True)
    lines = ["Photo,who,mood,years,sex,joy"]
    files = {}
    for row, face in enumerate(faces.table.itertuples()):
        name = f"photos/{face.identity} {row % 2}.{('jpg', 'png')[row % 2]}"
        buffer = io.BytesIO()
        Image.fromarray(faces.face(row).image).save(buffer, ("JPEG", "PNG")[row % 2])
        files[name] = buffer.getvalue()
        mood, sex = {"happy": "HA", "sad": "SA"}[face.state], ("f", "m")[face.gender > 50]
        lines.append(f"{name},{face.identity},{mood},{face.age},{sex},{low + (high - low) * (face.happy - 1) / 8:.3f}")
    return files | {"ratings.csv": "\n".join([*lines, ""]).encode()}
