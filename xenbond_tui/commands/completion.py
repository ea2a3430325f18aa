"""`xenbond completion SHELL`: what completes the command line, made from the commands' own parsers.

Nothing of xenbond is started when a key is pressed. Names of bonds, NICs and changes are read then,
and never evaluated: a link may be called `$(x)`.
"""

import argparse
from collections.abc import Iterator
from importlib import import_module

from xenbond_tui.commands import COMMANDS
from xenbond_tui.commands.say import say
from xenbond_tui.text import one_line
from xenbond_tui.value import dataclass

SHELLS = ("bash", "zsh", "fish")

_NAMES = {
    "bonds": "tr ' ' '\\n' </sys/class/net/bonding_masters",
    "nics": "ls -d /sys/class/net/*/device | sed 's|/device$||; s|.*/||'",
    "changes": "ls /var/lib/xenbond/transactions",
}
"""What names are read by, a line each, in any shell; what can't be read has none."""
_OF = {"bond": "bonds", "to": "nics", "id": "changes"}
"""Argument → whose names it takes."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("shell", choices=SHELLS, help="whose completion to print")


def run(args: argparse.Namespace) -> int:
    """Print it; 0."""
    found = [_command(name, text) for name, text in COMMANDS.items()]
    say({"bash": _bash, "zsh": _zsh, "fish": _fish}[args.shell](found))
    return 0


@dataclass(frozen=True, slots=True)
class _Value:
    """What can stand in a place: words, names that are read then, or a file's name."""

    words: tuple[str, ...] = ()
    names: str = ""
    files: bool = False


@dataclass(frozen=True, slots=True)
class _Option:
    flags: tuple[str, ...]
    help: str
    value: _Value | None
    """None: it takes none."""


@dataclass(frozen=True, slots=True)
class _Command:
    name: str
    help: str
    options: tuple[_Option, ...]
    value: _Value
    """Of its positional argument; empty where it takes none."""


def _command(name: str, text: str) -> _Command:
    parser = argparse.ArgumentParser(prog=f"xenbond {name}")
    import_module(f"xenbond_tui.commands.{name}").configure(parser)
    options, value = [], _Value()
    for action in parser._actions:
        if not action.option_strings:
            value = _value(action)
            continue
        takes = None if action.nargs == 0 else _value(action)
        help = one_line((action.help or "") % vars(action))
        options.append(_Option(tuple(action.option_strings), help, takes))
    return _Command(name, text, tuple(options), value)


def _value(action: argparse.Action) -> _Value:
    if action.choices is not None:
        return _Value(tuple(map(str, action.choices)))
    if action.dest == "stack":
        from xenbond_tui.stacks import STACKS

        return _Value(tuple(stack.name for stack in STACKS))
    if action.dest == "host":
        from xenbond_tui.demo.recordings import recordings

        return _Value(tuple(recordings()))
    if action.dest in _OF:
        return _Value(names=_OF[action.dest])
    return _Value(files=str(action.metavar).startswith(("FILE", "DIR")))


def _readers() -> str:
    """Functions that print names, as bash and zsh have them."""
    return "".join(f"_xenbond_{n}() {{ {how}; }} 2>/dev/null\n" for n, how in _NAMES.items())


def _case(values: Iterator[tuple[str, _Value]], indent: str) -> str:
    """Arms of a `case` that set words, names or files."""
    lines = []
    for pattern, value in values:
        sets = [f"words='{' '.join(value.words)}'"] if value.words else []
        sets += [f"names={value.names}"] if value.names else []
        sets += ["files=yes"] if value.files else []
        lines.append(f"{indent}{pattern}) {'; '.join(sets) or ':'} ;;\n")
    return "".join(lines)


def _after_options(commands: list[_Command]) -> Iterator[tuple[str, _Value]]:
    for command in commands:
        for option in command.options:
            if option.value is not None:
                yield "|".join(f"{command.name}\\ {flag}" for flag in option.flags), option.value


