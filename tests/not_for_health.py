"""Codes of findings that are no reason for a verdict of health by themselves: why not, each.

One that says something of a bond which is there stands in `READ` of `health/findings.py`.
"""

from collections.abc import Mapping

SEEN_BY_HEALTH_AS: Mapping[str, str] = {
    "bond-has-other-slaves": "slave-not-configured",
    "configured-before-root": "address-below-bridge",
    "min-links-unreachable": "min-links-too-many",
    "module-options-contradict": "option-differs",
    "no-carrier": "slave-down",
    "no-carrier-at-all": "bond-down",
    "no-such-nic": "slave-absent",
    "not-announced": "not-announced",
    "primary-no-slave": "primary-missing",
    "same-card": "one-card",
    "same-permanent-mac": "same-permanent-mac",
    "same-physical-function": "one-cable",
    "speeds-differ": "speeds-differ",
    "too-few-slaves": "one-slave",
}
"""Findings that health sees for itself, in what runs: the code of that reason."""
FOR_A_CHANGE_ONLY: Mapping[str, str] = {
    "It is about answers: a bond that is there was not asked for.": (
        "address-ignored bad-address bad-dns bad-gateway bad-mac bad-method bad-mode bad-mtu "
        "bad-name bad-search-domain bad-value cannot-announce duplicate-address "
        "name-server-not-written duplicate-slave gateway-ignored jumbo-frames mtu-below-ipv6 "
        "name-of-slave name-taken nic-not-checked no-address no-link not-a-slave option-no-slave "
        "option-twice same-name switch-setup unknown-option unsuitable-slave"
    ),
    "It tells what the change does, or takes away.": (
        "address-changes address-dropped address-lost address-moves announced-kept announced-lost "
        "bond-in-another-bridge bond-in-other-bridge bond-master-replaced bridge-filters-vlans "
        "bridge-joins-lan by-hand cloud-init-disabled default-route-lost drop-in-stays file-stays "
        "gap dhcp-client-changes gateway-dropped gets-no-address guests-kept guests-name-a-bridge "
        "guests-on-bridge guests-on-other-bridge guests-ports-kept ifreload-all lease-ends "
        "lease-moves line-dropped line-goes link-above mac-changes mac-not-pinned matched-by-name "
        "mode-tightened named-by-mac network-manager-lets-go no-redundancy not-given-back "
        "option-as-it-runs option-kept option-left-out other-bonds other-bridge ports-on-bridge "
        "second-default-route session-cut session-moves session-pauses several-files-with-address "
        "slave-given-up"
    ),
    "It is about lines that a change would have to move or edit.": (
        "bridge-made-otherwise bridge-ports-pattern cloud-init-overrides command-not-movable "
        "command-of-a-slave file-matches-too file-may-match file-not-editable ieee8021x "
        "iface-incomplete iface-range key-not-movable line-without-effect method-not-movable "
        "misplaced-option name-not-expressible not-roots-file not-the-operators-file "
        "one-address-only on-the-bond option-not-expressible option-of-a-former-port "
        "port-of-another-bridge profile-for-any-nic profile-in-ifcfg-file profile-made-at-boot "
        "several-addresses slave-configured-by-pattern slave-configured-indirectly "
        "slave-defined-twice slave-has-master slave-in-another-bridge slave-in-two-files "
        "slave-of-another-bond slave-unclear source-not-followed template "
        "value-beyond-syntax-check value-not-expressible written-by-netplan"
    ),
    "It is about a program that a change needs, not the network that runs.": (
        "guests-not-condoned ifreload-fails-here ifupdown2 netplan-try network-script-off "
        "nmcli-missing no-boot-guard no-xend-config option-needs-newer-networkmanager "
        "option-needs-newer-systemd systemd-too-old systemd-unknown unfit-command "
        "xend-bridge-active"
    ),
    "The kernel has taken what runs, or the module is loaded.": (
        "bonding-blacklisted bonding-install-command no-bonding-driver option-not-in-mode "
        "options-disagree"
    ),
    "It is about a NIC before it is a slave.": ("borrowed-mac carrier-unknown"),
    "Another program owns this network: its files are not read.": (
        "ifupdown-ng netifrc proxmox qubes wicked xcp-ng"
    ),
    "Files that can't be read, or that nobody reads, say nothing to compare with.": (
        "profile-not-read unreadable-file"
    ),
    "The rule passes over a NIC that is a slave already.": "route-in-no-file",
    "What a packet filter has loaded or a script has done counts; files alone don't tell.": (
        "firewall-names-a-link script-names-a-link zone-names-a-link"
    ),
}
"""Findings that are no reason for a verdict: why not → their codes."""
