"""Networks that another product owns: known by each of its signs, and refused with what to do."""

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from facts_builder import make_facts

from xenbond_tui import cli, planner
from xenbond_tui.answers import Answers, BondAnswers, BridgeAnswers, SetUp
from xenbond_tui.rules.findings import Severity
from xenbond_tui.rules.unsupported_platform import UNSUPPORTED_PLATFORMS, unsupported

CASES = [(row.code, group) for row in UNSUPPORTED_PLATFORMS for group in row.evidence]


@pytest.mark.parametrize(("code", "group"), CASES)
def test_every_foreign_network_is_known_by_each_of_its_signs(
    code: str, group: Iterable[str]
) -> None:
    finding = unsupported(make_facts(present=group), Answers())
    assert finding is not None
    assert (finding.code, finding.severity) == (code, Severity.REFUSE)


def test_one_half_of_a_sign_is_none() -> None:
    assert unsupported(make_facts(present=["/usr/sbin/wicked"]), Answers()) is None
    assert unsupported(make_facts(present=["/etc/init.d/network"]), Answers()) is None


def test_on_xcp_ng_the_commands_to_run_have_this_hosts_nics() -> None:
    facts = make_facts(present=["/etc/xensource-inventory"])
    finding = unsupported(facts, Answers())
    assert finding is not None
    for name in ("eth0", "eth1"):
        assert f"xe pif-list host-name-label=dom0 device={name} params=uuid --minimal" in (
            finding.remedy
        )
    assert "xe network-create name-label=bond0" in finding.remedy
    assert re.search(r"xe bond-create network-uuid=\S+ pif-uuids=\S+ mode=active", finding.remedy)
    chosen = Answers(bond=BondAnswers(slaves=("eth4", "eth5")))
    other = unsupported(facts, chosen)
    assert other is not None
    assert "device=eth5" in other.remedy


def test_a_host_is_also_known_by_its_os_release() -> None:
    system = replace(make_facts().system, distribution_id="xcp-ng")
    finding = unsupported(make_facts(system=system), Answers())
    assert finding is not None
    assert finding.where == "ID=xcp-ng in /etc/os-release"


def test_a_foreign_network_is_refused_whatever_stack_is_named() -> None:
    interfaces = "auto eth0\niface eth0 inet static\n    address 192.168.0.222/24\n"
    facts = make_facts(
        files={"/etc/network/interfaces": interfaces}, present=["/etc/pve", "/sbin/ifup"]
    )
    answers = Answers(
        stack="ifupdown",
        bond=BondAnswers(slaves=("eth0", "eth1")),
        bridge=BridgeAnswers(addresses=("192.168.0.222/24",)),
    )
    proposal = planner.propose(facts, SetUp(answers))
    assert proposal.plan is None
    assert [finding.code for finding in proposal.findings] == ["proxmox"]


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_another_systems_tree_of_xcp_ng_is_refused_and_nothing_is_written(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    (root / "etc/xensource-inventory").write_text("PRODUCT_BRAND='XCP-ng'\n")
    answers = tmp_path / "answers.yaml"
    answers.write_text("version: 1\nbond:\n  slaves: [eth0, eth1]\n")
    assert cli.run([command, "--answers", str(answers), "--root", str(root)]) == 2
    error = capsys.readouterr().err
    assert "XCP-ng or XenServer" in error
    assert "xe bond-create" in error
    assert not (root / "etc/network").exists()
