"""The script needs no more than bash 3.2, which RHEL 5 has as its sh.

No archive in use has that shell any more, so here is a list of what came with bash 4 and later (its
NEWS), and dash, busybox and `bash --posix` run the script (`test_trees.py`). With a bash 3.2 in the
search path as `bash3.2` those tests run it too.
"""

import re
from pathlib import Path

import pytest

from tests.export.hosts import made

NEWER = {
    r"\$\{[^}]*[^\\]\^": "case modification, bash 4.0",
    r"\$\{\w+,": "case modification, bash 4.0",
    r"\$\{\w+@\w": "transformation, bash 4.4",
    r"\b(declare|typeset|local) +-\w*[Anlugx]": "attributes, bash 4.0 to 4.3",
    r"\b(mapfile|readarray|coproc)\b": "bash 4.0",
    r"&>>|\|&|;;?&": "bash 4.0",
    r"\bprintf +-v": "an array's element is bash 4.1",
    r"\[\[|\]\]": "not in dash, and -v is bash 4.2",
    r"(\btest|\[) +-[vR] ": "bash 4.2 and 4.3",
    r"\$\{\w+:[ \d]": "a part of a value: not in dash, and a negative length is bash 4.2",
    r"\w\[-\d": "negative indices, bash 4.2",
    r"%\([^)]*\)T": "bash 4.2",
    r"\bwait +-[nfp]": "bash 4.3 to 5.1",
    r"\bread +-[^ ]*[iN]": "bash 4.0 and 4.1",
    r"\{\w+\}[<>]": "a descriptor by name, bash 4.1",
    r"\bshopt\b": "globstar, lastpipe and the like, bash 4",
    r"\$(EPOCH\w+|BASHPID|SRANDOM)\b": "bash 4.0 to 5.1",
    r"\$'[^']*\\[uU]": "bash 4.2",
    r"\$\{ ": "a command without a process, bash 5.3",
    r"^\s*function\b|^\s*select\b": "not POSIX",
}
"""What came after bash 3.2, or no other shell of those has -> since when."""


def found(text: str) -> list[str]:
    """Each line that uses something newer, comments and what is printed left out."""
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return [
        f"{line}: {since}"
        for line in lines
        for word, since in NEWER.items()
        if re.search(word, line)
    ]


def program(text: str) -> str:
    """The script without the files it prints, which are the host's own."""
    return re.sub(r"^(new|old|diff)_\w+\(\) \{\n.*?^\}$", "", text, flags=re.M | re.S)


@pytest.mark.parametrize("name", ["howto", "ifupdown-installer", "networkmanager-installer"])
def test_the_script_uses_nothing_newer(name: str, tmp_path: Path) -> None:
    text = program(made(name, tmp_path)[1].read_text())
    assert "stack_remake()" in text
    assert found(text) == []


@pytest.mark.parametrize(
    "line",
    [
        "echo ${name^^}", "echo ${name,,}", "declare -A map", "mapfile -t all", "coproc cat",
        "make &>> log", "make |& tee", "printf -v all[1] x", "[[ -v name ]]", "[ -v name ]",
        "echo ${name: -2}", "echo ${all[-1]}", "printf '%(%s)T'", "wait -n", "read -N 1 key",
        "exec {fd}>file", "shopt -s globstar", "echo $EPOCHSECONDS", "echo ${name@Q}",
        "local -n name",
    ],
)  # fmt: skip
def test_the_list_knows_it(line: str) -> None:
    assert found(line)
