"""A leased address moves: ISC dhclient for the bridge goes on with what it has for the NIC.

The same client to the server: the MAC is the same, and so is the DUID, which dhclient keeps in its
lease file, one for each link (`-lf`, `-i` in ifupdown's inet.defn). The old client is killed, never
told to stop by ifdown: `dhclient -r` would give the address back while the host lives by it.
"""

from xenbond_tui.facts.host import HostFacts
from xenbond_tui.plan.actions import Run
from xenbond_tui.plan.plan import Step
from xenbond_tui.stacks.change_over.conditions import NeedsOutage
from xenbond_tui.stacks.ifupdown.places import lease_file, pid_file


def refuse_other_clients(facts: HostFacts, nic: str) -> None:
    """The lease is one that dhclient got for ifupdown.

    Raises:
        NeedsOutage: it is another client's.
    """
    if not {pid_file(nic), lease_file(nic)} <= facts.files.keys():
        raise NeedsOutage(f"the lease of {nic} is not dhclient's")


def take_along(source: str, target: str) -> Step:
    """One link's client starts with the other's DUID; an older file says nothing new."""
    copy = Run(("cp", "--preserve", "--update", lease_file(source), lease_file(target)))
    return Step(f"Copy the DHCP lease of {source} to {target}", copy)


def stop_client(link: str, which: str = "the") -> Step:
    """End a link's dhclient at once: it keeps its lease; not running is no error."""
    words = ("--stop", "--oknodo", "--signal", "KILL", "--name", "dhclient")
    run = Run(("start-stop-daemon", *words, "--pidfile", pid_file(link)))
    return Step(f"Stop {which} DHCP client of {link}", run)
