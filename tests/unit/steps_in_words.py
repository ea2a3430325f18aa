"""A plan's steps in a few words each, to compare their order by."""

from facts_builder import ETH0_MAC

from xenbond_tui.plan import actions
from xenbond_tui.plan.plan import Step

CHANGE_OVER = (
    "bond0 miimon=100 mode=active-backup",
    "eth1 down",
    "eth1 -> bond0",
    "sysctls 1",
    "bond0 up",
    "eth1 up",
    "wait bond0 carrier",
    "bond0 ? 192.168.0.1",
    f"xenbr0 {ETH0_MAC}",
    "sysctls 4",
    "bond0 -> xenbr0",
    "xenbr0 up",
    "wait bond0 forwarding",
    "wait xenbr0 up",
    "xenbr0 + 192.168.0.222/24",
    "+ default xenbr0 None",
    "announce xenbr0",
    "flush eth0",
    "eth0 down",
    "announce xenbr0",
    "eth0 -> bond0",
    "eth0 up",
    "reload",
    "flush bond0",
    "RestoreSysctls",
)
"""How eth0 and eth1 become bond0 under xenbr0 by netlink, once the files are there.

The other slave is proven first, then the address moves, then the stack takes charge.
"""


def in_words(steps: tuple[Step, ...]) -> list[str]:
    """Each step in a few words."""
    return [_in_words(step) for step in steps]


def _in_words(step: Step) -> str:
    assert step.label, "an operator reads it while it is done"
    match step.action:
        case actions.Run(argv):
            return " ".join(argv).replace("/sbin/", "").replace("--force ", "")
        case actions.WaitFor(link, state):
            return f"wait {link} {state}"
        case actions.WaitForAddress(link, ip):
            return f"wait {link} {ip}"
        case actions.WaitForRouter(link):
            return f"wait {link} router"
        case actions.SetMaster(link, master, leaves):
            # What was put elsewhere meanwhile stays there.
            assert master or leaves, step.label
            return f"{link} -> {master}"
        case actions.SetLink(link, up):
            return f"{link} {'up' if up else 'down'}"
        case actions.AddAddress(link, item):
            return f"{link} + {item.cidr}"
        case actions.DelAddress(link, item):
            return f"{link} - {item.cidr}"
        case actions.AddRoute(route):
            return f"+ {route.destination} {route.link} {route.metric}"
        case actions.DelRoute(route):
            return f"- {route.destination} {route.link} {route.metric}"
        case actions.SetBondOption(link, option, value):
            return f"{link} {option}={value}"
        case actions.AddBond(link, options):
            return " ".join([link, *(f"{name}={options[name]}" for name in sorted(options))])
        case actions.SetMtu(link, mtu):
            return f"{link} mtu {mtu}"
        case actions.SetMac(link, mac) | actions.AddBridge(link, mac):
            return f"{link} {mac}"
        case actions.SetRuntimeFile(path, text):
            return f"{'no ' if text is None else ''}{path}"
        case actions.SetSysctls(values):
            return f"sysctls {len(values)}"
        case (
            actions.WriteFiles()
            | actions.RestoreFiles()
            | actions.RestoreNetwork()
            | actions.RestoreSysctls()
        ):
            return type(step.action).__name__
        case actions.Reach(link, ip):
            return f"{link} ? {ip}"
        case actions.Announce(link):
            return f"announce {link}"
        case actions.PlugBeside(link, bridge, beside):
            return f"{link} > {bridge} beside {beside}"
        case actions.ExchangePort(bridge, leaves, comes):
            return f"{bridge}: {comes} for {leaves}"
        case actions.LendAddresses(source, link):
            return f"{link} + those of {source}"
        case actions.ReturnLent(link):
            return f"{link} - lent"
        case actions.FlushAddresses(link):
            return f"flush {link}"
        case action:
            return f"delete {action.link}"
