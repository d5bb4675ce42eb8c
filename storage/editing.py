"""Notices which assumptions of a guide were edited since it was last loaded: what was said of the old ones is void."""

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from monitor.model import Assumption, Guide, digest
from storage import schema, ticking
from storage.sealing import delete_rows

_PREFIX = "guide:"
_verdict = schema.verdict


def bases_of(guide: Guide) -> dict[str, str]:
    """What each assumption rests on, as a short digest by id; wording, owner and watch scopes are no part of it."""
    return {item.id: _basis(item) for item in guide.assumptions}


def _basis(item: Assumption) -> str:
    expect = item.expect
    asked = (expect.fact, expect.phrase, str(expect.operator), expect.operand) if expect else ()
    where = sorted(expect.where.items()) if expect else ()
    return digest(repr(asked), repr(where), repr(item.sources), repr(item.max_age), length=12)


def remembered(connection: Connection) -> dict[str, dict[str, str]]:
    """The digests last remembered, by guide."""
    notes = ticking.notes(connection, _PREFIX)
    return {key.removeprefix(_PREFIX): json.loads(value) for key, value in notes.items()}


def forget_edited(connection: Connection, guides: Sequence[Guide], before: Mapping[str, Mapping[str, str]]) -> None:
    """Drop the recorded verdict of what was edited or taken out; the next check of its sources judges it anew."""
    for guide in guides:
        known, now = before.get(guide.id, {}), bases_of(guide)
        if known == now:
            continue
        for name in (name for name, basis in known.items() if now.get(name) != basis):
            same = (_verdict.c.guide == guide.id) & (_verdict.c.assumption == name)
            delete_rows(connection, _verdict, same)
        ticking.note(connection, f"{_PREFIX}{guide.id}", json.dumps(now))
