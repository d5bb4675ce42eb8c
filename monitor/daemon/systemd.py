"""What systemd is told: ready, still alive, stopping (sd_notify(3)). Does nothing where nobody listens."""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from time import CLOCK_MONOTONIC, clock_gettime_ns


def notify(environ: Mapping[str, str], *lines: str) -> None:
    """Send these lines as one datagram to the socket that systemd named; a socket that is gone is no matter."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as speaker:
        speaker.connect(address.replace("@", "\0", 1) if address.startswith("@") else address)
        speaker.sendall("\n".join(lines).encode())


def reloading() -> tuple[str, ...]:
    """What ``Type=notify-reload`` wants to hear when a reload begins."""
    return "RELOADING=1", f"MONOTONIC_USEC={clock_gettime_ns(CLOCK_MONOTONIC) // 1000}"


def watchdog_seconds(environ: Mapping[str, str]) -> float | None:
    """How often systemd wants a sign of life at least; None when it does not ask this process."""
    wanted = environ.get("WATCHDOG_USEC", "")
    if environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()) or not wanted.isdigit():
        return None
    return int(wanted) / 1_000_000 or None
