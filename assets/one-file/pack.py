"""Packs what xenbond imports into a zip behind the interpreter; run by that interpreter.

`python pack.py INTERPRETER LIBRARY SITE REPO OUT`: the program without a zip, Python's own
modules, the folder of the dependencies, the work tree, and the file that is made. The same input
makes the same bytes: names are in order, times are 1980, byte code names neither folders nor times.
"""

import ast
import importlib.util
import sys
import zipfile
from collections.abc import Iterator
from importlib._bootstrap_external import _code_to_hash_pyc
from pathlib import Path

HERE = Path(__file__).resolve().parent
INSTEAD = HERE / "instead"
PACKAGES = ("xenbond_tui", "screens")
ASSETS = ("announce", "boot", "demo", "export", "man", "monitoring")
LEFT_OUT = (
    # Never imported: highlighting and Markdown, which no screen of ours shows.
    *("pygments", "markdown_it", "mdit_py_plugins", "mdurl", "linkify_it", "tree_sitter"),
    *("rich.syntax", "rich.markdown", "textual.highlight", "textual.widgets._markdown"),
    *("textual.widgets._help_panel", "rich.__main__"),
    # Other systems' terminals and doors.
    *("textual.drivers.win32", "textual.drivers.windows_driver", "textual._win_sleep"),
    *("textual.drivers.web_driver", "rich._win32_console", "rich._windows_renderer"),
    *("asyncio.windows_events", "asyncio.windows_utils", "asyncio.proactor_events", "nturl2path"),
    *(
        "pyroute2.iproute.windows",
        "pyroute2.iproute.bsd",
        "pyroute2.iproute.darwin",
        "pyroute2.bsd",
        "win_inet_pton",
    ),
    *("platformdirs.windows", "platformdirs.macos", "platformdirs.android"),
    # For people who develop.
    *(
        "IPython",
        "ipywidgets",
        "attr",
        "pytest",
        "unittest",
        "doctest",
        "pdb",
        "bdb",
        "cmd",
        "code",
    ),
    *("pydoc", "pydoc_data", "test", "textual_dev", "textual.__main__"),
    *("tomllib", "trace", "profile", "cProfile", "pstats", "tracemalloc", "asyncio.__main__"),
    # C modules that the interpreter was built without, and what only wraps them.
    *("ssl", "_ssl", "_hashlib", "sqlite3", "_sqlite3", "dbm", "curses", "_curses", "readline"),
    *("bz2", "_bz2", "_ctypes", "pyexpat", "xml", "_zoneinfo", "_uuid", "_statistics"),
    *("multiprocessing.shared_memory", "multiprocessing.resource_sharer", "_multiprocessing"),
    # The network stacks' doors that we do not open.
    *("http", "urllib.request", "urllib.error", "email", "ftplib", "smtplib", "xmlrpc", "html"),
    *("pyroute2.ndb", "pyroute2.ipdb", "pyroute2.plan9", "pyroute2.cli", "pyroute2.remote"),
    *("pyroute2.ethtool", "pyroute2.iproute.ipmock", "pyroute2.nslink.nspopen"),
    *(
        "importlib.metadata",
        "configparser",
        "plistlib",
        "_pydecimal",
        "_pyio",
        "_strptime",
        "tarfile",
        "webbrowser",
        "getpass",
        "site",
    ),
    *("concurrent.futures.process",),
)
"""Modules, with all below them, that no run of xenbond imports."""
LATE = (
    *(
        "encodings.utf_8",
        "encodings.utf_8_sig",
        "encodings.cp437",
        "encodings.ascii",
        "encodings.latin_1",
    ),
    "encodings.idna",
)
"""Imported by a name that is put together."""


class Search:
    """Where modules are found, and what each imports."""

    def __init__(self, *places: Path) -> None:
        self._places = places

    def find(self, name: str) -> tuple[Path, bool] | None:
        """File of a module, and whether it is a package."""
        path = name.replace(".", "/")
        for place in self._places:
            for file, package in ((f"{path}/__init__.py", True), (f"{path}.py", False)):
                if (place / file).is_file():
                    return place / file, package
        return None

    def closure(self, roots: list[str]) -> dict[str, tuple[Path, bool]]:
        """Every module that is imported from these on, in functions too."""
        found: dict[str, tuple[Path, bool]] = {}
        pending, broken = list(roots), []
        while pending:
            name = pending.pop()
            at = self.find(name)
            if name in found or at is None or _left_out(name, at[0]):
                continue
            found[name] = at
            pending.append(name.rpartition(".")[0])
            for imported, needed in _imports(name, *at):
                there = self.find(imported) if needed else None
                if there is not None and _left_out(imported, there[0]):
                    broken.append(f"{name} imports {imported}")
                pending.append(imported)
        if broken:
            raise SystemExit("Left out, but imported: " + "; ".join(broken))
        return found


