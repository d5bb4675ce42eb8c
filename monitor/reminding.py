"""Personal deadlines and reviews: opens the rechecks that time itself asks for, each once, and raises their alerts."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from msgspec.structs import replace

from monitor.assess import sentence
from monitor.assess.reminders import due_reminders, due_reviews
from monitor.board import Board
from monitor.errors import ConflictError
from monitor.model import (
    SEVERITY_RANK,
    Affect,
    Alert,
    AlertItem,
    Assumption,
    Guide,
    Purpose,
    RecheckRequest,
    VerdictKind,
    digest,
    stamp,
)
from monitor.ports import Ask, Store

PUBLISHER = "stilltrue"
_PREFIX = "reminded:"


def remind(store: Store, board: Board, now: datetime) -> int:
    """Ask for every review and deadline recheck that has fallen due and was not asked for yet; returns how many.

    Alerts go where ``board`` routes them, nowhere when it routes none. When another process is quicker, nothing is
    asked here.
    """
    if not any(guide.review_every or any(item.date for item in guide.assumptions) for guide in board.guides):
        return 0
    asked = store.notes(_PREFIX)
    closed = _closed(store)
    first_loads = store.first_loads()
    asks = [
        ask
        for guide in board.guides
        for ask in (*_deadlines(guide, asked, now), *_reviews(guide, asked, now, first_loads, closed))
    ]
    if not asks:
        return 0
    alerts = [
        part
        for guide in board.guides
        if (mine := [ask for ask in asks if ask.request.guide == guide.id]) and board.route is not None
        for part in board.route(_alert(guide, mine, now))
    ]
    try:
        store.ask(asks, alerts, now)
    except ConflictError:
        return 0
    return len(asks)


def _closed(store: Store) -> Mapping[tuple[str, str], datetime]:
    """When each assumption was last looked at."""
    moments: dict[tuple[str, str], datetime] = {}
    for task in store.rechecks(state="closed"):
        place = (task.guide, task.assumption)
        if task.closed_at is not None:
            moments[place] = max(task.closed_at, moments.get(place, task.closed_at))
    return moments


def _deadlines(guide: Guide, asked: Mapping[str, str], now: datetime) -> list[Ask]:
    """A note for each deadline says when it was last asked about; a deadline moved to another day starts anew."""
    asks = []
    for item in guide.assumptions:
        key = f"{_PREFIX}{guide.id}/{item.id}@{item.date}"
        before = asked.get(key)
        since = datetime.fromisoformat(before).astimezone(UTC) if before else None
        found = due_reminders(_alone(guide, item), now, since=since)
        asks += [Ask(key=key, before=before, after=stamp(now), request=request) for request in found]
    return asks


def _alone(guide: Guide, item: Assumption) -> Guide:
    return replace(guide, assumptions=(item,))


def _reviews(
    guide: Guide,
    asked: Mapping[str, str],
    now: datetime,
    first_loads: Mapping[str, datetime],
    closed: Mapping[tuple[str, str], datetime],
) -> list[Ask]:
    """A note for each assumption says which overdue day was asked about; closing the recheck moves that day on."""
    mine = {assumption: moment for (name, assumption), moment in closed.items() if name == guide.id}
    first = first_loads.get(guide.id, now)
    return [
        Ask(key=key, before=asked.get(key), after=str(request.due), request=request)
        for request in due_reviews(guide, now, first_load=first, closed=mine)
        if asked.get(key := f"{_PREFIX}{guide.id}/{request.assumption}") != str(request.due)
    ]


def _alert(guide: Guide, asks: Sequence[Ask], now: datetime) -> Alert:
    by_id = {item.id: item for item in guide.assumptions}
    return Alert(
        id=digest("reminder", *sorted(f"{ask.key}={ask.after}" for ask in asks)),
        created_at=now,
        severity=max((by_id[ask.request.assumption].severity for ask in asks), key=SEVERITY_RANK.__getitem__),
        publisher=PUBLISHER,
        guide=guide.id,
        items=tuple(_item(guide, by_id[ask.request.assumption], ask.request) for ask in asks),
        purpose=Purpose.REMINDER,
        headline="time to look again",
    )


def _item(guide: Guide, item: Assumption, request: RecheckRequest) -> AlertItem:
    affect = Affect(
        event="",
        guide=guide.id,
        assumption=item.id,
        verdict=VerdictKind.MANUAL,
        reason=" ".join(request.reasons),
    )
    because = {item.id: item.because} if item.because else {}
    return AlertItem(event=None, affects=(affect,), sentences={item.id: sentence(guide, item)}, because=because)
