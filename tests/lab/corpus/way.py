"""What is done to a host of the corpus: planned, applied, planned, undone, applied, removed."""

import io
import json
import shutil
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.lab.corpus.hosts import PROFILES, Host
from xenbond_tui import cli

ADDRESS = "192.0.2.77/24"
"""The bridge's, of a host whose files give neither NIC one."""
Tree = dict[str, tuple[int, bytes]]
"""Path → mode and bytes of each file."""


@dataclass(slots=True)
class Done:
    """What became of a host."""

    host: Host
    refused: str = ""
    """The code of the first refusal; empty where there was a plan."""
    faults: list[str] = field(default_factory=list)
    before: Tree = field(default_factory=dict)
    after: Tree = field(default_factory=dict)
    removed: Tree = field(default_factory=dict)
    findings: list[dict[str, str]] = field(default_factory=list)
    of_removal: list[dict[str, str]] = field(default_factory=list)

    @property
    def told(self) -> list[str]:
        """What the findings of the set-up say."""
        return [f"{item['where']} {item['text']}" for item in self.findings]

    @property
    def told_of_removal(self) -> list[str]:
        """The same of the removal."""
        return [f"{item['where']} {item['text']}" for item in self.of_removal]

    @property
    def said_of_removal(self) -> str:
        """All of it."""
        return " ".join((*self.told, *self.told_of_removal))


def carried_out(host: Host, place: Path) -> Done:
    """All of it, below a folder that is empty; what is no fault of ours is not raised."""
    root, answers = place / "root", place / "answers.yaml"
    _lay_out(host, root)
    answers.write_text(host.answers())
    done = Done(host, before=tree(root))
    asked = ("--root", str(root), "--stack", host.stack)
    planned = ("plan", "--json", "--answers", str(answers), *asked)

    def said(name: str, *argv: str, codes: tuple[int, ...] = (0,)) -> tuple[int, dict[str, Any]]:
        code, out, err = run(*argv)
        if code not in codes or "fault in xenbond itself" in err or not (out or err):
            done.faults.append(f"{name} ended with {code}: {err.strip()[-300:]}")
        return code, json.loads(out) if out.startswith("{") else {"findings": []}

    code, told = said("plan", *planned, codes=(0, 1, 2))
    if [item["code"] for item in told["findings"]].count("no-address"):
        answers.write_text(host.answers(ADDRESS))
        code, told = said("plan", *planned, codes=(0, 1, 2))
    done.findings = told["findings"]
    if code == 2:
        refusals = [item["code"] for item in done.findings if item["severity"] == "refuse"]
        done.refused = next(iter(refusals), "unreadable")
        if tree(root) != done.before:
            done.faults.append("a refused plan changed files")
        return done
    applied = ("apply", "--yes", "--answers", str(answers), *asked)
    said("apply", *applied)
    done.after = tree(root)
    _, again = said("a second plan", *planned)
    done.faults += [f"planned again: {it['path']}" for it in _changed(again)]
    said("undo", "undo", "--yes", "--root", str(root))
    if (now := tree(root)) != done.before:
        done.faults.append(f"not undone: {_differing(done.before, now)}")
    said("apply", *applied)
    to = next((slave for slave in host.slaves), "")
    removal = ("remove", "--to", to, *asked)
    code, told = said("remove --json", *removal, "--json", codes=(1, 2))
    done.of_removal = told["findings"]
    if code == 1:
        said("remove", *removal, "--yes")
    done.removed = tree(root)
    shutil.rmtree(place)
    return done


def run(*argv: str) -> tuple[int, str, str]:
    """A command of xenbond, in this process: its exit code, and what it said."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = cli.run([*argv])
    return code, out.getvalue(), err.getvalue()


def tree(root: Path) -> Tree:
    """Every file of a tree below /etc."""
    return {
        f"/{path.relative_to(root)}": (path.stat().st_mode & 0o7777, path.read_bytes())
        for path in sorted((root / "etc").rglob("*"))
        if path.is_file()
    }


def data(files: Tree) -> dict[str, bytes]:
    """Path → bytes."""
    return {path: text for path, (_, text) in files.items()}


def _lay_out(host: Host, root: Path) -> None:
    for path, data in {**dict.fromkeys(host.present, b""), **host.files}.items():
        place = root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        place.chmod(0o600 if path.startswith((PROFILES, "/etc/netplan")) else 0o644)


def _changed(document: Mapping[str, Any]) -> list[dict[str, str]]:
    return [it for it in document.get("files", ()) if it["status"] != "unchanged"]


def _differing(one: Tree, other: Tree) -> list[str]:
    return sorted(path for path in one | other if one.get(path) != other.get(path))
