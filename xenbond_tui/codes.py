"""Every code a program can meet in what xenbond says as JSON, once, with its meaning.

They are an interface: a code keeps its meaning for good, while the texts beside it may change or be
translated. `make docs` draws assets/codes.md from here.
"""

from collections.abc import Mapping

from xenbond_tui.health.findings import READ

FINDINGS: Mapping[str, str] = {
    "address-changes": "The bridge gets another address than the NIC had, made of its name.",
    "address-dropped": "An address that is there now goes.",
    "address-ignored": "An address is given together with a method that takes none.",
    "address-in-use": "The bridge's address is on another link too.",
    "address-lost": "The host's address would be nowhere afterwards.",
    "address-moves": "An address moves from a NIC to the bridge.",
    "alias-on-slave": "An alias (eth0:1) is configured on a slave.",
    "announced-kept": "What routers announce is kept by two more lines (ifupdown2).",
    "announced-lost": "What routers announce goes with the reload (ifupdown2).",
    "arp-under-bridge": "ARP monitoring is used where the bond is a bridge's port.",
    "bad-address": "An address is none, or has no prefix length.",
    "bad-dns": "A name server is no IP address.",
    "bad-gateway": "The gateway is no address, or not reachable from the bridge's.",
    "bad-mac": "The bridge's MAC is none, or one that many hosts would share.",
    "bad-method": "The bridge's address is neither static nor dhcp nor none.",
    "bad-mode": "The bonding mode is not known.",
    "bad-mtu": "The MTU is out of bounds.",
    "bad-name": "A name can't be a link's.",
    "bad-search-domain": "A search domain is none.",
    "bad-value": "An option has a value that the kernel does not take.",
    "bond-has-other-slaves": "The bond runs with other slaves now.",
    "bond-in-another-bridge": "The files have the bond in another bridge.",
    "bond-in-other-bridge": "The bond is in another bridge now.",
    "bond-master-replaced": "A slave's bond-master line is replaced (ifupdown).",
    "bond-name-is-a-prefix": "The bond's name begins another file's name (network-scripts).",
    "bond-not-bridged": "These scripts can't have a bond under a bridge (network-scripts).",
    "bonding-blacklisted": "A modprobe file blacklists bonding, which does no harm here.",
    "bonding-disabled": "A modprobe file keeps bonding from being loaded.",
    "bonding-install-command": "A modprobe file loads bonding by an install command.",
    "borrowed-mac": "A NIC's current MAC is not its permanent one.",
    "bridge-filters-vlans": "A bridge that sorts frames by VLAN can't be replaced by a NIC.",
    "bridge-joins-lan": "The bridge has no way out today; the bond as its port gives it one.",
    "bridge-made-otherwise": "The bridge, or the bond, is made in a way that can't be edited.",
    "bridge-over-vlan": "A port of the bridge is a VLAN of the bond that it would get.",
    "bridge-ports-pattern": "The bridge takes its ports by a pattern.",
    "bridge-utils-missing": "bridge-utils is not installed (ifupdown).",
    "broken-section": "A section of a file can't be read (systemd-networkd).",
    "by-hand": "netplan has no word for an option; a line of its renderer has.",
    "cannot-announce": "The service that announces is asked for, and can't be had on this host.",
    "carrier-unknown": "Whether a NIC has a link can't be known.",
    "cloud-init-disabled": "cloud-init is told to leave the network alone.",
    "cloud-init-overrides": "cloud-init would write the network again at boot.",
    "command-contradicts": "A command in the files sets a bonding option otherwise at each boot.",
    "command-not-movable": "A command below a NIC names it, and can't move to the bridge.",
    "command-of-a-slave": "A command or line below a slave does what a slave can't have.",
    "configured-before-root": "The initramfs gives a link an address, whatever the files say.",
    "default-route-lost": "The host has no default route afterwards.",
    "delay-below-miimon": "updelay or downdelay is shorter than miimon.",
    "delay-rounded": "updelay or downdelay is no multiple of miimon.",
    "delay-without-miimon": "updelay or downdelay is set without miimon.",
    "dhcp-client-changes": "To the DHCP server the bridge is another client than the NIC was.",
    "drop-in-stays": "A drop-in of systemd-networkd stays with its link (netplan).",
    "duplicate-address": "An address is given twice.",
    "duplicate-slave": "A NIC is named twice as a slave.",
    "file-matches-too": "Another file matches the link, and is not read for it (systemd-networkd).",
    "file-may-match": "Another file may match the link, and is not read for it.",
    "file-not-editable": "A file can't be edited without guessing.",
    "file-stays": "A file stays as it is and applies no more (systemd-networkd).",
    "firewall-names-a-link": "A packet filter names a NIC that becomes a slave.",
    "gap": "The host is out of reach for a while.",
    "gateway-device": "GATEWAYDEV names a NIC that gets no address (network-scripts).",
    "gateway-dropped": "A default route goes: no gateway or no address of its family is named.",
    "gateway-ignored": "A gateway is given together with a method that takes none.",
    "guests-kept": "Guests' ports on the bridge stay where they are.",
    "guests-name-a-bridge": "Guests' configurations name a bridge.",
    "guests-not-condoned": "A reload would take guests' ports off the bridge (ifupdown2).",
    "guests-on-bridge": "Guests run on the bridge that would go.",
    "guests-on-other-bridge": "Guests run on another bridge, and stay there.",
    "guests-ports-kept": "Guests' ports stay on the bridge over the change (systemd-networkd).",
    "hwaddr-twice": "Two files name the same MAC (network-scripts).",
    "hwaddr-wrong": "HWADDR is not the NIC's permanent MAC (network-scripts).",
    "ieee8021x": "A slave logs in to its switch by 802.1X (NetworkManager).",
    "iface-incomplete": "An iface line lacks its family or method.",
    "iface-range": "A stanza is about a range of links (ifupdown2).",
    "ifenslave-missing": "ifenslave is not installed (ifupdown).",
    "ifreload-all": "The change carries out the whole file (ifupdown2).",
    "ifreload-fails-here": "A known fault has ifreload fail on this host (ifupdown2).",
    "ifreload-missing": "ifupdown2 is not installed.",
    "ifup-missing": "ifupdown is not installed.",
    "ifup-refuses-file": "A line for which ifup refuses the whole file (ifupdown).",
    "ifupdown-ng": "ifupdown-ng owns the network.",
    "ifupdown2": "ifupdown2 is installed where ifupdown was named.",
    "ipv6-switched-off": "IPv6 is switched off where the bridge gets an IPv6 address.",
    "jumbo-frames": "The MTU needs a switch that takes such frames.",
    "key-not-movable": "A key can't move to the bridge, or keeps bond or bridge down (netplan).",
    "lease-ends": "The NIC's lease ends.",
    "lease-moves": "A lease is asked for by another link.",
    "line-dropped": "A line of the files does not come along, though nobody asked for that.",
    "line-goes": "A line of the files is taken out, as the answers ask for it.",
    "line-without-effect": "A line has no effect where it stands (systemd-networkd).",
    "link-above": "A link stands on a bond or bridge that would go or be made again.",
    "link-unmanaged": "A file has NetworkManager leave a slave, the bond or the bridge alone.",
    "long-delay": "updelay, downdelay or arp_interval is that long that a failover is late.",
    "mac-changes": "The host has another MAC afterwards.",
    "mac-changes-at-failover": "fail_over_mac has the bond's MAC change at a failover.",
    "mac-in-use": "The bridge has the MAC of a NIC that is in use beside it.",
    "mac-not-pinned": "The bridge's MAC can't be fixed by this systemd.",
    "matched-by-name": "A NIC is matched by its name, not by its permanent MAC.",
    "method-not-movable": "A NIC's method can't move to the bridge (ifupdown).",
    "method-unknown": "A stanza's method is none that ifup is known to have (ifupdown).",
    "min-links-unreachable": "min_links asks for more links than the bond has slaves.",
    "misplaced-option": "A line of a file is below no stanza (ifupdown).",
    "mode-tightened": "A file that holds a password gets mode 0600 (netplan).",
    "mode-under-bridge": "The mode fits badly under a bridge.",
    "module-options-contradict": "A modprobe file says an option otherwise than the plan.",
    "module-use-carrier-0": "A modprobe file sets use_carrier=0.",
    "more-slaves-match": "A file makes further NICs slaves of the bond.",
    "mtu-below-ipv6": "With an MTU below 1280 there is no IPv6.",
    "name-not-expressible": "A name can't be written in this stack's files.",
    "name-of-slave": "The bond or bridge has a slave's name.",
    "name-server-not-written": "The files can't name a name server of a family that is off.",
    "name-taken": "The name is another link's.",
    "named-by-mac": "A .link file names a NIC by a MAC that bond and bridge have too.",
    "names-a-slave": "A line of the files names a NIC that becomes a slave.",
    "netifrc": "netifrc owns the network.",
    "netplan-missing": "netplan is not installed.",
    "netplan-try": "`netplan try` is running.",
    "network-manager-lets-go": "NetworkManager lets go of these links (network-scripts).",
    "network-script-off": "xend's network-script is switched off.",
    "network-service-off": "The network service is not started at boot (network-scripts).",
    "networkd-beside-netplan": "A file of systemd-networkd undoes what netplan says (netplan).",
    "networkd-not-enabled": "systemd-networkd is not started at boot.",
    "networkd-not-running": "systemd-networkd does not run.",
    "networkmanager-not-enabled": "NetworkManager is not started at boot.",
    "networkmanager-not-running": "NetworkManager does not run.",
    "nic-not-checked": "A NIC is not there, so it could not be checked.",
    "nmcli-missing": "nmcli is not installed.",
    "no-address": "The method is static and no address is given.",
    "no-arp-target": "ARP monitoring has no address to ask.",
    "no-bonding-driver": "The kernel has no bonding driver.",
    "no-boot-guard": "A power cut while the change waits is not undone at boot.",
    "no-bridge-utils": "brctl is not installed (network-scripts).",
    "no-carrier": "A slave has no link.",
    "no-carrier-at-all": "No slave has a link.",
    "no-link": "The NIC that is to have the address has no link.",
    "no-link-monitoring": "Neither miimon nor ARP monitoring is set: no failover.",
    "no-redundancy": "One NIC carries everything afterwards.",
    "no-scripts": "A stanza forbids the scripts that make bonds (ifupdown).",
    "no-such-nic": "There is no such NIC.",
    "no-xend-config": "xend's configuration is not there.",
    "not-a-slave": "The NIC is no slave of the bond.",
    "not-announced": "Nothing announces host and guests when the active slave changes.",
    "not-given-back": "A slave had a line before the bond that its file has not got again.",
    "not-roots-file": "Somebody else than root could exchange a file.",
    "not-the-operators-file": "A program writes the file that would have to be edited (netplan).",
    "on-a-slave": "A VLAN or the like stands on a slave.",
    "on-the-bond": "What is no VLAN stands on the bond, which comes under a bridge.",
    "one-address-only": "This stack's files take one address only.",
    "option-alone": "An option does nothing without another one.",
    "option-as-it-runs": "A bond runs with an option that no file says; it is written.",
    "option-kept": "The files have an option that the stack is not known to have; it stays.",
    "option-left-out": "An option of the files is not asked for, or does not fit; it is taken out.",
    "option-needs-newer-networkmanager": "This NetworkManager does not know the option.",
    "option-needs-newer-systemd": "This systemd does not know the option.",
    "option-no-slave": "An option of a port names a NIC that is no slave.",
    "option-not-expressible": "The stack's files can't say the option.",
    "option-not-in-mode": "The kernel refuses the option in this mode.",
    "option-of-a-former-port": "The bridge has an option of a port that becomes a slave.",
    "option-twice": "An option is given twice.",
    "option-without-effect": "The option has no effect in this mode.",
    "options-disagree": "Two options are one value to the kernel, and say different ones.",
    "other-bonds": "Other bonds run here, and stay.",
    "other-bridge": "The bond is in another bridge than the answers say.",
    "port-beside-bond": "The bridge has another port that leads outside: a loop is possible.",
    "port-of-another-bridge": "A file has the slave in another bridge (systemd-networkd).",
    "ports-on-bridge": "Other links are ports of the bridge that would go.",
    "primary-no-slave": "primary names no slave.",
    "profile-for-any-nic": "A profile names no NIC, and may come up on another (NetworkManager).",
    "profile-in-ifcfg-file": "A profile is kept as an ifcfg file (NetworkManager).",
    "profile-made-at-boot": "A slave's file is made again at each boot (NetworkManager, ifcfg).",
    "profile-not-read": "NetworkManager does not read a profile.",
    "proxmox": "Proxmox owns the network.",
    "qubes": "Qubes owns the network.",
    "renamed-at-boot": "A .link file gives a slave another name at the next boot.",
    "route-in-no-file": "A route runs that no file has: it goes.",
    "same-card": "Two slaves are ports of one card.",
    "same-name": "Bond and bridge have the same name.",
    "same-permanent-mac": "Two slaves have the same permanent MAC.",
    "same-physical-function": "Two slaves are functions of one port.",
    "script-names-a-link": "A script of the network or the boot names a link that changes place.",
    "second-default-route": "A second default route stays.",
    "session-cut": "The operator's own connection ends.",
    "session-moves": "The operator's own address moves to another link.",
    "session-pauses": "The operator's own connection pauses.",
    "several-addresses": "Several addresses can't be written so (ifupdown2).",
    "several-files-for-a-link": "Several files are about one link (network-scripts).",
    "several-files-with-address": "Several files have the same address (network-scripts).",
    "slave-configured-by-pattern": "A slave is configured by a pattern (netplan).",
    "slave-configured-indirectly": "A slave is configured by a mapping or template (ifupdown).",
    "slave-defined-twice": "A slave is defined in two places (netplan).",
    "slave-given-up": "A slave of today is none any more.",
    "slave-has-master": "A file has the slave in something else.",
    "slave-in-another-bridge": "A file has the slave in another bridge.",
    "slave-in-two-files": "A slave has stanzas in two files (ifupdown).",
    "slave-named-elsewhere": "Another link is made of the slave.",
    "slave-of-another-bond": "A file has the slave in another bond.",
    "slave-unclear": "Which NIC a definition means can't be told from the files (netplan).",
    "slave-unmanaged": "A file has the daemon leave the slave alone (systemd-networkd).",
    "slow-link-monitoring": "miimon is so long that a failover is late.",
    "source-not-followed": "A source line can't be followed (ifupdown, network-scripts).",
    "speeds-differ": "The slaves differ in speed.",
    "switch-setup": "The switch must be set up for this mode.",
    "systemd-too-old": "This systemd can't do it.",
    "systemd-unknown": "The version of systemd is not known.",
    "template": "A file is a template (ifupdown2).",
    "too-few-slaves": "A bond takes two slaves.",
    "two-link-monitors": "miimon and ARP monitoring are both set.",
    "two-owners": "Two network stacks own a NIC.",
    "two-renderers": "Bond, bridge and slaves have different renderers (netplan).",
    "unfit-command": "A name does not fit into a command that would be run.",
    "unknown-option": "The kernel has no such option.",
    "unknown-renderer": "The renderer is not known (netplan).",
    "unreadable-file": "A file can't be read.",
    "unsuitable-slave": "A link can't be a slave.",
    "use-carrier-obsolete": "The kernel has no use_carrier any more.",
    "use-carrier-refused": "With use_carrier=0 this kernel does not load bonding.",
    "use-carrier-unknown": "Whether the driver tells its carrier is not known.",
    "value-beyond-syntax-check": "A value is right, though `ifreload --syntax-check` objects.",
    "value-not-expressible": "The stack's files can't say that value.",
    "virtual-function": "A slave is a virtual function.",
    "wicked": "wicked owns the network.",
    "written-by-netplan": "netplan writes the file that would have to be edited.",
    "xcp-ng": "XCP-ng or XenServer owns the network.",
    "xend-bridge-active": "xend's network-bridge runs, or ran.",
    "xenserver": "XenServer's tools own the network.",
    "zone-names-a-link": "A zone of firewalld names a NIC that becomes a slave.",
}
"""Of `plan --json` (`findings`): what is found wrong in answers and host, or worth knowing.

Each is a reason for a verdict too (`health.findings.READ`), or a table below says why not."""

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
        "gap dhcp-client-changes gateway-dropped guests-kept guests-name-a-bridge "
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
        "ifupdown-ng netifrc proxmox qubes wicked xcp-ng xenserver"
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

