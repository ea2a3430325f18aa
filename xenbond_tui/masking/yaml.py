"""Secrets in YAML, in any of its styles: quoted, folded, block scalars, flow, behind an alias."""

from collections import defaultdict

from xenbond_tui.masking.keys import NOT_SECRET, Format, is_secret
from xenbond_tui.value import dataclass
from xenbond_tui.yaml_events import NotYamlError, events
from xenbond_tui.yaml_lines import Event

MOST = 1 << 18
"""Keys and values, as of a file that is edited."""

Span = tuple[int, int]


def values(text: str) -> list[Span] | None:
    """The spans of its secret values; None when it is no YAML that can be read to its end."""
    reader = _Reader()
    try:
        for event in events(text, most=MOST):
            reader.take(event)
    except (NotYamlError, IndexError):
        return None
    return reader.found()


@dataclass(slots=True)
class _Collection:
    is_map: bool
    secret: bool
    anchors: tuple[str, ...]
    key: str | None = None
    """Of a map: the key whose value comes next."""


class _Reader:
    def __init__(self) -> None:
        self._open: list[_Collection] = []
        self._spans: list[Span] = []
        self._of_anchor: dict[str, list[Span]] = defaultdict(list)
        self._aliases_in: dict[str, set[str]] = defaultdict(set)
        self._wanted: set[str] = set()

    def take(self, event: Event) -> None:
        if event.kind == "end":
            self._open.pop()
        elif event.kind != "document":
            self._node(event, event.kind)

    def _node(self, event: Event, kind: str) -> None:
        around = self._open[-1] if self._open else None
        is_key = around is not None and around.is_map and around.key is None
        secret = around is not None and around.secret and not is_key
        if around is not None and around.is_map:
            if is_key:
                around.key = event.value if kind == "text" else ""
            else:
                key = (around.key or "").lower()
                secret = (secret and key not in NOT_SECRET) or is_secret(Format.YAML, key)
                around.key = None
        anchors = around.anchors if around is not None else ()
        if kind == "alias":
            for name in anchors:
                self._aliases_in[name].add(event.value)
            if secret:
                self._wanted.add(event.value)
            return
        if event.anchor is not None:
            anchors = (*anchors, event.anchor)
        if kind != "text":
            self._open.append(_Collection(kind == "map", secret, anchors))
        elif not is_key:
            span = event.start, event.end
            for name in anchors:
                self._of_anchor[name].append(span)
            if secret:
                self._spans.append(span)

    def found(self) -> list[Span]:
        """What was secret where it stands, and what a secret key means by an alias."""
        waiting, seen = list(self._wanted), set(self._wanted)
        while waiting:
            name = waiting.pop()
            self._spans += self._of_anchor[name]
            new = self._aliases_in[name] - seen
            seen |= new
            waiting += new
        return self._spans