def _left_out(name: str, path: Path) -> bool:
    """Is it in the list, and nothing of ours in its place?"""
    out = any(name == left or name.startswith(f"{left}.") for left in LEFT_OUT)
    return out and not path.is_relative_to(INSTEAD)


def _imports(name: str, path: Path, package: bool) -> Iterator[tuple[str, bool]]:
    """Each module that one imports, and whether it can't be imported itself without it."""
    home = name if package else name.rpartition(".")[0]
    pending: list[tuple[ast.AST, bool]] = [(ast.parse(path.read_bytes()), True)]
    while pending:
        node, needed = pending.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            pending += [(inner, needed) for inner in node.orelse]
            continue
        # What is in a function, or may fail or not apply, is not needed for the import.
        needed = needed and not isinstance(
            node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Try, ast.If)
        )
        pending += [(inner, needed) for inner in ast.iter_child_nodes(node)]
        if isinstance(node, ast.Import):
            yield from ((alias.name, needed) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = importlib.util.resolve_name("." * node.level + base, home)
            yield base, needed
            yield from ((f"{base}.{alias.name}", needed) for alias in node.names)
            if base == "textual.widgets":
                # That package imports its modules when they are asked for.
                yield from ((f"{base}._{_snake(alias.name)}", needed) for alias in node.names)


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def _ours(repo: Path) -> Iterator[str]:
    for package in PACKAGES:
        for path in sorted((repo / package).rglob("*.py")):
            name = ".".join(path.relative_to(repo).with_suffix("").parts)
            yield name.removesuffix(".__init__")


def _tables(site: Path) -> Iterator[str]:
    """Rich's widths of characters: a module for each release of Unicode."""
    for path in sorted((site / "rich/_unicode_data").glob("unicode*.py")):
        yield f"rich._unicode_data.{path.stem}"


def _data(repo: Path) -> Iterator[tuple[str, Path]]:
    for top in (*(repo / package for package in PACKAGES), *(repo / "assets" / a for a in ASSETS)):
        for path in top.rglob("*"):
            if path.is_file() and path.suffix not in (".py", ".pyc"):
                name = path.relative_to(repo).as_posix()
                yield f"xenbond_tui/{name}" if name.startswith("assets/") else name, path


def content(repo: Path, site: Path, *library: Path) -> dict[str, bytes]:
    """Name in the zip -> bytes: byte code of each module that is imported, and the data files.

    Args:
        repo: the work tree.
        site: the folder that the dependencies are installed in.
        library: Python's own modules, where they shall be in it too.
    """
    found: dict[str, bytes] = {}
    roots = [*_ours(repo), *LATE, *_tables(site)]
    modules = Search(INSTEAD, repo, site, *library).closure(roots)
    # In order: what is interned already when a module is compiled has a say in its byte code.
    for name, (path, package) in sorted(modules.items()):
        file = name.replace(".", "/") + ("/__init__" if package else "")
        source = path.read_bytes()
        code = compile(source, f"{file}.py", "exec", dont_inherit=True, optimize=0)
        data = _code_to_hash_pyc(code, importlib.util.source_hash(source), checked=False)
        found[f"{file}.pyc"] = bytes(data)
    return found | {name: path.read_bytes() for name, path in _data(repo)}


def append(file: Path, entries: dict[str, bytes]) -> None:
    """Put a zip behind what is in a file."""
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(entries):
            archive.writestr(zipfile.ZipInfo(name), entries[name], zipfile.ZIP_DEFLATED, 9)


def main(interpreter: str, library: str, site: str, repo: str, out: str) -> None:
    """Write the one file."""
    made = Path(out)
    made.write_bytes(Path(interpreter).read_bytes())
    append(made, content(Path(repo), Path(site), Path(library)))
    made.chmod(0o755)


if __name__ == "__main__":
    main(*sys.argv[1:])
