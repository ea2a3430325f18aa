"""What the rules say of bonding options, against the kernel: each mode, option, value and pair.

Every case is put to each kernel by sysfs, one option after the other, and by netlink, all in one
message. Where the rules are stricter than a kernel `STRICTER` says why; where a kernel is stricter
than the rules `KERNEL_ONLY` does.
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.lab import platforms
from tests.lab.bonds import MODES
from tests.lab.evidence import note
from tests.lab.guest import Guest
from tests.lab.kernels import KERNELS
from tests.lab.platforms import PLATFORMS, Platform
from tests.option_values import ARP, bad_values, values
from xenbond_tui.answers import BondAnswers
from xenbond_tui.host.procfs import parse_proc_bonding
from xenbond_tui.options.kind import Choice
from xenbond_tui.options.running import running, same
from xenbond_tui.options.table import OPTIONS
from xenbond_tui.rules.check_bond import check_options
from xenbond_tui.rules.findings import Severity

ABOUT_THE_BRIDGE = {"mode-under-bridge", "arp-under-bridge", "no-link-monitoring"}
"""Refusals of a bond that any kernel makes, and that is of no use under a guests' bridge."""
STRICTER = {
    "two-link-monitors": "by sysfs the kernel takes both and ends the other one silently",
    "no-arp-target": "nobody is asked, so each slave is taken for down",
    "option-alone": "it has no effect",
    "delay-without-miimon": "0 for 0: it has no effect",
    "delay-below-miimon": "the kernel makes it 0",
    "min-links-unreachable": "the bond would never have carrier",
    "primary-no-slave": "the kernel keeps the name for a slave that may come",
    "options-disagree": "the kernel has one number for both: the last one stays",
}
"""Code of a finding → why it is refused although a kernel may take it."""
STRICTER_VALUES = {
    "queue_id": "the kernel keeps the lower 16 bits of a number",
    "ad_actor_system": "zeros are what the kernel has when it is left out",
}
"""The same of one option's `bad-value`."""
KERNEL_ONLY = {
    "use_carrier": "whether off is taken is asked of the module (check_hardware)",
}
"""Option → why what is said of the bond alone lets pass what a kernel may refuse."""
PLATFORM_OF = {
    name: next((row for row in PLATFORMS if row.kernel is kernel), Platform("trixie", kernel))
    for name, kernel in KERNELS.items()
}
"""Every kernel that the lab has, with a release that it boots."""


class Case(NamedTuple):
    """One bond that is asked for."""

    way: str
    mode: str
    options: dict[str, str]

    def __str__(self) -> str:
        return f"{self.way} {self.mode} {self.options}"


Answer = dict[str, Any]
Asked = list[tuple[Case, Answer]]


def pairs() -> Iterator[dict[str, str]]:
    """Options that need, exclude or round one another, with and without what they need."""
    for option in OPTIONS.values():
        value = values(option)[-1]
        for other in (*option.needs, *option.excludes):
            yield {option.name: value, other: values(OPTIONS[other])[-1]}
            yield {option.name: value, other: OPTIONS[other].default}
        if option.counted_in:
            yield from ({"miimon": "100", option.name: delay} for delay in ("50", "250", "399"))
        if option.same_as:
            yield from ({option.same_as: "2", option.name: number} for number in ("2", "3"))
    yield {"arp_interval": "1000", "ns_ip6_target": "2001:db8::1,2001:db8::2"}
    yield {"primary": "eth0", "primary_reselect": "failure"}
    yield {"fail_over_mac": "follow", "primary": "eth1"}
    yield {"lacp_rate": "fast", "ad_select": "bandwidth", "min_links": "2"}
    yield {"min_links": "3"}
    yield {"tlb_dynamic_lb": "off", "xmit_hash_policy": "layer3+4"}
    yield {"ad_select": "actor_port_prio", "actor_port_prio": "eth0:10,eth1:20"}


