"""What results depend on of the user's own folder of faces: the files that its table names, and the columns it maps.

It is what was read, not the table's bytes. So other files in the folder, other columns, the order of rows and columns,
the format of cells, or the same table as another kind of file rerun nothing. Each rating counts by itself: if one
changes, only what is computed from the ratings of that attribute runs again.
"""

from functools import cached_property
from pathlib import Path

from facelrp.datasets.contents import KNOWN
from facelrp_workflow.own_files import Used

#: Options that say how the table is read. Only what is read counts.
READING = ("table", "sheet", "columns", "codes", "rating_scale")


class OwnFaces:
    """A user's own folder of faces.

    Parameters
    ----------
    settings : dict
        The description of the set of faces in the configuration, complete.
    """

    def __init__(self, settings):
        self.settings = settings
        self.folder = Path(settings["folder"])
        self.path = self.folder / settings["table"]
        self.ratings = [name for name in settings["columns"] if name not in KNOWN]

    @cached_property
    def table(self):
        """The table, see `facelrp.datasets.face_tables.FaceTable`; None if it is missing, which is reported later."""
        if not self.path.exists():
            return None
        from facelrp.datasets.face_tables import read_face_table  # it imports pandas, which most experiments do without

        others = {key: self.settings.get(key) for key in ("rating_scale", "codes", "sheet")}
        keep = self.settings.get("pairs", False)
        return read_face_table(self.path, self.settings["columns"], **others, keep_unrated=keep)

    def faces(self):
        """Return what images, parts and all that is known of the faces beside ratings are made from: `Used`."""
        if self.table is None:
            return Used([self.path], "")
        from facelrp.datasets.table_files import OwnFolder  # as above

        faces, folder = self.table.faces.drop(columns=self.ratings), OwnFolder(self.folder)
        named = [name for name in (*faces["file"], *faces["outlines"]) if name]
        paths = [self.folder / (folder.find(name) or name) for name in named]
        template = self.settings.get("template")
        if isinstance(template, str) and template != "ffhq":
            paths.append(self.folder / template)
        return Used(paths, faces.to_csv(index=False))

    def rating(self, name):
        """Return what the ratings of one attribute are made from: `Used`."""
        if self.table is None:
            return Used([self.path], "")
        found = self.table.faces[["face_id", name]].dropna().to_csv(index=False)
        if self.table.answers is not None:
            found += self.table.answers[self.table.answers["attribute"] == name].to_csv(index=False)
        return Used([], f"{self.settings['rating_scale']}\n{found}")

    def uses(self):
        """Return the functions that return each `Used`, by the end of its name: {str: callable}."""
        return {"": self.faces} | {f".{name}": (lambda name=name: self.rating(name)) for name in self.ratings}
