"""What a visitor may write: closing a recheck and acknowledging an alert. Nothing else changes anything."""

import getpass
from collections.abc import Callable, Mapping

from monitor.errors import UsageError
from monitor.web.desk import Asked, Desk, MissingError
from monitor.web.links import live_links

OUTCOMES = {"holds": "It still holds", "updated": "I updated the guide", "dropped": "I dropped the claim"}
_LONGEST_NOTE, _LONGEST_NAME = 2000, 100

Fields = Mapping[str, str]
Write = Callable[[Desk, Asked, Fields], str]
"""Does what a form asks and returns the address to go on at."""


class ForgedError(UsageError):
    """A form that this process did not serve."""


def close_recheck(desk: Desk, asked: Asked, fields: Fields) -> str:
    """Close one recheck with what was found."""
    outcome = fields.get("outcome", "")
    if outcome not in OUTCOMES:
        raise UsageError("Say what you found: that it still holds, that you updated the guide, or dropped the claim.")
    number = asked.params["recheck"]
    if not number.isdecimal():
        raise MissingError(f"There is no recheck {number!r}.")
    closed = desk.store.close_recheck(
        int(number),
        outcome=outcome,
        note=fields.get("note", "").strip()[:_LONGEST_NOTE] or None,
        by=_name(fields),
        now=desk.now,
    )
    return live_links("/rechecks", closed=closed.id)


def acknowledge(desk: Desk, asked: Asked, fields: Fields) -> str:
    """Say that somebody knows of an alert."""
    note = fields.get("note", "").strip()[:_LONGEST_NOTE] or None
    desk.store.acknowledge(asked.params["alert"], desk.now, by=_name(fields), note=note)
    return live_links("/alerts", acknowledged=asked.params["alert"])


def _name(fields: Fields) -> str:
    return fields.get("by", "").strip()[:_LONGEST_NAME] or getpass.getuser()


FORMS: Mapping[str, Write] = {
    "/rechecks/{recheck}": close_recheck,
    "/alerts/{alert}": acknowledge,
}
"""Each address a form is sent to."""