def asked() -> Iterator[Case]:
    """In each mode each option's first good value and a bad one, in its own mode all; each pair."""
    for way in ("sysfs", "netlink"):
        for mode in MODES:
            for option in OPTIONS.values():
                every = (*values(option), *bad_values(option))
                if mode != (option.modes or ("active-backup",))[0]:
                    every = (every[0], every[-1])
                by_arp = option.name.startswith(("arp_", "ns_"))
                beside = {**ARP, "miimon": "0"} if by_arp else {"miimon": "100"}
                if option.name != "mode" and way[0].upper() in option.by:
                    yield from (Case(way, mode, {**beside, option.name: it}) for it in every)
            for pair in pairs():
                monitored = {"miimon": "0" if "arp_interval" in pair else "100", **pair}
                if all(way[0].upper() in OPTIONS[name].by for name in pair):
                    yield Case(way, mode, monitored)


def verdict(case: Case) -> set[str]:
    """The codes of what the rules refuse, whatever stands above the bond."""
    options = dict(case.options)
    carrier = options.pop("use_carrier", "on")
    miimon = int(options.pop("miimon"))
    bond = BondAnswers(
        slaves=("eth0", "eth1"),
        mode=case.mode,
        miimon=miimon,
        use_carrier=carrier == "on",
        options=options,
    )
    refused = {item.code for item in check_options(bond) if item.severity is Severity.REFUSE}
    if carrier not in ("on", "off") or miimon < 0:
        refused.add("bad-value")
    return refused - ABOUT_THE_BRIDGE


def newer(case: Case) -> bool:
    """Has it a value that not every kernel has which has the option?"""
    kinds = ((OPTIONS[name].kind, value) for name, value in case.options.items())
    return any(isinstance(kind, Choice) and value in kind.newer for kind, value in kinds)


@pytest.fixture(
    scope="module",
    params=PLATFORM_OF.values() if platforms.chosen() is None else platforms.each(),
    ids=str,
)
def answered(request: pytest.FixtureRequest, lab: None) -> Asked:
    """Every case with what that kernel said."""
    cases = list(asked())
    with Guest(platform=request.param) as guest:
        guest.sh("modprobe bonding max_bonds=0; ip addr flush eth0; ip link set eth0 down")
        guest.sh("ip link set eth1 down")
        python = ("/opt/xenbond/bin/python", "-I", "/lab/inside/options.py")
        said = json.loads(guest.run(*python, stdin=json.dumps(cases), timeout=800).ok())
    counts = Counter(next(iter(answer)) for answer in said)
    note(f"options asked of the kernel on {request.param}: {len(cases)} cases, {dict(counts)}")
    return list(zip(cases, said, strict=True))


def test_what_the_rules_allow_the_kernel_takes(answered: Asked) -> None:
    lacks = {said["absent"] for _, said in answered if "absent" in said}
    wrong = [
        f"{case}: {said['refused']}: {said['why']}"
        for case, said in answered
        if "refused" in said
        and not verdict(case)
        and not KERNEL_ONLY.keys() & case.options.keys()
        and not lacks & case.options.keys()
        and not newer(case)
    ]
    assert not wrong, "\n".join(wrong)


def test_what_the_rules_refuse_the_kernel_refuses_or_it_is_listed_why(answered: Asked) -> None:
    wrong = [
        f"{case}: {refused}"
        for case, said in answered
        if "proc" in said
        and (refused := verdict(case))
        and not refused & STRICTER.keys()
        and not (refused == {"bad-value"} and STRICTER_VALUES.keys() & case.options.keys())
    ]
    assert not wrong, "\n".join(wrong)


def test_every_reason_to_be_stricter_has_a_case(answered: Asked) -> None:
    told = {code for case, said in answered if "proc" in said for code in verdict(case)}
    assert told >= STRICTER.keys()


def test_what_the_kernel_prints_is_what_was_set(answered: Asked) -> None:
    wrong = []
    for case, said in answered:
        if "proc" not in said or verdict(case):
            continue
        state = parse_proc_bonding("asked0", said["proc"])
        for name, value in case.options.items():
            for text in (said["sysfs"].get(name), said["netlink"].get(name), running(state, name)):
                if text is not None and not same(name, text, value, state.miimon):
                    wrong.append(f"{case}: {name} is {text!r}")
    assert not wrong, "\n".join(wrong)
