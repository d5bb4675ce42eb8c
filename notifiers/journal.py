"""The edge to a file: one JSON line per alert, for people who pipe."""

import json
import os
from pathlib import Path

from monitor.errors import DeliveryError
from monitor.model import Alert, Delivery, Json, to_plain
from notifiers.message import render


class JournalNotifier:
    """Appends each alert to a JSON Lines file. A line torn by a crash stays alone: the next one starts on its own."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, alert: Alert, *, delivery: Delivery) -> None:
        """Write one line and flush it to disk; raises DeliveryError when the file cannot be written."""
        line = json.dumps(_record(alert, delivery), ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
        try:
            self._append(line)
        except FileNotFoundError as error:
            raise DeliveryError(
                f"cannot write {self._path.name}: the folder {self._path.parent} does not exist"
            ) from error
        except OSError as error:
            raise DeliveryError(f"cannot write {self._path.name}: {error.strerror or type(error).__name__}") from error

    def _append(self, line: bytes) -> None:
        with self._path.open("ab+") as file:
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                line = line if file.read(1) == b"\n" else b"\n" + line
            file.write(line)
            file.flush()
            os.fsync(file.fileno())


def _record(alert: Alert, delivery: Delivery) -> dict[str, Json]:
    message = render(alert, delivery)
    return {
        "alert": alert.id,
        "delivery": delivery.id,
        "channel": delivery.channel,
        "maybe_duplicate": delivery.maybe_duplicate,
        "created_at": to_plain(alert.created_at),
        "severity": alert.severity.value,
        "publisher": alert.publisher,
        "guide": alert.guide,
        "purpose": alert.purpose.value,
        "parts": list(alert.parts),
        "subject": message.subject,
        "text": message.plain,
        "items": to_plain(alert.items),
    }
