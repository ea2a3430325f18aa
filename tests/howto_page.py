"""Draws assets/howto.md: the plan for the 2009 howto's host beside what that howto says.

python -m tests.howto_page
"""

import tempfile
from pathlib import Path

from xenbond_tui import planner
from xenbond_tui.answers import SetUp
from xenbond_tui.answers_file.reader import loads
from xenbond_tui.demo.host import open_demo
from xenbond_tui.demo.recordings import unpack
from xenbond_tui.plan.plan import Plan
from xenbond_tui.proposal import Proposal

PAGE = Path(__file__).parents[1] / "assets" / "howto.md"
ANSWERS = """\
version: 1
bond: {name: bond0, slaves: [eth0, eth1], mode: active-backup, miimon: 100}
bridge: {name: xenbr0, address: 192.168.0.222/24, gateway: 192.168.0.1}
"""
HEAD = """\
# The howto of 2009, line by line

In 2009 a howto told how to put two NICs of a Xen dom0 (RHEL 5.4 with xend) in a bond, and the bond
under a bridge. That host is `xenbond demo --host rhel5-dom0`. Here is what xenbond plans for it,
drawn from that host by `make docs`, beside what the howto says: what is the same, what differs,
and why.

The same are the parts: eth0 and eth1 are slaves of bond0, bond0 is a port of xenbr0, xenbr0 has the
host's address, and xend makes no bridge. The answers:

```yaml
@ANSWERS@```

On RHEL 5 no Python runs xenbond. Make the script on another machine, of a copy of the host's
/etc, and run that on the host:

```sh
xenbond export --answers host.yaml --root COPY -o setup.sh
sh setup.sh diff
sh setup.sh apply
```

## The files
"""
BESIDE: dict[str, str | tuple[tuple[str, str, str], ...]] = {
    "ifcfg-eth0": (
        (
            "MASTER, SLAVE",
            "the same",
            "",
        ),
        (
            "HWADDR stays",
            "the same",
            "It must be the card's permanent MAC. A slave has the bond's MAC while it runs; "
            "who copies that one from `ifconfig` gives eth1 the MAC of eth0, and RHEL 5 "
            "renames NICs by it at the next boot.",
        ),
        (
            "address and GATEWAY go to xenbr0",
            "the same",
            "An address on a slave is not reachable.",
        ),
    ),
    "ifcfg-eth1": "As eth0. BOOTPROTO=dhcp and ONBOOT=no would let a DHCP client at the slave, or "
    "leave it out at boot.",
    "ifcfg-bond0": (
        (
            "options in modprobe.conf, or BONDING_OPTS",
            "BONDING_OPTS",
            "Options of one bond belong there (Red Hat, Deployment Guide of RHEL 5); those in"
            " modprobe.conf count when the module is loaded, and not again.",
        ),
        (
            "BRIDGE=xenbr0",
            "the same",
            "ifup makes bond0 a port; an IPADDR in this file would be ignored.",
        ),
        (
            "mode=0 as an alternative",
            "refused",
            "Under a guests' bridge frames of one connection overtake each other, and without"
            " a port channel the switch moves the guests' MACs from port to port.",
        ),
    ),
    "ifcfg-xenbr0": (
        (
            "`TYPE=bridge`",
            "`TYPE=Bridge`",
            "The scripts compare with `Bridge`, capital B. With a small one the file is no "
            "bridge's: it works by luck, because ifup of bond0 makes the bridge first. STP "
            "and DELAY are then ignored.",
        ),
        (
            "no STP",
            "`STP=off`",
            "With STP on, the bridge sends BPDUs, and a switch with BPDU guard closes the port.",
        ),
        (
            "no DELAY",
            "`DELAY=0`",
            "A bridge of that kernel forwards nothing for its first 15 seconds; the check for"
            " a duplicate address ends long before.",
        ),
        (
            '"bridge xenbr0 is still up; can\'t delete it", shown as normal',
            "does not come",
            "It is the sign of `TYPE=bridge`: `service network stop` takes bridges down "
            "first, but this file is not known as one, so bond0 goes first and tries to "
            "delete a bridge that is up.",
        ),
    ),
    "modprobe.conf": (
        (
            "`alias bond0 bonding`",
            "the same",
            "RHEL 5 loads the module by it.",
        ),
        (
            "`options bond0 ... mode=0`",
            "mode is taken out",
            "It contradicts BONDING_OPTS.",
        ),
        (
            "`use_carrier=0`, and a sentence that says to set 1 to ask by MII",
            "stays 0",
            "1, the default, asks netif_carrier_ok(); 0 asks by MII or ethtool. The howto's "
            "line is right and its sentence is not. 3c59x looks at its link every 60 s only, "
            "5 s as a slave, so 0 may be the quicker one there. From Linux 6.18 on 0 keeps "
            "the module from loading, which is why the line is named.",
        ),
    ),
    "xend-config.sxp": (
        (
            "/etc/xen/xen-config.sxp",
            "/etc/xen/xend-config.sxp",
            "That is its name; a file of the other name is edited too where there is one.",
        ),
        (
            "(network-script ...) commented out",
            "the same",
            "xend's network-bridge would rename eth0 to peth0 and take its address.",
        ),
        (
            "",
            "(vif-script vif-bridge) stays",
            "It plugs the guests into xenbr0.",
        ),
    ),
}
"""The file's name → what the howto says, what is planned, and why; or a sentence."""
FOOT = """\

## Bringing it up

The howto runs `service network restart` and then reboots. xenbond itself, were it on such a
host, would run only ifdown and ifup of the links concerned, in @STEPS@ steps. @OUTAGE@

The script of `xenbond export` stops and starts the network as the
howto does, detached from the session; it undoes that after 120 seconds unless `sh setup.sh confirm`
comes from another login, and at the next boot if there is one before.

## What xend has left

Where xend's own bridge runs (a NIC is called peth0, vif0.0 is on a bridge) nothing is changed, by
xenbond and by the script alike: NICs can't be renamed back under running guests. The way is by a
reboot:

1. Look which guests run: `xm list`; both name their ports before anything is touched.
2. Put a `#` before the `(network-script ...)` line of /etc/xen/xend-config.sxp.
3. Shut the guests down and reboot. There is no bridge then, so guests have no network yet.
4. Plan, export and apply: xenbr0 is there, and guests that are started find it.

## Watching it

The howto's outputs of /proc/net/bonding/bond0 show a Link Failure Count that falls from 2 to 1. It
never falls while a slave stays in the bond: between the two the network was restarted. Both slaves
show one MAC in `ifconfig`; in active-backup that is right.
"""


