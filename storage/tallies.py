"""Counts over a stretch of time: how often each source was read, and how often well."""

from datetime import datetime

from sqlalchemy import Connection, case, func, select

from monitor.model import GOOD_OUTCOMES
from monitor.ports import Tally
from storage import schema

_check = schema.check
_GOOD = tuple(outcome.value for outcome in GOOD_OUTCOMES)


def reads_between(connection: Connection, since: datetime, until: datetime) -> dict[str, Tally]:
    """The reads of each source after ``since``, up to ``until``, by source id."""
    good = func.sum(case((_check.c.outcome.in_(_GOOD), 1), else_=0))
    within = (_check.c.checked_at > since, _check.c.checked_at <= until)
    query = select(_check.c.source, func.count().label("reads"), good.label("good")).where(*within)
    rows = connection.execute(query.group_by(_check.c.source))
    return {row.source: Tally(reads=row.reads, good=int(row.good)) for row in rows}
