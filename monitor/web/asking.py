"""Reading what a visitor asked for in the query of an address."""

from datetime import datetime

from monitor.browsing import Sift
from monitor.moments import parse_moment
from monitor.web.desk import Asked, Desk

_MOST = 200


def sift_of(desk: Desk, asked: Asked, *, limit: int = 50) -> Sift:
    """The slice of the timeline asked for. Raises UsageError for a time, publisher or guide that is none."""
    query = asked.query
    return Sift(
        sources=_sources(desk, query.get("source"), query.get("publisher")),
        kind=query.get("kind"),
        guide=desk.get_guide(query["guide"]).id if query.get("guide") else None,
        assumption=query.get("assumption"),
        text=(query.get("q") or "")[:_MOST] or None,
        since=_moment(desk, query.get("since"), end=False),
        until=_moment(desk, query.get("until"), end=True),
        retracted=query.get("retracted") == "yes",
        after=query.get("after"),
        limit=limit,
    )


def _sources(desk: Desk, source: str | None, publisher: str | None) -> tuple[str, ...]:
    if source:
        return (desk.get_source(source).id,)
    return desk.sources_of(publisher) if publisher else ()


def _moment(desk: Desk, text: str | None, *, end: bool) -> datetime | None:
    return parse_moment(text, desk.now, end_of_day=end) if text else None
