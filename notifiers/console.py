"""The edge to a terminal or a log: prints alerts as plain text."""

import sys
from typing import TextIO

from monitor.errors import DeliveryError
from monitor.model import Alert, Delivery
from notifiers.message import render

_RULE = "=" * 72


class ConsoleNotifier:
    """Prints each alert to a stream, standard output unless another is given."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    def send(self, alert: Alert, *, delivery: Delivery) -> None:
        """Print the alert; raises DeliveryError when the stream takes nothing more."""
        stream = self._stream or sys.stdout
        encoding = getattr(stream, "encoding", None) or "utf-8"
        text = f"{_RULE}\n{render(alert, delivery).plain}\n"
        try:
            stream.write(text.encode(encoding, "replace").decode(encoding))
            stream.flush()
        except (OSError, ValueError) as error:
            raise DeliveryError(f"the console takes no more text: {type(error).__name__}") from error
