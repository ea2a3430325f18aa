"""A plan's steps in a few words each, to compare their order by."""

from xenbond_tui.plan import (
    AddAddress,
    AddBond,
    AddBridge,
    AddRoute,
    Announce,
    AnnounceGuests,
    DelAddress,
    DelRoute,
    FlushAddresses,
    LendAddresses,
    Reach,
    RestoreFiles,
    RestoreNetwork,
    RestoreSysctls,
    ReturnLent,
    Run,
    SetBondOption,
    SetLink,
    SetMac,
    SetMaster,
    SetMtu,
    SetRuntimeFile,
    SetSysctls,
    Step,
    WaitFor,
    WaitForAddress,
    WriteFiles,
)


def in_words(steps: tuple[Step, ...]) -> list[str]:
    """Each step in a few words."""
    return [_in_words(step) for step in steps]


def _in_words(step: Step) -> str:
    match step.action:
        case Run(argv):
            return " ".join(argv).replace("/sbin/", "").replace("--force ", "")
        case WaitFor(link, state):
            return f"wait {link} {state}"
        case WaitForAddress(link, ip):
            return f"wait {link} {ip}"
        case SetMaster(link, master):
            return f"{link} -> {master}"
        case SetLink(link, up):
            return f"{link} {'up' if up else 'down'}"
        case AddAddress(link, item):
            return f"{link} + {item.cidr}"
        case DelAddress(link, item):
            return f"{link} - {item.cidr}"
        case AddRoute(route):
            return f"+ {route.destination} {route.link} {route.metric}"
        case DelRoute(route):
            return f"- {route.destination} {route.link} {route.metric}"
        case SetBondOption(link, option, value):
            return f"{link} {option}={value}"
        case AddBond(link, options):
            return " ".join([link, *(f"{name}={options[name]}" for name in sorted(options))])
        case SetMtu(link, mtu):
            return f"{link} mtu {mtu}"
        case SetMac(link, mac) | AddBridge(link, mac):
            return f"{link} {mac}"
        case SetRuntimeFile(path, text):
            return f"{'no ' if text is None else ''}{path}"
        case SetSysctls(values):
            return f"sysctls {len(values)}"
        case WriteFiles() | RestoreFiles() | RestoreNetwork() | RestoreSysctls():
            return type(step.action).__name__
        case Reach(link, ip):
            return f"{link} ? {ip}"
        case Announce(link):
            return f"announce {link}"
        case AnnounceGuests(link, port):
            return f"announce guests of {link} by {port}"
        case LendAddresses(source, link):
            return f"{link} + those of {source}"
        case ReturnLent(link):
            return f"{link} - lent"
        case FlushAddresses(link):
            return f"flush {link}"
        case action:
            return f"delete {action.link}"
