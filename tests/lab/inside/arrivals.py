"""The switch's own log of the probes that reach it.

    arrivals.py FILE

Makes FILE when it has begun to listen. Prints, at SIGTERM, one list for each sender of echo
requests (its identifier): [seconds since the epoch, sequence number] of every request, the time as
the kernel took it when the frame came (SO_TIMESTAMPNS, socket(7)).
"""

import json
import signal
import socket
import struct
import sys
from pathlib import Path
from types import FrameType

REQUEST = 8
SO_TIMESTAMPNS = 35


def main() -> None:
    """Listen until told to stop."""
    wire = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    wire.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    seen: dict[int, list[tuple[float, int]]] = {}

    def stop(number: int, frame: "FrameType | None") -> None:
        print(json.dumps(list(seen.values())), flush=True)
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    Path(sys.argv[1]).touch()
    while True:
        data, said, _, _ = wire.recvmsg(2048, socket.CMSG_SPACE(16))
        icmp = data[(data[0] & 15) * 4 :]
        if icmp[0] != REQUEST:
            continue
        ident, number = struct.unpack("!HH", icmp[4:8])
        for _, kind, stamp in said:
            if kind == SO_TIMESTAMPNS:
                seconds, nanoseconds = struct.unpack("@ll", stamp)
                seen.setdefault(ident, []).append((seconds + nanoseconds * 1e-9, number))


if __name__ == "__main__":
    main()
