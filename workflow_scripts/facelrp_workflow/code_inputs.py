"""Code as inputs of rules: files that change exactly when the code that a rule runs may compute something else.

For a `script:`, Snakemake looks only at the entry file and its modification time. Our rules therefore take as inputs
the script and all modules of ours that it imports, without comments, docstrings and layout. Snakemake compares small
inputs by content, so an edited comment, or another branch and back, reruns nothing.
"""

import ast
import hashlib
import os
import re
import sys
from functools import cache, partial
from pathlib import Path

from facelrp_workflow.modules import find, parse
from facelrp_workflow.remembered import recall, remember

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
#: A reference to an object that is imported at run time, see `pkgutil.resolve_name`: "module:object".
REFERENCE = re.compile(r"([A-Za-z_][\w.]*):\w+")
#: What a module declares for the configuration (see `facelrp_workflow.choices`). It counts as code only if the module
#: itself uses it.
DECLARED = "OPTIONS"
#: What is remembered of sources depends on how they are read: this module, and Python's syntax trees.
READER = [hashlib.sha256(Path(__file__).read_bytes()).hexdigest(), sys.version]


class CodeInputs:
    """Finds the modules that scripts import, and keeps a bare copy of each in a folder.

    Parsing 200 modules takes longer than the rest of a dry run. So what a source imports, and the digest of its bare
    copy, are remembered by the digest of the source.

    Parameters
    ----------
    scripts : Path
        The folder of the scripts and of our packages.
    folder : Path
        Where the copies are kept.
    """

    def __init__(self, scripts, folder):
        self.scripts, self.folder = scripts, folder
        self.find = cache(partial(find, scripts=scripts))
        self.known = cache(self._known)
        self.bare = cache(lambda path: bare(parse(path)).encode())
        self.keep = cache(self._keep)
        self.memory = folder / ".sources.json"
        remembered = recall(self.memory)
        self.sources = remembered.get("sources", {}) if remembered.get("reader") == READER else {}
        self.learned = False

    def __call__(self, script, *modules):
        """Return the copies, as text, of a script and of the modules it imports, directly or not.

        Parameters
        ----------
        script : str
            Name of the script, without suffix.
        *modules : str
            Modules that are imported by name at run time (such as a dataset), which the script does not show.

        Returns
        -------
        list of str

        Raises
        ------
        ModuleNotFoundError
            If there is no such script or module.
        """
        copies = sorted(self.keep(path) for path in self.modules(script, *modules).values())
        if self.learned:
            remember(self.memory, {"reader": READER, "sources": self.sources})
            self.learned = False
        return copies

    def modules(self, script, *modules):
        """Return the files of a script and of all modules of ours that it imports, by name; see `__call__`."""
        found = {}
        waiting = [script, *modules]
        while waiting:
            name = waiting.pop()
            path = self.find(name)
            if path is None and name in (script, *modules):
                raise ModuleNotFoundError(f"{self.scripts.name} has no module {name}")
            if path is None or name in found:
                continue
            found[name] = path
            waiting.extend(self.known(path)["imports"])
        return found

    def _known(self, path):
        """Return what is known of a module: ``imports``, and the digest of its copy, ``bare``."""
        name = path.relative_to(self.scripts)
        digest, key = hashlib.sha256(path.read_bytes()).hexdigest(), name.as_posix()
        if self.sources.get(key, {}).get("source") != digest:
            found = {"source": digest, "imports": sorted(imports(parse(path), name))}
            self.sources[key] = found | {"bare": hashlib.sha256(self.bare(path)).hexdigest()}
            self.learned = True
        return self.sources[key]

    def _keep(self, path):
        """Update a module's copy if its code has changed; return the copy's path as text."""
        kept = self.folder / path.relative_to(self.scripts)
        # As bytes: a damaged copy need not be text.
        before = kept.read_bytes() if kept.is_file() else None
        if before is None or hashlib.sha256(before).hexdigest() != self.known(path)["bare"]:
            content = self.bare(path)
            kept.parent.mkdir(parents=True, exist_ok=True)
            temporary = kept.with_name(f".{kept.name}.{os.getpid()}")
            temporary.write_bytes(content)
            if before is None:
                # A first copy may meet older results: it is as old as the code itself.
                os.utime(temporary, ns=(path.stat().st_mtime_ns,) * 2)
            temporary.replace(kept)
        return str(kept)


def imports(tree, path):
    """Return all names that a module's import statements could mean, with its own parent packages.

    Parameters
    ----------
    tree : ast.Module
    path : Path
        Below the folder in which names start.

    Returns
    -------
    set of str
    """
    parts = path.parent.parts if path.name == "__init__.py" else path.with_suffix("").parts
    package = path.parent.parts
    names = {".".join(parts[:depth]) for depth in range(1, len(parts))}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*above, *(node.module or "").split(".")]).strip(".")
            names |= {origin, *(f"{origin}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names |= {found[1] for found in [REFERENCE.fullmatch(node.value)] if found}
    return names


def bare(tree):
    """Return a module's source without comments, docstrings, layout and unused declarations.

    Parameters
    ----------
    tree : ast.Module
        Loses its docstrings and declarations.
    """
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == DECLARED]
    if all(isinstance(name.ctx, ast.Store) for name in names):
        tree.body = [node for node in tree.body if not is_declaration(node)]
    return ast.unparse(tree) + "\n"


def is_declaration(node):
    """Whether a statement declares options of the configuration."""
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == DECLARED