_OWN_REASONS: Mapping[str, str] = {
    "address-below-bridge": "An address is on a slave, or on the bond below its bridge.",
    "aggregator-split": "The slaves are in different aggregators: not all of them carry.",
    "bond-down": "The bond is down.",
    "bond-unread": "Something that the verdict needs of the bond can't be read.",
    "bridge-without-address": "The bridge has no address.",
    "duplex-differs": "The slaves differ in duplex.",
    "gateway-inside": "The gateway's MAC is behind a guest's port.",
    "gateway-silent": "The gateway does not answer any more.",
    "lacp-carries-nothing": "No slave collects and distributes in the active aggregator.",
    "lacp-churned": "LACP has not settled on a port.",
    "lacp-not-in-sync": "A port is not in sync with the switch.",
    "link-flaps": "A slave has lost its link again and again.",
    "lldp-noise": "More LLDP frames come in than a switch sends.",
    "min-links-reached": "One link fewer, and min_links takes the bond down.",
    "min-links-too-many": "min_links asks for more links than the bond has slaves.",
    "mtu-differs": "A slave or the bond takes smaller frames than what stands on it.",
    "no-active-aggregator": "No aggregator is active: nothing is carried.",
    "no-active-slave": "No slave is active.",
    "no-lacp-partner": "The switch does not speak LACP.",
    "no-slaves": "The bond has no slaves.",
    "not-announced": "Nothing announces host and guests when the primary takes over again.",
    "not-in-bridge": "The bond is in no bridge, although a file has it in one.",
    "one-cable": "Two slaves are VLANs of one NIC, or functions of one port: one cable.",
    "one-card": "All slaves are ports of one card.",
    "one-slave": "The bond has one slave only.",
    "one-switch": "All slaves are plugged into one switch.",
    "option-differs": "An option runs otherwise than the files say.",
    "port-blocked": "The bridge blocks the bond's port.",
    "port-not-forwarding": "The bridge's port does not forward yet.",
    "primary-missing": "The primary is no slave.",
    "primary-not-active": "The primary is up and not active.",
    "same-permanent-mac": "Two slaves have the same permanent MAC.",
    "slave-absent": "A slave that the files name is not in the bond.",
    "slave-down": "A slave has no link.",
    "slave-going-back": "A slave has a link again; updelay is running.",
    "slave-going-down": "A slave lost its link; downdelay is running.",
    "slave-not-configured": "A slave is in no file.",
    "slave-unknown": "The state of a slave is not known.",
    "speeds-differ": "The slaves differ in speed.",
    "too-few-links": "Fewer links are up than min_links asks for.",
}
REASONS: Mapping[str, str] = dict(
    sorted({**_OWN_REASONS, **{code: FINDINGS[code] for code in READ}}.items())
)
"""Of `status --json` (`reasons`) and the metrics: why a verdict is not "healthy", or to know of."""

