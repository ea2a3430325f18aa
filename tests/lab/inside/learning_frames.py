"""Which MACs a switch is taught: the sources of the RARP frames it hears.

learning_frames.py FILE BRIDGE      makes FILE when it listens; prints JSON at SIGTERM
"""

import json
import signal
import socket
import sys
from pathlib import Path
from types import FrameType

RARP = 0x8035


def main() -> None:
    """Listen until told to stop."""
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(RARP))
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    taught: set[str] = set()

    def stop(number: int, frame: "FrameType | None") -> None:
        print(json.dumps(sorted(taught)), flush=True)
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    Path(sys.argv[1]).touch()
    while True:
        frame, sender = wire.recvfrom(2048)
        if sender[0] == sys.argv[2] and sender[2] != socket.PACKET_OUTGOING:
            taught.add(frame[6:12].hex(":"))


if __name__ == "__main__":
    main()
