"""A bond's options as netplan spells them (netplan-yaml's bonds.parameters; src/parse.c)."""

from collections.abc import Iterator

from xenbond_tui.answers import BondAnswers
from xenbond_tui.files.yaml_nodes import Data
from xenbond_tui.rules.findings import Finding, note, refuse
from xenbond_tui.stacks.dialect import Dialect, bond_answers
from xenbond_tui.stacks.netplan.files import Merged
from xenbond_tui.stacks.networkd.bond import DIALECT as NETWORKD
from xenbond_tui.stacks.networkmanager.bond import DIALECT as NETWORKMANAGER, unset_miimon

DIALECT = Dialect(
    "netplan",
    switch=("false", "true"),
    words=True,
    units={"": 1.0, "ms": 1.0, "s": 1000.0, "sec": 1000.0, "m": 60_000.0, "min": 60_000.0},
)
"""Keys are the older of two spellings, which every release takes; a bare time is ms."""
_RENDERED = {"networkd": NETWORKD, "NetworkManager": NETWORKMANAGER}


def parameters(bond: BondAnswers, ids: dict[str, str]) -> dict[str, Data]:
    """What stands below `parameters:`. `ids`: NIC → its ID in the files."""
    said: dict[str, Data] = {}
    for name, text in DIALECT.texts(bond).items():
        said[name] = list[Data](text.split(",")) if DIALECT.is_list(name) else text
    primary = DIALECT.spelling("primary")
    if primary in said:
        said[primary] = ids.get(bond.options["primary"], bond.options["primary"])
    return said


def written(bond: Merged) -> tuple[dict[str, str], dict[str, str]]:
    """What the files say of a bond: option → value, and other parameters → text."""
    below = (item.get("parameters") for item in bond.definitions)
    names = dict.fromkeys(name for keys in below if isinstance(keys, dict) for name in keys)
    found: list[tuple[str, str]] = []
    for name in names:
        words = bond.words("parameters", name)
        text = ",".join(words) if words else bond.text("parameters", name)
        if text is not None:
            found.append((name, text))
    return DIALECT.heard(found)


def read_bond(
    name: str, slaves: tuple[str, ...], bond: Merged, primary: str, renderer: str
) -> BondAnswers:
    """A bond as the files have it; `primary` is the NIC of that role, or ""."""
    options, kept = written(bond)
    if primary:
        options["primary"] = primary
    unset = unset_miimon(options) if renderer == "NetworkManager" else None
    return bond_answers(name, slaves, options, kept, unset=unset)


def check_options(bond: BondAnswers, renderer: str) -> Iterator[Finding]:
    """Values netplan or what it renders for can't say, and how to set them without a file."""
    for option, value, refusing in DIALECT.unfit(bond):
        if value == "0":
            yield refuse(
                "value-not-expressible",
                option,
                f"netplan takes {refusing.name}: 0 for not said, so the kernel would not hear it.",
                f"Leave {option} out, or give it another value.",
            )
    rendered = _RENDERED.get(renderer)
    if rendered is None:
        return
    title = "systemd-networkd" if rendered is NETWORKD else "NetworkManager"
    unfit = {option for option, _, _ in rendered.unfit(bond)}
    for option, value in bond.in_files.items():
        key, theirs = DIALECT.key(option), rendered.key(option)
        if key is not None and value != key.unsaid and (theirs is None or option in unfit):
            yield refuse(
                "value-not-expressible",
                option,
                f"netplan has {title} set {option}, which it can't set to {value}.",
                f"Leave {option} out, or give it another value.",
            )
        elif key is None and theirs is not None and option not in unfit:
            yield note("by-hand", option, _by_hand(bond.name, option, value, renderer))


def _by_hand(bond: str, option: str, value: str, renderer: str) -> str:
    """How to set without a file what only the program that netplan writes for has a word for."""
    key = _RENDERED[renderer].spelling(option)
    text = _RENDERED[renderer].write(option, value)
    if renderer == "NetworkManager":
        return (
            f"netplan has no word for {option}; NetworkManager has, and netplan passes it on: "
            f"`networkmanager: {{passthrough: {{bond.{key}: {text}}}}}` below {bond} in "
            "the files, written afterwards, will be kept."
        )
    return (
        f"netplan has no word for {option}; systemd-networkd has: `[Bond]` and `{key}={text}` in "
        f"/etc/systemd/network/10-netplan-{bond}.netdev.d/by-hand.conf, written afterwards, will "
        "be kept."
    )
