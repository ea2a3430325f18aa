"""What monitoring systems make of our output: their parsers, for tests on fakes and in the lab."""

import re
from dataclasses import dataclass
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from ruamel.yaml import YAML

ASSETS = Path(__file__).parents[1] / "assets/monitoring"

Labels = tuple[tuple[str, str], ...]
Samples = dict[str, dict[Labels, float]]
"""Name → labels → value."""


def parsed(text: str) -> Samples:
    """Metrics, read by Prometheus' own parser."""
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[labelled(**sample.labels)] = sample.value
    return found


def labelled(**labels: str) -> Labels:
    """The key of a sample."""
    return tuple(sorted(labels.items()))


def unmet_by(metrics: Samples) -> list[str]:
    """What the example alert rules ask for that is in no metric: names, and labels in their text.

    Prometheus itself adds `instance`; node_exporter has metrics of its own.
    """
    missing = []
    for group in YAML(typ="safe").load(ASSETS / "xenbond-alerts.yml")["groups"]:
        for rule in group["rules"]:
            names = re.findall(r"\bxenbond_\w+", rule["expr"])
            wanted = set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"]))) - {"instance"}
            for name in names:
                known = [dict(labels) for labels in metrics.get(name, {})]
                if not known:
                    missing.append(f"{rule['alert']}: {name}")
                missing += [
                    f"{rule['alert']}: {name} has no {label}"
                    for label in sorted(wanted)
                    if any(label not in labels for labels in known)
                ]
    return missing


_LINE = re.compile(r"XENBOND (OK|WARNING|CRITICAL|UNKNOWN) - ([^|\n]+?)(?: \| ([^|\n]+))?\n?")
_NUMBER = r"-?\d+(?:\.\d+)?"
_RANGE = rf"(?:@?(?:(?:~|{_NUMBER})?:)?(?:{_NUMBER})?)"
_DATUM = re.compile(
    rf"'((?:[^'=]|'')+)'=({_NUMBER})(s|us|ms|%|B|KB|MB|TB|c)?"
    rf"(?:;({_RANGE})(?:;({_RANGE})(?:;({_NUMBER})?(?:;({_NUMBER})?)?)?)?)?"
)
_WORDS = ("OK", "WARNING", "CRITICAL", "UNKNOWN")


@dataclass(frozen=True, slots=True)
class Checked:
    """One line of a plugin, as a monitoring system reads it."""

    code: int
    """The exit code that goes with its first word."""
    text: str
    data: dict[str, str]
    """Label → value with its unit."""


def checked(output: str) -> Checked:
    """A plugin's line by its grammar: Monitoring Plugins Development Guidelines 2.1, 2.5 and 2.6.

    Raises:
        AssertionError: it is none.
    """
    line = _LINE.fullmatch(output)
    assert line, output
    data, rest = {}, line[3] or ""
    while rest:
        datum = _DATUM.match(rest)
        assert datum, rest
        data[datum[1]] = datum[2] + (datum[3] or "")
        rest = rest[datum.end() :].removeprefix(" ")
    return Checked(_WORDS.index(line[1]), line[2], data)
