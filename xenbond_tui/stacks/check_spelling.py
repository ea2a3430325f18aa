"""Which options a stack can't say, and what of its files it does not know, in every stack."""

from collections.abc import Iterator

from xenbond_tui.answers import Answers, BondAnswers
from xenbond_tui.options.table import OPTIONS
from xenbond_tui.rules.findings import Finding, note, refuse
from xenbond_tui.stacks.base import Stack


def check_spelling(stack: Stack, written: Answers | None, bond: BondAnswers) -> Iterator[Finding]:
    """What is asked for and can't be said is refused; what is written and not known is told."""
    for option in bond.in_files:
        # One that no row knows is refused by the rules in better words.
        if option in OPTIONS and stack.dialect.spelling(option) is None:
            other = OPTIONS[option].same_as
            says_other = other and stack.dialect.spelling(other) is not None
            yield refuse(
                "option-not-expressible",
                option,
                f"{stack.title} has no way to say {option}.",
                f"Say {other}, which is the same." if says_other else f"Leave {option} out.",
            )
    if written is None or written.bond.name != bond.name:
        return
    for key, text in written.bond.kept.items():
        yield note(
            "option-kept",
            key,
            f"The files of {bond.name} say {key} {text}, which is no option that {stack.title} is "
            "known to have. It stays as it is.",
        )
