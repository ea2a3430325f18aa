"""What a step waits for: a link's state, an address, a neighbour's answer, a daemon's own doing."""

from collections.abc import Callable

from xenbond_tui.effects import Clock, KernelReader
from xenbond_tui.errors import XenbondError
from xenbond_tui.facts.link import Link
from xenbond_tui.facts.network import KernelSnapshot
from xenbond_tui.plan.actions import ByItself, Reach, WaitFor, WaitForAddress, WaitForRouter
from xenbond_tui.value import dataclass

_POLL_S = 0.1
_SOLICIT_EACH_S = 4.0
"""RTR_SOLICITATION_INTERVAL (RFC 4861, 10)."""
_WORDS = {
    "exists": "there",
    "gone": "gone",
    "carrier": "connected (no carrier)",
    "up": "up and sending",
    "forwarding": "forwarding on its bridge",
}


class StepError(XenbondError):
    """A step that did not do what it should."""

    code = "step-failed"


@dataclass(frozen=True, slots=True)
class Waits:
    """Looks at one kernel again and again."""

    kernel: KernelReader
    clock: Clock
    pause: Callable[[float], None]
    """Waits so many seconds; raises what ends the transaction early."""
    before: KernelSnapshot
    """A NIC of this one that is gone does not come back: nothing waits for it any longer."""

    def link(self, name: str) -> Link | None:
        """A link as it is now."""
        links = self.kernel.snapshot().links
        return next((link for link in links if link.name == name), None)

    def master(self, name: str) -> str | None:
        """The bond or bridge a link is in now."""
        link = self.link(name)
        return link.master if link is not None else None

    def for_state(self, action: WaitFor) -> None:
        """Until a link is in a state."""

        def lost() -> None:
            if action.state != "gone":
                self._refuse_lost_nic(action.link)

        if not self._until(lambda: self._is(action.link, action.state), action.timeout, lost):
            raise StepError(
                f"{action.link} is not {_WORDS[action.state]} after {action.timeout:g} s"
            )

    def for_address(self, action: WaitForAddress) -> None:
        """Until a link has an address."""

        def has() -> bool:
            link = self.link(action.link)
            return link is not None and any(
                item.ip == action.ip and (item.dynamic or not action.leased)
                for item in link.addresses
            )

        if not self._until(has, action.timeout):
            raise StepError(f"{action.link} has not got {action.ip} in {action.timeout:g} s")

    def for_router(self, action: WaitForRouter, solicit: Callable[[str], None]) -> None:
        """Until a router has announced itself on a link; who did not go down and up asks for it."""
        asked: list[float] = []

        def heard() -> bool:
            return any(
                (route.destination, route.link, route.family, route.protocol)
                == ("default", action.link, 6, "ra")
                for route in self.kernel.snapshot().routes
            )

        def ask() -> None:
            now = self.clock.monotonic()
            if not asked or now >= asked[-1] + _SOLICIT_EACH_S:
                asked.append(now)
                solicit(action.link)

        if not self._until(heard, action.timeout, ask):
            raise StepError(
                f"no router has announced itself on {action.link} in {action.timeout:g} s"
            )

    def comes_by_itself(self, change: ByItself) -> bool:
        """Does a daemon make a link the port of a bond or bridge without being told?"""
        return self._until(lambda: self.master(change.link) == change.master, change.patience)

    def reach(self, action: Reach) -> str:
        """Until a neighbour answers; a detail worth showing, or ""."""
        master = self.master(action.link)
        isolated = self.kernel.port_option(action.link, "isolated") == "1"
        if master is not None and self._is(action.link, "forwarding") and not isolated:
            # It is in use. One that was plugged in beside it (`ports`) is not, yet.
            return f"{action.link} is in {master}"
        answered = self._until(
            lambda: self.kernel.answers(action.link, action.ip),
            action.timeout,
            lambda: self._refuse_lost_nic(action.link),
        )
        if not answered:
            raise StepError(
                f"{action.ip} does not answer through {action.link} after {action.timeout:g} s;"
                " is it the right switch port and VLAN?"
            )
        return ""

    def _until(
        self, true: Callable[[], bool], seconds: float, check: Callable[[], None] = lambda: None
    ) -> bool:
        """Whether it came true in that time; `check` raises what makes waiting pointless."""
        until = self.clock.monotonic() + seconds
        while not true():
            check()
            if self.clock.monotonic() >= until:
                return False
            self.pause(_POLL_S)
        return True

    def _refuse_lost_nic(self, name: str) -> None:
        """A link that tools make may come yet; a NIC that was there before does not come back."""
        before = next((item for item in self.before.links if item.name == name), None)
        if before is not None and not before.kind and not self._is(name, "exists"):
            raise StepError(
                f"{name} is not there any more: its card was taken out, or its driver unloaded"
            )

    def _is(self, name: str, state: str) -> bool:
        now = self.kernel.snapshot()
        link = next((item for item in now.links if item.name == name), None)
        match state:
            case "exists":
                return link is not None
            case "gone":
                return link is None
            case "carrier":
                return link is not None and link.carrier is True
            case "up":
                return link is not None and link.operstate in ("up", "unknown")
            case "forwarding":
                ports = (port for bridge in now.bridges for port in bridge.ports)
                return any(port.name == name and port.state == "forwarding" for port in ports)
        raise StepError(f"{state!r} is no state a link can be waited for")