def proposed() -> Proposal:
    """What is planned for the howto's host."""
    with tempfile.TemporaryDirectory(prefix="xenbond-howto-") as directory:
        unpack("rhel5-dom0", directory)
        facts = planner.read_host(open_demo(directory))
        return planner.propose(facts, SetUp(loads(ANSWERS, "answers.yaml")))


def page() -> str:
    """The whole document."""
    plan = proposed().plan
    assert plan is not None, "the howto's host is refused"
    outage = "The host stays in reach." if plan.outage is None else plan.outage.text
    foot = FOOT.replace("@STEPS@", str(len(plan.forward))).replace("@OUTAGE@", outage)
    return HEAD.replace("@ANSWERS@", ANSWERS) + _files(plan) + foot


def _files(plan: Plan) -> str:
    parts = []
    for change in plan.changed:
        beside = _beside(BESIDE[change.path.rsplit("/", 1)[1]])
        diff = "".join(f"{line}\n".replace(" \n", "\n") for line in change.diff().splitlines())
        parts.append(
            f"\n### `{change.path}`\n\nWhat for: {change.why}.\n\n```diff\n{diff}```\n\n{beside}"
        )
    return "".join(parts)


def _beside(rows: str | tuple[tuple[str, str, str], ...]) -> str:
    if isinstance(rows, str):
        return f"{rows}\n"
    head = (("the howto", "xenbond", "why"), ("---", "---", "---"))
    return "".join(f"| {' | '.join(row)} |\n" for row in (*head, *rows))


if __name__ == "__main__":
    PAGE.write_text(page())
