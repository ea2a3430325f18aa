"""Who carries out what netplan writes: each program its own way."""

from typing import Protocol

from xenbond_tui.answers import Answers, Removal
from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.stacks.base import Activation
from xenbond_tui.stacks.netplan.activate import ByApply
from xenbond_tui.stacks.netplan.by_networkd import ByNetworkd, able
from xenbond_tui.stacks.netplan.by_networkmanager import ByNetworkManager
from xenbond_tui.stacks.netplan.files import Configuration
from xenbond_tui.stacks.netplan.write import Editor


class Renderer(Protocol):
    """The steps of one plan, as the files stand before they are edited."""

    def set_up(self) -> Activation:
        """From the running network to the planned one, and back."""
        ...

    def remove(self, removal: Removal) -> Activation:
        """From bond and bridge to the address on one NIC, and back."""
        ...

    def beside(self) -> tuple[FileChange, ...]:
        """Files that netplan has no key for."""
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
