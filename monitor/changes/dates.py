"""Days that pages speak of: deadlines reached, and the next day on which a date of a page comes."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from monitor.changes.reading import Reader
from monitor.model import Deadline, Event, Evidence, Fee, KnownFact, event_id, value_to_plain


def reached(
    reader: Reader, known: Mapping[str, KnownFact], facts: Iterable[KnownFact], *, since: datetime | None
) -> list[Event]:
    """The deadline.reached of each deadline whose day came after ``since``, the good read before, and by now.

    ``known`` is as before this read: a deadline that was already past when it was first read was never awaited.
    """
    if since is None:
        return []
    today = reader.now.date()
    return [
        _reached(reader, item, item.fact.value)
        for item in facts
        if isinstance(item.fact.value, Deadline)
        and since.date() < item.fact.value.date <= today
        and (item.fact.key in known or item.fact.value.date == today)
    ]


def _reached(reader: Reader, item: KnownFact, deadline: Deadline) -> Event:
    return Event(
        id=event_id(reader.source.id, "deadline.reached", item.fact.key, reader.now),
        kind="deadline.reached",
        source=reader.source.id,
        publisher=reader.source.publisher,
        subject=deadline.label,
        key=item.fact.key,
        observed_at=reader.now,
        new=value_to_plain(deadline),
        confirmed_at=reader.now,
        occurred_on=deadline.date,
        evidence=Evidence(after=item.version, quote_after=item.fact.quote, url=reader.url),
    )


def next_day(facts: Iterable[KnownFact], today: date) -> date:
    """The next day after today on which a deadline is reached or a fee comes into force; the last of days if none."""
    days = (_day(item) for item in facts)
    return min((day for day in days if day is not None and day > today), default=date.max)


def _day(item: KnownFact) -> date | None:
    value = item.fact.value
    if isinstance(value, Deadline):
        return value.date
    return value.effective_on if isinstance(value, Fee) else None
