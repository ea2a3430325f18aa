"""What every network stack must be able to do."""

from typing import Protocol

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.effects import Tree
from xenbond_tui.facts.host import Evidence, HostFacts
from xenbond_tui.plan.plan import Plan
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
        """What is configured today, as far as it can be said in answers; None if nothing is.

        Without a bond, its slaves are the NICs it would be made of first: the bridge's ports, or
        the one NIC that has the address.
        """
        ...

    def spelling(self, option: str) -> str | None:
        """How this stack's files spell that bonding option (kernel name); None: it can't say it."""
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

    def remove(self, facts: HostFacts, removal: Removal) -> Plan:
        """The way out of `plan`: whole-file results and steps, so that bond and bridge are gone.

        Afterwards the files say:

        - no bond and no bridge: their own files or sections are removed, foreign lines in them
          that can't go along are named by an error, never dropped silently;
        - `removal.nic` has what the bridge had: addresses or DHCP, gateway, name servers, search
          domains, MTU, and the static routes, policy rules, firewall zone and commands that
          stood there, each in its own spelling; started at boot as the bridge was;
        - the other slaves are configured as an installer leaves a free NIC of this stack: known,
          without address, no slave of anything;
        - every other line, and every other link, is untouched.

        Where `plan` lost nothing, the files after `remove` are those from before `plan`.

        `up` leads there: addresses off, bridge and bond down and gone (`DeleteLink` makes sure),
        `WriteFiles` once, the NIC up with its address; without a gap where that is easy. `down`
        leads back to the bond under the bridge from any point of `up`; `RestoreFiles` once.
        `RestoreNetwork` can't make a bond: the stack's tools must. `expected` and `summary` come
        from `stacks.outcome`; `gap` says how long the host is out of reach. No guest's port is on
        the bridge, and no VLAN on either: `removal.propose_removal` has refused that.

        Raises:
            XenbondError: the files know no such bond, or can't be edited without guessing; names
                file and line.
        """
        ...