EVENTS: Mapping[str, str] = {
    "active-slave": "Another slave is active.",
    "bond-found": "The bond is there, at the beginning or again.",
    "bond-gone": "The bond is gone.",
    "drill-failed": "A failover drill failed.",
    "drill-passed": "A failover drill passed.",
    "drill-started": "A failover drill begins: link failures until its end are its own.",
    "drill-stopped": "A failover drill was stopped.",
    "failure": "The bond counted a failure of a slave that is up again already.",
    "gateway-back": "The gateway answers again.",
    "gateway-silent": "The gateway does not answer any more.",
    "link-down": "A slave's link went.",
    "link-up": "A slave's link came.",
    "no-active-slave": "No slave is active.",
    "slave-added": "A slave was enslaved.",
    "slave-down": "The bond holds a slave for down.",
    "slave-going-back": "The bond waits for updelay.",
    "slave-going-down": "The bond waits for downdelay.",
    "slave-re-enslaved": "A slave left and came again.",
    "slave-removed": "A slave was released.",
    "slave-unknown": "The bond does not know a slave's state.",
    "slave-up": "The bond holds a slave for up.",
    "verdict-degraded": "The verdict is degraded now.",
    "verdict-down": "The verdict is down now.",
    "verdict-healthy": "The verdict is healthy now.",
    "verdict-misconfigured": "The verdict is misconfigured now.",
    "verdict-unknown": "Nothing is seen to be wrong now, and something that counts can't be read.",
}
"""Of the timeline and `xenbond events`."""

ERRORS: Mapping[str, str] = {
    "not-permitted": "Whoever runs it may not look: only root may.",
    "refused": "Refused or failed; the text says what was left untouched.",
    "step-failed": "A step of a change did not do what it should.",
    "usage": "The command line is wrong.",
}
"""Of `XenbondError.code`: what a command that could not do its work ends with."""
