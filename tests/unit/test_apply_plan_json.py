"""Plans kept as JSON come back equal, byte for byte, or are refused as damaged."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from xenbond_tui.apply.codec import decode, encode
from xenbond_tui.apply.plan_json import plan_from_json, plan_to_json
from xenbond_tui.apply.record import Header
from xenbond_tui.facts.bridge import BridgePort, BridgeState
from xenbond_tui.facts.link import Address, Link
from xenbond_tui.facts.network import KernelSnapshot
from xenbond_tui.facts.routing import Route
from xenbond_tui.plan.actions import (
    AddAddress,
    AddBond,
    AddBridge,
    AddRoute,
    Announce,
    DelAddress,
    DeleteLink,
    DelRoute,
    ExchangePort,
    FlushAddresses,
    LendAddresses,
    PlugBeside,
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
    WaitFor,
    WaitForAddress,
    WaitForRouter,
    WriteFiles,
)
from xenbond_tui.plan.file_change import FileChange
from xenbond_tui.plan.plan import Expected, Plan, Step

words = st.text(max_size=20)
seconds = st.floats(allow_nan=False) | st.integers(0, 600).map(float)
content = st.none() | st.binary(max_size=60) | st.text(max_size=40).map(str.encode)
addresses = st.builds(Address, words, st.integers(0, 128), st.sampled_from((4, 6)))
routes = st.builds(Route, words, st.none() | words, words, metric=st.none() | st.integers())
actions = st.one_of(
    st.builds(Run, st.lists(words).map(tuple), seconds, st.lists(st.integers()).map(tuple)),
    st.sampled_from((WriteFiles(), RestoreFiles(), RestoreNetwork(), RestoreSysctls())),
    st.builds(AddAddress, words, addresses),
    st.builds(DelAddress, words, addresses),
    st.builds(AddRoute, routes),
    st.builds(DelRoute, routes),
    st.builds(Announce, words),
    st.builds(Reach, words, words, seconds),
    st.builds(SetSysctls, st.dictionaries(words, words)),
    st.builds(AddBridge, words, words),
    st.builds(AddBond, words, st.dictionaries(words, words)),
    st.builds(SetBondOption, words, words, words),
    st.builds(WaitForAddress, words, words, seconds, st.booleans()),
    st.builds(WaitForRouter, words, seconds),
    st.builds(PlugBeside, words, words, words),
    st.builds(ExchangePort, words, words, words),
    st.builds(LendAddresses, words, words),
    st.builds(ReturnLent, words),
    st.builds(SetMtu, words, st.integers(68, 65535)),
    st.builds(SetRuntimeFile, words, st.none() | words),
    st.builds(FlushAddresses, words),
    st.builds(SetLink, words, st.booleans()),
    st.builds(SetMac, words, words),
    st.builds(DeleteLink, words),
    st.builds(SetMaster, words, st.none() | words),
    st.builds(WaitFor, words, words, seconds),
)
steps = st.lists(st.builds(Step, words, actions, st.booleans()), max_size=6).map(tuple)
modes = st.integers(0, 0o7777)
changes = st.builds(FileChange, words, content, content, modes, st.none() | modes, words)
expectations = st.builds(
    Expected,
    words,
    st.lists(words).map(tuple),
    st.dictionaries(words, words),
    st.none() | words,
    st.lists(addresses).map(tuple),
    st.lists(routes).map(tuple),
    st.booleans(),
)
plans = st.builds(
    Plan,
    words,
    st.lists(changes, max_size=5).map(tuple),
    steps,
    steps,
    st.none() | expectations,
    words,
)


@given(plans)
def test_plan_comes_back_equal(plan: Plan) -> None:
    assert plan_from_json(plan_to_json(plan)) == plan


def test_text_stays_readable_in_the_file() -> None:
    plan = Plan("ifcfg", (FileChange("/etc/x", b"DEVICE=eth0\n", b"\xff\xfe"),), (), ())
    change = json.loads(plan_to_json(plan))["plan"]["changes"][0]
    assert change["before"] == {"text": "DEVICE=eth0\n"}
    assert change["after"] == {"base64": "//4="}


def test_network_snapshot_comes_back_equal() -> None:
    eth0 = Link("eth0", 2, "", "aa:bb:cc:dd:ee:ff", "", "current", True, None, 1500)
    bridge = BridgeState("xenbr0", "", True, 1.5, (BridgePort("eth0"),), (Address("fe80::1", 64),))
    snapshot = KernelSnapshot((eth0,), (Route("default", None, "eth0"),), (), (bridge,))
    assert decode(KernelSnapshot, json.loads(json.dumps(encode(snapshot)))) == snapshot


def broken(change: dict[str, Any]) -> str:
    document = json.loads(plan_to_json(Plan("ifcfg", (), (Step("x", WriteFiles()),), ())))
    document["plan"].update(change)
    return json.dumps(document)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"version": 2, "plan": {}}',
        '{"version": 1}',
        broken({"forward": [{"is": "Step", "label": "x", "action": {"is": "FormatDisk"}}]}),
        broken({"stack": 7}),
        broken({"changes": [{"is": "FileChange", "path": "/x"}]}),
        broken({"changes": {"is": "FileChange"}}),
        broken({"expected": "yes"}),
    ],
)
def test_damaged_plan_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        plan_from_json(text)


def test_a_step_that_an_earlier_version_has_stored_stops_nothing_either() -> None:
    """An undo of its change has the steps of its rollback, which find some things done already."""
    plan = Plan("ifupdown", (), (), (Step("Take bond0 down", Run(("ifdown", "bond0")), True),))
    stored = plan_to_json(plan).replace('"best_effort"', '"may_fail"')
    assert '"may_fail": true' in stored
    assert plan_from_json(stored) == plan


def test_a_plan_that_an_earlier_version_has_stored_is_read_under_its_old_names() -> None:
    step = Step("Set bond0 down", SetLink("bond0", up=False), True)
    plan = Plan(
        "networkmanager",
        (),
        (step,),
        (Step("Restore the files", RestoreFiles()), step),
        nm_checkpoint=True,
    )
    stored = plan_to_json(plan)
    for name, old in (
        ('"forward"', '"up"'),
        ('"rollback"', '"down"'),
        ('"best_effort"', '"may_fail"'),
        ('"nm_checkpoint": true', '"second_clock": "networkmanager"'),
    ):
        assert name in stored
        stored = stored.replace(name, old)
    assert plan_from_json(stored) == plan
    without = stored.replace('"second_clock": "networkmanager"', '"second_clock": ""')
    assert plan_from_json(without) == replace(plan, nm_checkpoint=False)


def test_a_header_that_an_earlier_version_has_stored_is_read_under_its_old_name() -> None:
    header = Header("1", "apply", "networkd", "", 0.0, 60.0, (), expect_disconnect=True)
    stored = json.loads(json.dumps(encode(header)).replace('"expect_disconnect"', '"cut_off"'))
    assert stored["cut_off"] is True
    assert decode(Header, stored) == header


def test_a_whole_number_of_seconds_is_as_good_as_one_with_a_point() -> None:
    plan = Plan(
        "networkd", (), (Step("w", Run(("true",), 60.0)), Step("x", WaitFor("a", "up"))), ()
    )
    stored = plan_to_json(plan)
    assert "60.0" in stored
    again = plan_from_json(stored.replace("60.0", "60"))
    assert again == plan
    assert [type(step.action.timeout) for step in again.forward] == [float, float]  # type: ignore[union-attr]
