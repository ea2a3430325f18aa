"""What xenbond sees around bond0 for SECONDS: the codes of its reasons, switch ports, the gateway.

surroundings.py SECONDS     prints JSON
"""

import json
import sys
import time

from xenbond_tui import compose
from xenbond_tui.health.around import Around
from xenbond_tui.health.state import read_state
from xenbond_tui.health.verdict import judge

machine = compose.live()
around = Around(machine)
until = time.monotonic() + float(sys.argv[1])
codes: set[str] = set()
answered = 0
ports: set[str] = set()
while time.monotonic() < until:
    state = read_state(machine, "bond0")
    assert state is not None
    state = around.add(state)
    codes |= {reason.code for reason in judge(state).reasons}
    ports |= {port.system for port in state.switch_ports.values()}
    if state.gateway is not None:
        answered = max(answered, state.gateway.sent - state.gateway.lost)
    time.sleep(0.2)
around.stop()
print(json.dumps({"codes": sorted(codes), "switches": sorted(ports), "answered": answered}))
