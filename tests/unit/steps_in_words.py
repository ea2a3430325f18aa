"""A plan's steps in a few words each, to compare their order by."""

from facts_builder import ETH0_MAC

from xenbond_tui import plan

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
    "eth0 -> bond0",
    "eth0 up",
    "reload",
    "flush bond0",
    "RestoreSysctls",
)
"""How eth0 and eth1 become bond0 under xenbr0 by netlink, once the files are there.

The other slave is proven first, then the address moves, then the stack takes charge.
"""


def in_words(steps: tuple[plan.Step, ...]) -> list[str]:
    """Each step in a few words."""
    return [_in_words(step) for step in steps]


def _in_words(step: plan.Step) -> str:
    match step.action:
        case plan.Run(argv):
            return " ".join(argv).replace("/sbin/", "").replace("--force ", "")
        case plan.WaitFor(link, state):
            return f"wait {link} {state}"
        case plan.WaitForAddress(link, ip):
            return f"wait {link} {ip}"
        case plan.SetMaster(link, master):
            return f"{link} -> {master}"
        case plan.SetLink(link, up):
            return f"{link} {'up' if up else 'down'}"
        case plan.AddAddress(link, item):
            return f"{link} + {item.cidr}"
        case plan.DelAddress(link, item):
            return f"{link} - {item.cidr}"
        case plan.AddRoute(route):
            return f"+ {route.destination} {route.link} {route.metric}"
        case plan.DelRoute(route):
            return f"- {route.destination} {route.link} {route.metric}"
        case plan.SetBondOption(link, option, value, bridge):
            return f"{link} {option}={value}" + (f", {bridge} told" if bridge else "")
        case plan.AddBond(link, options):
            return " ".join([link, *(f"{name}={options[name]}" for name in sorted(options))])
        case plan.SetMtu(link, mtu):
            return f"{link} mtu {mtu}"
        case plan.SetMac(link, mac) | plan.AddBridge(link, mac):
            return f"{link} {mac}"
        case plan.SetRuntimeFile(path, text):
            return f"{'no ' if text is None else ''}{path}"
        case plan.SetSysctls(values):
            return f"sysctls {len(values)}"
        case (
            plan.WriteFiles() | plan.RestoreFiles() | plan.RestoreNetwork() | plan.RestoreSysctls()
        ):
            return type(step.action).__name__
        case plan.Reach(link, ip):
            return f"{link} ? {ip}"
        case plan.Announce(link):
            return f"announce {link}"
        case plan.AnnounceGuests(link, port):
            return f"announce guests of {link} by {port}"
        case plan.LendAddresses(source, link):
            return f"{link} + those of {source}"
        case plan.ReturnLent(link):
            return f"{link} - lent"
        case plan.FlushAddresses(link):
            return f"flush {link}"
        case action:
            return f"delete {action.link}"
