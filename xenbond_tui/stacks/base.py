"""What every network stack must be able to do."""

from typing import Protocol

from xenbond_tui.answers import Answers
from xenbond_tui.effects import Tree
from xenbond_tui.facts import Evidence, HostFacts
from xenbond_tui.plan import Plan
from xenbond_tui.rules.findings import Finding


class Stack(Protocol):
    """How one network stack spells a bond under a bridge, and how it brings it up and down."""

    name: str
    """As in answers files: "ifcfg"."""
    title: str
    """As operators call it: "Red Hat network-scripts"."""

    def paths(self, tree: Tree) -> tuple[str, ...]:
        """The files this stack would read or write on that host, existing or not, sorted."""
        ...

    def probes(self) -> tuple[str, ...]:
        """Paths whose mere existence is evidence for or against this stack (programs, units)."""
        ...

    def owns(self, facts: HostFacts) -> Evidence | None:
        """Why this host's network is this stack's; None if it isn't."""
        ...

    def read(self, facts: HostFacts) -> Answers | None:
        """What is configured today, as far as it can be said in answers; None if nothing is."""
        ...

    def expresses(self, option: str) -> bool:
        """Can this stack say that bonding option (kernel name) at all?"""
        ...

    def check(self, facts: HostFacts, answers: Answers) -> tuple[Finding, ...]:
        """What this stack in particular must refuse or warn about (missing packages, odd files)."""
        ...

    def plan(self, facts: HostFacts, answers: Answers) -> Plan:
        """Whole-file results and steps. Answers are resolved and without refusals.

        Raises:
            XenbondError: a file can't be edited without guessing; names file and line.
        """
        ...
