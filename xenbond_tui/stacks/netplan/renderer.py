"""Who carries out what netplan writes: each program its own way."""

from collections.abc import Iterable
from typing import Protocol

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.plan.plan import Step
from xenbond_tui.rules.findings import Finding
from xenbond_tui.stacks.netplan.by_apply import ByApply
from xenbond_tui.stacks.netplan.by_networkd import ByNetworkd, able
from xenbond_tui.stacks.netplan.by_networkmanager import ByNetworkManager
from xenbond_tui.stacks.netplan.edit import Editor
from xenbond_tui.stacks.netplan.files import Configuration


class Renderer(Protocol):
    """The steps of one plan, as the files stand before they are edited."""

    def forward(self) -> tuple[Step, ...]:
        """From the running network to the planned one."""
        ...

    def rollback(self) -> tuple[Step, ...]:
        """Back, from any point of `forward`."""
        ...

    def outage(self) -> str:
        """How long the host is out of reach, and why; "" when it is not."""
        ...

    def beside(self) -> tuple[FileChange, ...]:
        """Files that netplan has no key for."""
        ...

    def notes(self) -> Iterable[Finding]:
        """What else Review says of a change-over without an outage."""
        ...

    def removed(self, removal: Removal) -> tuple[tuple[Step, ...], tuple[Step, ...], str]:
        """Forward and rollback of a removal, and how long the host is out of reach."""
        ...


def renderer_of(facts: HostFacts, answers: Answers, config: Configuration) -> Renderer:
    """The program that the files name; `netplan apply` where it can't be told to reload."""
    match Editor(facts, config, answers).renderer:
        case "networkd" if able(facts):
            return ByNetworkd(facts, answers, config)
        case "NetworkManager":
            return ByNetworkManager(facts, answers, config)
        case _:
            return ByApply(facts, answers)
