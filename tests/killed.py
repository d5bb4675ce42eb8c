"""A process that raises and delivers alerts over and over and is killed at a chosen step; run by test_kills.

Each line on standard input is a job: the time, the alerts there should be, and the step to die at (0: none; -1: the
moment after a receiver has taken something). Each job runs in a child of its own, so that a job costs no start of the
interpreter; how it ended is answered in a line.
"""

import http.client
import json
import os
import random
import signal
import sys
import threading
import traceback
from datetime import datetime
from typing import Any

from alerts import fee_alert
from sqlalchemy import Engine, event

from monitor.deliver import deliver_due
from monitor.errors import DeliveryError
from monitor.model import Alert, Channel, Delivery, Severity
from storage.store import open_store

CHANNELS = (
    Channel(name="hook", url="x://", max_per_hour=0),
    Channel(name="digest", url="x://", digest="*/10 * * * *"),
    Channel(name="flood", url="x://", max_per_hour=2),
)
TAKEN = -1
"""As the step to die at: the moment after a receiver has taken something."""


class Fuse:
    """Counts steps, of whichever thread, and kills the process at one of them."""

    def __init__(self, burns_at: int) -> None:
        self._left, self._burns = burns_at, burns_at > 0
        self._lock = threading.Lock()

    def step(self, *_: object) -> None:
        with self._lock:
            self._left -= self._left > 0
            if self._left == 0 and self._burns:
                os.kill(os.getpid(), signal.SIGKILL)

    def taken(self) -> None:
        if self._left == TAKEN:
            os.kill(os.getpid(), signal.SIGKILL)
        self.step()


class Poster:
    """Posts to the receiver, with steps before, between and after."""

    def __init__(self, port: int, fuse: Fuse) -> None:
        self._port, self._fuse = port, fuse

    def send(self, alert: Alert, *, delivery: Delivery) -> None:
        told = {"channel": delivery.channel, "alerts": alert.parts or [alert.id], "repeat": delivery.maybe_duplicate}
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            self._fuse.step()
            connection.request("POST", "/", body=json.dumps(told))
            self._fuse.step()
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException):
            raise DeliveryError("lost", maybe_accepted=True) from None
        finally:
            connection.close()
        if status != http.client.OK:
            self._fuse.step()
            raise DeliveryError("busy")
        self._fuse.taken()


def work(job: dict[str, Any], database: str, port: int) -> None:
    now = datetime.fromisoformat(job["now"])
    fuse = Fuse(job["burns_at"])
    with open_store(database, now=now) as store:
        for moment in ("before_cursor_execute", "after_cursor_execute", "commit"):
            event.listen(Engine, moment, fuse.step)
        raised = {row.alert for row in store.deliveries()}
        for name, made, urgent in job["alerts"]:
            severity = Severity.URGENT if urgent else Severity.NOTICE
            made_at = datetime.fromisoformat(made)
            names = tuple(channel.name for channel in CHANNELS)
            if name not in raised:
                store.raise_alert(fee_alert(id=name, created_at=made_at, severity=severity, channels=names))
        notifiers = {channel.name: Poster(port, fuse) for channel in CHANNELS}
        deliver_due(store, notifiers, now=lambda: now, rng=random.Random(1), channels=CHANNELS)  # noqa: S311 - tests


def main() -> None:
    database, port = sys.argv[1], int(sys.argv[2])
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                work(json.loads(line), database, port)
            except BaseException:  # noqa: BLE001 - whatever it is, the parent must hear of it
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
