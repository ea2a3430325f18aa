"""Packs what xenbond imports into a zip behind the interpreter; run by that interpreter.

`python pack.py INTERPRETER LIBRARY SITE REPO LICENCES OUT`: the program without a zip, Python's own
modules, the folder of the dependencies, the work tree, a text that goes in, and the file that is
made. The same input makes the same bytes: names are in order, times are 1980, byte code names
neither folders nor times.
"""

import ast
import importlib.util
import marshal
import struct
import sys
import zipfile
from collections.abc import Iterator
from functools import cache
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
    *("pyroute2.iproute.windows", "pyroute2.iproute.bsd", "pyroute2.iproute.darwin"),
    *("pyroute2.bsd", "win_inet_pton"),
    *("platformdirs.windows", "platformdirs.macos", "platformdirs.android"),
    # For people who develop.
    *("IPython", "ipywidgets", "attr", "pytest", "unittest", "doctest", "pdb", "bdb", "cmd"),
    *("code", "site"),
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
    *("importlib.metadata", "configparser", "plistlib", "_pydecimal", "_pyio", "_strptime"),
    *("tarfile", "webbrowser", "getpass", "concurrent.futures.process"),
)
"""Modules, with all below them, that no run of xenbond imports."""
LATE = (
    *("encodings.utf_8", "encodings.utf_8_sig", "encodings.cp437", "encodings.ascii"),
    *("encodings.latin_1", "encodings.idna"),
)
"""Imported by a name that is put together."""
QUICK = (
    *(f"xenbond_tui.commands.{name}" for name in ("events", "history", "metrics", "nics")),
    *(f"xenbond_tui.host.{name}" for name in ("clock", "known_commands", "kernel", "processes")),
    *(f"xenbond_tui.host.{name}" for name in ("sysctl", "sysfs_kernel", "tree", "ways")),
    *("xenbond_tui.commands.status", "xenbond_tui.cli", "locale", "signal"),
    *("textual.css.stylesheet", "asyncio.selector_events", "asyncio.unix_events"),
)
"""What is not compressed, with all that it needs: what commands load that take about as long as
that, and of the first screen about half; all of it would be 3 MB more."""
DIRECTORY = "directory"
"""What the zip has, as zipimport keeps it: main.c gives it that."""
ITSELF = "/proc/self/exe"
HEADER = 30
"""Bytes of a member's header before its name (APPNOTE.TXT 4.3.7)."""


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

    def closure(self, roots: list[str], *, late: bool = True) -> dict[str, tuple[Path, bool]]:
        """Every module that is imported from these on; with `late` in functions too."""
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
                if not (needed or late):
                    continue
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


@cache
def _imports(name: str, path: Path, package: bool) -> list[tuple[str, bool]]:
    """Each module that one imports, and whether it can't be imported itself without it."""
    home = name if package else name.rpartition(".")[0]
    found: list[tuple[str, bool]] = []
    pending: list[tuple[ast.AST, bool]] = [(ast.parse(path.read_bytes()), True)]
    while pending:
        node, needed = pending.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            pending += [(inner, needed) for inner in node.orelse]
        elif isinstance(node, ast.Import):
            found += [(alias.name, needed) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = importlib.util.resolve_name("." * node.level + base, home)
            found += [(base, needed), *((f"{base}.{alias.name}", needed) for alias in node.names)]
            if base == "textual.widgets":
                # That package imports its modules when they are asked for.
                found += [(f"{base}._{_snake(alias.name)}", needed) for alias in node.names]
        elif not isinstance(node, ast.expr):
            # What is in a function, or may fail or not apply, is not needed for the import.
            needed = needed and not isinstance(
                node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Try, ast.If)
            )
            pending += [(inner, needed) for inner in ast.iter_child_nodes(node)]
    return found


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


def content(repo: Path, site: Path, *library: Path) -> dict[str, tuple[bytes, bool]]:
    """Name in the zip -> bytes, and whether they are compressed.

    It is the byte code of each module that is imported, and the data files.

    Args:
        repo: the work tree.
        site: the folder that the dependencies are installed in.
        library: Python's own modules, where they shall be in it too.
    """
    search = Search(INSTEAD, repo, site, *library)
    quick = search.closure([*QUICK, *LATE], late=False)
    found = {name: (path.read_bytes(), True) for name, path in _data(repo)}
    modules = search.closure([*_ours(repo), *LATE, *_tables(site)])
    # In order: what is interned already when a module is compiled has a say in its byte code.
    for name, (path, package) in sorted(modules.items()):
        file = name.replace(".", "/") + ("/__init__" if package else "")
        source = path.read_bytes()
        code = compile(source, f"{file}.py", "exec", dont_inherit=True, optimize=0)
        data = _code_to_hash_pyc(code, importlib.util.source_hash(source), checked=False)
        found[f"{file}.pyc"] = bytes(data), name not in quick
    return found


def append(file: Path, entries: dict[str, tuple[bytes, bool]]) -> None:
    """Put a zip behind what is in a file."""
    with zipfile.ZipFile(file, "a") as archive:
        for name, (data, compressed) in sorted(entries.items()):
            kind = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
            archive.writestr(zipfile.ZipInfo(name), data, kind, 9)
        files = {
            info.filename: (
                *(f"{ITSELF}/{info.filename}", info.compress_type, info.compress_size),
                *(info.file_size, info.header_offset, 0, 0, info.CRC),
            )
            for info in archive.infolist()
        }
        # Version 2 writes the same bytes whoever else holds the strings.
        known = marshal.dumps(files, 2)
        archive.writestr(zipfile.ZipInfo(DIRECTORY), known)
        at = archive.getinfo(DIRECTORY).header_offset + HEADER + len(DIRECTORY)
        archive.comment = struct.pack("<2Q", at, len(known))


def main(interpreter: str, library: str, site: str, repo: str, licences: str, out: str) -> None:
    """Write the one file."""
    made = Path(out)
    made.write_bytes(Path(interpreter).read_bytes())
    entries = content(Path(repo), Path(site), Path(library))
    append(made, entries | {"licences.txt": (Path(licences).read_bytes(), True)})
    made.chmod(0o755)


if __name__ == "__main__":
    main(*sys.argv[1:])
