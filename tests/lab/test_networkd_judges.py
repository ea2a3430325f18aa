"""systemd-networkd itself reads every golden tree of its stack: not one word of complaint.

It runs until it has read them, in namespaces of its own, where the kernel may have no bonding: what
it makes of the files it says while it reads them.
"""

import re
from pathlib import Path

import pytest

from tests.lab.judge import judge

GOLDEN = Path(__file__).parent.parent / "golden" / "networkd"
READ = """\
cp -r /mnt/etc/systemd/network /tmp/network
chmod -R a+rX /tmp/network
mount --bind /tmp/network /etc/systemd/network
install -d -o systemd-network -g systemd-network /run/systemd/netif
ip link add eth0 address 00:50:da:7a:51:45 type veth peer name far0
ip link add eth1 address 00:14:22:36:f1:fa type veth peer name far1
SYSTEMD_LOG_TARGET=console SYSTEMD_LOG_LEVEL=debug timeout 100 /lib/systemd/systemd-networkd \
    >/tmp/log 2>&1 & pid=$!
# The bridge is made after that, so that its name alone says that all of it was taken up.
until { grep -q 'Enumeration completed' /tmp/log && grep -q xenbr0 /tmp/log; } || ! kill -0 $pid
do sleep 0.02; done
kill $pid; wait $pid
cat /tmp/log
"""
COMPLAINT = re.compile(r"^/etc/systemd/network/(?!\S+: Successfully loaded\.$).*$", re.MULTILINE)
"""What it says of a file begins with the file's path; from 256 on also that there is nothing."""


def complaints(files: dict[str, str]) -> list[str]:
    """Lines of its log that are about files; what it was asked to read must be among them."""
    done = judge("modern", files, "sh", "-c", READ).done
    log = done.out + done.err
    assert "Enumeration completed" in log, log
    assert "xenbr0" in log, log
    return COMPLAINT.findall(log)


def etc(tree: Path) -> dict[str, str]:
    """The tree's files under /etc: those below /run are another program's."""
    return {
        f"/{path.relative_to(tree)}": path.read_bytes().decode()
        for path in sorted((tree / "etc").rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("case", sorted(path.name for path in GOLDEN.iterdir()))
def test_networkd_has_nothing_to_say_against_our_files(lab: None, case: str) -> None:
    assert complaints(etc(GOLDEN / case / "after")) == []


def test_it_would_say_so(lab: None) -> None:
    """The judge is awake: a key that is none, and a value that is none, are told by line."""
    files = etc(GOLDEN / "installer" / "after")
    path = next(name for name in files if name.endswith("bond0.netdev"))
    files[path] = files[path].replace("Mode=active-backup", "Mode=sometimes\nUseCarrier=no")
    assert [line.partition(":")[2][:2] for line in complaints(files)] == ["7:", "8:"]