_BASH = """\
# Completion of xenbond for bash, made by `xenbond completion bash`.
@READERS@_xenbond() {
    local cur=$2 words='' names='' files=no word
    COMPREPLY=()
    if [ "$COMP_CWORD" = 1 ]; then
        words='@COMMANDS@'
    else
        case "${COMP_WORDS[1]} $3" in
@VALUES@        *)
            case "${COMP_WORDS[1]}" in
@PLACES@            esac
            if [[ $cur == -* ]]; then
                names='' files=no
                case "${COMP_WORDS[1]}" in
@FLAGS@                esac
            fi
            ;;
        esac
    fi
    if [ "$files" = yes ]; then
        compopt -o filenames 2>/dev/null
        while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur")
        return
    fi
    while IFS= read -r word; do
        [ -n "$word" ] || continue
        printf -v word %q "$word"
        [[ $word == "$cur"* ]] && COMPREPLY+=("$word")
    done < <(printf '%s\\n' $words; [ -z "$names" ] || "_xenbond_$names")
}
complete -F _xenbond xenbond"""


def _bash(commands: list[_Command]) -> str:
    flags = (
        (command.name, _Value(tuple(flag for option in command.options for flag in option.flags)))
        for command in commands
    )
    return (
        _BASH.replace("@READERS@", _readers())
        .replace("@COMMANDS@", " ".join(command.name for command in commands))
        .replace("@VALUES@", _case(_after_options(commands), " " * 8))
        .replace("@PLACES@", _case(((c.name, c.value) for c in commands), " " * 12))
        .replace("@FLAGS@", _case(flags, " " * 16))
    )


_ZSH = """\
#compdef xenbond
# Completion of xenbond for zsh, made by `xenbond completion zsh`.
@READERS@_xenbond() {
    local words_='' names='' files=no
    local -a all
    if (( CURRENT == 2 )); then
        all=(
@COMMANDS@        )
        _describe command all
        return
    fi
    case "$words[2] $words[CURRENT-1]" in
@VALUES@    *)
        if [[ $PREFIX == -* ]]; then
            case $words[2] in
@FLAGS@            esac
            _describe -o option all
            return
        fi
        case $words[2] in
@PLACES@        esac
        ;;
    esac
    if [[ $files == yes ]]; then
        _files
        return
    fi
    all=(${=words_})
    [[ -z $names ]] || all+=(${(f)"$(_xenbond_$names)"})
    compadd -a all
}
if [[ $funcstack[1] == _xenbond ]]; then _xenbond "$@"; else compdef _xenbond xenbond; fi"""


def _zsh(commands: list[_Command]) -> str:
    told = [_described(command.name, command.help) for command in commands]
    flags = "".join(
        f"{' ' * 12}{command.name}) all=({' '.join(_of_command(command))}) ;;\n"
        for command in commands
    )
    places = _case(((c.name, c.value) for c in commands), " " * 8)
    values = _case(_after_options(commands), " " * 4)
    return (
        _ZSH.replace("@READERS@", _readers())
        .replace("@COMMANDS@", "".join(f"            {item}\n" for item in told))
        .replace("@VALUES@", values.replace("words=", "words_="))
        .replace("@PLACES@", places.replace("words=", "words_="))
        .replace("@FLAGS@", flags)
    )


def _of_command(command: _Command) -> Iterator[str]:
    for option in command.options:
        yield from (_described(flag, option.help) for flag in option.flags)


def _described(word: str, help: str) -> str:
    text = f"{word}:{help}".replace("'", "'\\''")
    return f"'{text}'"


def _fish(commands: list[_Command]) -> str:
    lines = ["# Completion of xenbond for fish, made by `xenbond completion fish`."]
    for name, how in _NAMES.items():
        lines.append(f"function __xenbond_{name}; sh -c {_for_fish(how)} 2>/dev/null; end")
    lines.append("complete -c xenbond -f")
    first = "-n __fish_use_subcommand"
    for command in commands:
        lines.append(f"complete -c xenbond {first} -a {command.name} -d {_for_fish(command.help)}")
    for command in commands:
        when = f"-n '__fish_seen_subcommand_from {command.name}'"
        if place := _fish_value(command.value):
            lines.append(f"complete -c xenbond {when} {place}")
        for option in command.options:
            flags = " ".join(
                f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}"
                for flag in option.flags
            )
            takes = ""
            if option.value is not None:
                # One that it demands: a file, or exclusively what is named here.
                kind = "-r" if option.value.files else "-x"
                takes = f" {kind} {_fish_value(option.value)}".rstrip()
            lines.append(f"complete -c xenbond {when} {flags}{takes} -d {_for_fish(option.help)}")
    return "\n".join(lines)


def _fish_value(value: _Value) -> str:
    if value.files:
        return "-F"
    if value.names:
        return f"-a '(__xenbond_{value.names})'"
    return f"-a '{' '.join(value.words)}'" if value.words else ""


def _for_fish(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
