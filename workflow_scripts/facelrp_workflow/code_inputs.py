"""The code that a rule's results depend on, as files that change when, and only when, what the code does may change.

For a `script:` Snakemake looks at the entry file alone, and at its time. Rules therefore take as inputs the script and
all modules of ours it imports, each reduced to what runs: without comments, docstrings and layout. Snakemake compares
small inputs by content, so that an edited comment, or a branch checked out and left again, makes nothing anew.
"""

import ast
import os
import re
from functools import cache

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
PLACE = re.compile(r"([A-Za-z_][\w.]*):\w+")
#: What a module says of itself for the configuration (see `facelrp_workflow.choices`): it does not run, unless it is
#: used there.
DECLARED = "OPTIONS"


class CodeInputs:
    """Finds the modules that scripts import, and keeps what runs of them in a folder.

    Parameters
    ----------
    scripts : Path
        The folder of the scripts and of our packages.
    folder : Path
        Where what runs of each module is kept.
    """

    def __init__(self, scripts, folder):
        self.scripts, self.folder = scripts, folder
        self.path = cache(self._path)
        self.tree = cache(self._tree)
        self.imports = cache(self._imports)
        self.keep = cache(self._keep)

    def __call__(self, script, *modules):
        """Return the files, as text, that stand for a script and the modules it imports, directly or not.

        Parameters
        ----------
        script : str
            Name of the script, without suffix.
        *modules : str
            What is imported by name at run time (a dataset, say) and cannot be seen in the script.

        Returns
        -------
        list of str

        Raises
        ------
        ModuleNotFoundError
            If there is no such script or module.
        """
        return sorted(self.keep(path) for path in self.modules(script, *modules).values())

    def modules(self, script, *modules):
        """Return the files of a script and of all modules of ours it imports, by name; see `__call__`."""
        found = {}
        waiting = [script, *modules]
        while waiting:
            name = waiting.pop()
            path = self.path(name)
            if path is None and name in (script, *modules):
                raise ModuleNotFoundError(f"{self.scripts.name} has no module {name}")
            if path is None or name in found:
                continue
            found[name] = path
            waiting.extend(self.imports(name, path))
        return found

    def _path(self, name):
        """Return the file of a module, or None if it is not ours."""
        stem = self.scripts.joinpath(*name.split("."))
        return next((path for path in (stem.with_suffix(".py"), stem / "__init__.py") if path.is_file()), None)

    def _imports(self, name, path):
        """Return all names a module's import statements could mean, its own packages included."""
        parts = name.split(".")
        package = parts if path.name == "__init__.py" else parts[:-1]
        names = {".".join(parts[:depth]) for depth in range(1, len(parts))}
        for node in ast.walk(self.tree(path)):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                above = package[: len(package) - node.level + 1] if node.level else []
                origin = ".".join([*above, *(node.module or "").split(".")]).strip(".")
                names |= {origin, *(f"{origin}.{alias.name}" for alias in node.names)}
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                # "module:object" names what is imported at run time, see `pkgutil.resolve_name`.
                names |= {found[1] for found in [PLACE.fullmatch(node.value)] if found}
        return names

    def _tree(self, path):
        return ast.parse(path.read_text(encoding="utf-8"), path)

    def _keep(self, path):
        """Bring the file that stands for a module up to date, if what runs has changed; return its path as text."""
        kept = self.folder / path.relative_to(self.scripts)
        text = what_runs(self.tree(path))
        before = kept.read_text(encoding="utf-8") if kept.is_file() else None
        if text != before:
            kept.parent.mkdir(parents=True, exist_ok=True)
            partial = kept.with_name(f".{kept.name}.{os.getpid()}")
            partial.write_text(text, encoding="utf-8")
            if before is None:
                # Made for the first time, perhaps beside older results: no newer than the code itself.
                os.utime(partial, ns=(path.stat().st_mtime_ns,) * 2)
            partial.replace(kept)
        return str(kept)


def what_runs(tree):
    """Return the source of a module without comments, docstrings and layout, and without what it only declares.

    Parameters
    ----------
    tree : ast.Module
        Left without its docstrings and declarations.
    """
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == DECLARED]
    if all(isinstance(name.ctx, ast.Store) for name in names):
        tree.body = [node for node in tree.body if not is_declaration(node)]
    return ast.unparse(tree) + "\n"


def is_declaration(node):
    """Tell whether a statement says what a configuration may hold."""
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == DECLARED
