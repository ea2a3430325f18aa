"""BONDING_OPTS: one shell word an option, `name=value`, in the order in which they are set."""

from xenbond_tui.answers import BondAnswers
from xenbond_tui.errors import XenbondError
from xenbond_tui.stacks.dialect import Dialect, bond_answers

DIALECT = Dialect("ifcfg")
"""The scripts write each word to the sysfs file of that name: an option only netlink has, or one
that needs a slave first, can't be said. Lists are one word; old kernels know no words for
switches."""

_LAST = {"use_carrier": 1, "primary": 2}
"""RHEL 5 writes them as they stand; primary names a slave that is enslaved last."""


def bonding_opts(bond: BondAnswers, present: str = "") -> str:
    """The value of BONDING_OPTS; of the one that is there, words that are no known option stay.

    Raises:
        XenbondError: a value has a blank in it: the scripts split at blanks.
    """
    texts = DIALECT.texts(bond)
    kept = _split(present)[1]
    ordered = sorted(texts.items(), key=lambda item: _LAST.get(item[0], 0))
    words = [f"{name}={value}" for name, value in (*ordered, *kept.items())]
    for word in words:
        if len(word.split()) != 1:
            raise XenbondError.at(
                "bond.options", f"{word!r} has a blank in it; nothing was changed."
            )
    return " ".join(words)


def same_options(present: str, bond: BondAnswers) -> bool:
    """True when a BONDING_OPTS already says what is wanted, in whatever spelling."""
    return _split(present)[0] == _split(bonding_opts(bond))[0]


def to_answers(name: str, present: str, slaves: tuple[str, ...]) -> BondAnswers:
    """Answers from what is written; what is not written is what the kernel takes."""
    return bond_answers(name, slaves, *_split(present))


def _split(text: str) -> tuple[dict[str, str], dict[str, str]]:
    """BONDING_OPTS as option → value, and the words that are none as name → value."""
    parts = (word.partition("=") for word in text.split())
    return DIALECT.heard((name, value) for name, _, value in parts)
