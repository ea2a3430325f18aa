"""The stacks' own programs on trees of files: what they complain of, and what they understood."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.lab.corpus.way import Tree
from tests.lab.judge import judge


@dataclass(frozen=True, slots=True)
class Program:
    """How a stack's own program is asked."""

    flavour: str
    """Which root has it."""
    script: str
    """Shell, run in the tree's folder: complaints to stderr."""
    understood: str
    """Regular expression: in what it printed of a tree with bond and bridge."""
    noise: str = r"^Terminated$"
    """Regular expression: lines that are no complaints."""


_IFQUERY = "ifquery -i $PWD/etc/network/interfaces"
# Its log is emptied before it starts, not by its start: a line of the tree before would be found.
_NETWORKD = """\
rm -rf /tmp/network; cp -r etc/systemd/network /tmp/network 2>/tmp/none || mkdir /tmp/network
chmod -R a+rX /tmp/network
umount /etc/systemd/network 2>/tmp/none; mount --bind /tmp/network /etc/systemd/network
install -d -o systemd-network -g systemd-network /run/systemd/netif
: >/tmp/log
SYSTEMD_LOG_TARGET=console SYSTEMD_LOG_LEVEL=debug timeout 100 \
    unshare --net /lib/systemd/systemd-networkd >>/tmp/log 2>&1 & pid=$!
until grep -q 'Enumeration completed' /tmp/log || ! kill -0 $pid; do sleep 0.02; done
grep -q 'Enumeration completed' /tmp/log || echo "networkd ended before it had read all" >&2
kill $pid; wait $pid 2>/tmp/none
grep '^/etc/systemd/network/' /tmp/log | grep -v 'Successfully loaded' >&2
cat /tmp/network/*.netdev /tmp/network/*.network 2>/tmp/none
"""
PROGRAMS: Mapping[str, Program] = {
    "ifcfg": Program(
        "sysconfig",
        'cd etc/sysconfig/network-scripts; for f in ifcfg-*; do bash -n "$f"; done\n'
        "(. ./ifcfg-bond77; echo $DEVICE in $BRIDGE; . ./ifcfg-xenbr77; echo $DEVICE $TYPE) "
        "2>/tmp/none",
        "bond77 in xenbr77\nxenbr77 Bridge",
    ),
    "ifupdown": Program(
        "dhcp",
        "ifup -i $PWD/etc/network/interfaces --state-dir /tmp --no-act --no-scripts --force -a "
        f"2>&1 >/tmp/none | grep '^ifup: ' >&2\n{_IFQUERY} xenbr77 2>/tmp/none",
        "bond77",
    ),
    "ifupdown2": Program(
        "ifupdown2",
        f"mountpoint -q /var/tmp || mount -t tmpfs tmpfs /var/tmp\n{_IFQUERY} -a",
        r"iface xenbr77[^\n]*\n([ \t].*\n)*[ \t]+bridge[-_]ports bond77\n",
    ),
    "netplan": Program(
        "modern",
        "/usr/libexec/netplan/generate --root-dir $PWD\n"
        "cat run/systemd/network/*xenbr77* run/NetworkManager/system-connections/*xenbr77*",
        r"(Name|interface-name)=xenbr77\n",
        r"Cannot call Open vSwitch|^cat: .*",
    ),
    "networkd": Program("modern", _NETWORKD, "Name=xenbr77\n"),
    "networkmanager": Program(
        "modern",
        "cd etc/NetworkManager/system-connections\n"
        "for f in *.nmconnection; do\n"
        "  nmcli --offline connection modify connection.zone '' <\"$f\"\n"
        "done",
        "interface-name=bond77\n",
    ),
}
_EACH = r"""\
cd /mnt
for n in $(ls); do
    cd /mnt/$n; printf '\n@@ %s\n' $n; printf '\n@@ %s\n' $n >&2
    ( {script}
    ) 2>/tmp/said; grep -v '^$' /tmp/said >&2; : >/tmp/none
done
true
"""


@dataclass(frozen=True, slots=True)
class Said:
    """What a program said of a tree."""

    complaints: frozenset[str]
    """Without numbers of lines, which move."""
    printed: str


_NUMBERS = re.compile(r" ?[\d:]+\.\d{3}: |:\d+|line \d+|/mnt/\d{5}")
"""Of lines, of trees, of the time of day."""
AT_ONCE = 30
"""Trees of one run of the judge, which has three minutes."""


def asked(stack: str, trees: Sequence[Tree]) -> list[Said]:
    """What the stack's own program says of each of these trees."""
    pieces = (trees[at : at + AT_ONCE] for at in range(0, len(trees), AT_ONCE))
    return [said for piece in pieces for said in _asked(PROGRAMS[stack], piece)]


def _asked(program: Program, trees: Sequence[Tree]) -> list[Said]:
    files = {
        f"/{number:05}{path}": _moved(data.decode(), number)
        for number, tree in enumerate(trees)
        for path, (_, data) in tree.items()
        if path != "/etc/modprobe.d/xenbond.conf"
    }
    done = judge(program.flavour, files, "sh", "-c", _EACH.replace("{script}", program.script)).done
    printed, complaints = _by_tree(done.out), _by_tree(done.err)
    noise = re.compile(program.noise)
    return [
        Said(
            frozenset(
                _NUMBERS.sub("", line)
                for line in complaints.get(number, "").splitlines()
                if line and not noise.search(line)
            ),
            printed.get(number, ""),
        )
        for number in range(len(trees))
    ]


def _moved(text: str, number: int) -> str:
    """interfaces(5) names the files that it sources by their whole paths."""
    return text.replace("/etc/network/", f"/mnt/{number:05}/etc/network/")


def _by_tree(text: str) -> dict[int, str]:
    pieces = re.split(r"^@@ (\d{5})\n", text, flags=re.M)
    return {int(number): said for number, said in zip(pieces[1::2], pieces[2::2], strict=True)}
