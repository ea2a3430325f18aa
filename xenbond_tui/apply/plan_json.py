"""A Plan as JSON text, so that a change can be undone long after the program that made it ended."""

import json
from typing import Any

from xenbond_tui.apply.codec import decode, encode
from xenbond_tui.host.document import parse
from xenbond_tui.plan.plan import Plan

VERSION = 1


def plan_to_json(plan: Plan) -> str:
    """The plan as JSON; `plan_from_json` gives back an equal one, file contents byte for byte."""
    return json.dumps({"version": VERSION, "plan": encode(plan)}, indent=1)


def plan_from_json(text: str) -> Plan:
    """The plan that was written by `plan_to_json`.

    Raises:
        ValueError: the text is damaged or of another version.
    """
    document = parse(text.encode("utf-8", "surrogatepass"), endless=True)
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise ValueError(f"not a plan of version {VERSION}")
    plan: Plan = decode(Plan, _as_today(document.get("plan")))
    return plan


def _as_today(stored: Any) -> Any:
    """Earlier versions named who has the checkpoint; there was NetworkManager alone."""
    if not isinstance(stored, dict) or "second_clock" not in stored:
        return stored
    return {**stored, "nm_checkpoint": stored["second_clock"] == "networkmanager"}
