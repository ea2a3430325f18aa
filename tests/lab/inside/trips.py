"""Runs in the guest: sends a byte through a session and back every 20 ms, until SIGINT.

trips.py COMMAND...             a command that gives back what it is sent (ssh HOST cat)

Prints "in session" when the first has come back, then how many did and the longest any took, in
seconds. Ends with an error when the session does.
"""

import os
import signal
import subprocess
import sys
import time

stop = []
signal.signal(signal.SIGINT, lambda *_: stop.append(1))
session = subprocess.Popen(
    sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, start_new_session=True
)
assert session.stdin is not None
assert session.stdout is not None
worst = 0.0
trips = 0
while not stop:
    began = time.monotonic()
    os.write(session.stdin.fileno(), b"x")
    if os.read(session.stdout.fileno(), 1) != b"x":
        sys.exit("the session has ended")
    if trips:
        worst = max(worst, time.monotonic() - began)
    else:
        print("in session", flush=True)
    trips += 1
    time.sleep(0.02)
session.stdin.close()
if session.wait(10) != 0:
    sys.exit("the session has ended")
print(trips, worst)
