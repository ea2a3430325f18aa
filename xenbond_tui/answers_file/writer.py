"""Answers to the text of an answers file; comments of one that exists are kept."""

import io
from collections.abc import Mapping, MutableMapping

from xenbond_tui.answers import Answers
from xenbond_tui.answers_file.reader import VERSION, loads
from xenbond_tui.facts.number import whole
from xenbond_tui.options.table import OPTIONS
from xenbond_tui.rules.check_bond import OWN_KEYS
from xenbond_tui.typed import Any

Document = Mapping[str, Any]


def dump(answers: Answers, existing_text: str | None = None) -> str:
    """The text to save. With an existing file's text only what differs is changed in it.

    Raises:
        XenbondError: the existing text is no answers file.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096  # longer than any line of ours: nothing is folded
    wanted = _document(answers)
    document: MutableMapping[str, Any] = CommentedMap()
    have: Document = {}
    if existing_text is not None:
        have = _document(loads(existing_text, "the existing answers file"))
        document = yaml.load(existing_text)
    _merge(document, have, wanted)
    out = io.StringIO()
    yaml.dump(document, out)
    return out.getvalue()


def _document(answers: Answers) -> Document:
    """The file's shape; None is a key that is left out, and `none` takes away what is there."""
    bond, bridge = answers.bond, answers.bridge
    address: object = bridge.method
    if "address" in bridge.left_out:
        address = None
    gateway: object = bridge.gateway
    if gateway is None and bridge.method == "static" and "gateway" not in bridge.left_out:
        gateway = "none"
    # Where nothing is left out the answers are not a file's, and say all there is by themselves.
    gone = OPTIONS.keys() - bond.left_out if bond.left_out else frozenset[str]()
    options = {name: "none" for name in OPTIONS if name in gone and name not in OWN_KEYS}
    options |= bond.options
    carrier = "none" if bond.use_carrier is None and "use_carrier" in gone else bond.use_carrier
    if bridge.method == "static":
        address = bridge.addresses[0] if len(bridge.addresses) == 1 else list(bridge.addresses)
    return {
        "version": VERSION,
        "stack": answers.stack,
        "bond": {
            "name": bond.name,
            "slaves": list(bond.slaves),
            "mode": None if "mode" in bond.left_out else bond.mode,
            "miimon": None if "miimon" in bond.left_out else bond.miimon,
            "use_carrier": carrier,
            "options": options or None,
        },
        "bridge": {
            "name": bridge.name,
            "address": address,
            "gateway": gateway,
            "dns": None if "dns" in bridge.left_out else list(bridge.dns),
            "search": None if "search" in bridge.left_out else list(bridge.search),
            "mac": bridge.mac,
            "mtu": "none" if bridge.mtu == 0 else bridge.mtu,
            "announce": bridge.announce,
        },
        "xen": {"toolstack": answers.toolstack},
    }


def _merge(document: MutableMapping[str, Any], have: Document, wanted: Document) -> None:
    """Make `document` say `wanted`, leaving alone every key whose meaning is already that."""
    from ruamel.yaml.comments import CommentedMap

    for key, value in wanted.items():
        if value is None:
            document.pop(key, None)
        elif key in have and have[key] == value:
            # A key left out, or written in another way (mode: 1), already means this.
            continue
        elif isinstance(value, dict) and (key != "options" or key in document):
            part = document.setdefault(key, CommentedMap())
            for gone in [name for name in part if name not in value]:
                del part[gone]
            _merge(part, have.get(key) or {}, value)
        else:
            document[key] = _styled(value)


def _styled(value: object) -> object:
    """Lists and maps in one line; MACs quoted, which YAML 1.1 readers else take for times."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    if isinstance(value, list):
        items = CommentedSeq(_styled(item) for item in value)
        items.fa.set_flow_style()
        return items
    if isinstance(value, dict):
        options = CommentedMap((key, _styled(item)) for key, item in value.items())
        options.fa.set_flow_style()
        return options
    if isinstance(value, str) and value.count(":") == 5:
        return DoubleQuotedScalarString(value)
    if isinstance(value, str) and (number := whole(value)) is not None:
        return number
    return value
