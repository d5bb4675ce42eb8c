"""Decides which alerts exist: the related events of one check as one message, with the sentences they touch."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from monitor.assess.quotes import find_quote
from monitor.model import (
    SEVERITY_RANK,
    Affect,
    Alert,
    AlertItem,
    Assumption,
    Cause,
    Event,
    EventState,
    Guide,
    Purpose,
    RecheckRequest,
    Severity,
    VerdictKind,
    digest,
    stamp,
)

Route = Callable[[Alert], tuple[str, ...]]
"""Names of the channels an alert goes to."""

RECOVERED = "source.recovered"
TROUBLES = frozenset(
    {"source.blocked", "source.failing", "source.layout_changed", "source.schema_changed", "source.stale_copy"}
)
"""Kinds of event that say a source cannot be read, until it has recovered."""


TIME_TURNED = "the guide no longer holds, though nothing was announced"
"""The headline of verdicts that turned with time alone."""


def plan_alerts(
    events: Sequence[Event],
    affects: Sequence[Affect],
    rechecks: Sequence[RecheckRequest],
    guides: Iterable[Guide],
    *,
    publisher: str,
    now: datetime,
    route: Route,
    told: Sequence[str] = (),
    first_sight: bool = True,
) -> tuple[Alert, ...]:
    """The alerts of one check, with the channels ``route`` names; the same input gives the same ids.

    One guide touched, or none: all that is worth telling is one alert. Several: one alert a guide, and one for what
    touches none. Contradictions found without an event (first sight, time passing) are one alert a guide. Nothing is
    told of events not confirmed, of what only re-reading brought to light, or of severity info touching nothing; but
    that a source reads well again is told to ``told``, the channels that heard it did not.
    """
    by_guide = {guide.id: guide for guide in guides}
    by_event: dict[str, list[Affect]] = {}
    for affect in affects:
        by_event.setdefault(affect.event, []).append(affect)
    news = [event for event in events if _worth_telling(event, by_event.get(event.id, ()))]
    alerts = [
        *_of_events(news, by_event, by_guide, publisher, now),
        *_of_contradictions(rechecks, by_guide, publisher, now, None if first_sight else TIME_TURNED),
    ]
    routed = [replace(alert, channels=route(alert)) for alert in alerts]
    over = [event for event in events if event.kind == RECOVERED and event.cause != Cause.REEXTRACTION]
    return (*routed, *(_recovery(event, publisher, now, told) for event in over if told))


def _recovery(event: Event, publisher: str, now: datetime, told: Sequence[str]) -> Alert:
    return Alert(
        id=digest("recovery", event.id),
        created_at=now,
        severity=event.severity,
        publisher=publisher,
        guide=None,
        items=(AlertItem(event=event),),
        channels=tuple(told),
        source=event.source,
        purpose=Purpose.RECOVERY,
    )


def _worth_telling(event: Event, affects: Sequence[Affect]) -> bool:
    if event.state != EventState.CONFIRMED or event.cause == Cause.REEXTRACTION:
        return False
    return bool(affects) or event.severity != Severity.INFO


def _of_events(
    events: Sequence[Event],
    by_event: Mapping[str, Sequence[Affect]],
    guides: Mapping[str, Guide],
    publisher: str,
    now: datetime,
) -> list[Alert]:
    touched = sorted({affect.guide for event in events for affect in by_event.get(event.id, ())})
    if len(touched) <= 1:
        return _alert(events, by_event, guides, touched[0] if touched else None, publisher, now)
    alerts: list[Alert] = []
    for guide in touched:
        mine = {key: [affect for affect in some if affect.guide == guide] for key, some in by_event.items()}
        alerts += _alert([event for event in events if mine.get(event.id)], mine, guides, guide, publisher, now)
    loose = [event for event in events if not by_event.get(event.id)]
    return alerts + _alert(loose, by_event, guides, None, publisher, now)


def _alert(
    events: Sequence[Event],
    by_event: Mapping[str, Sequence[Affect]],
    guides: Mapping[str, Guide],
    guide: str | None,
    publisher: str,
    now: datetime,
) -> list[Alert]:
    if not events:
        return []
    items = tuple(_item(event, by_event.get(event.id, ()), guides) for event in _ordered(events, by_event))
    return [
        Alert(
            id=digest("alert", guide or "", *sorted(event.id for event in events)),
            created_at=now,
            severity=_highest([event.severity for event in events] + _contradicted_severities(items, guides)),
            publisher=publisher,
            guide=guide,
            items=items,
        )
    ]


def _ordered(events: Sequence[Event], by_event: Mapping[str, Sequence[Affect]]) -> list[Event]:
    # What touches the guide first, then the more severe; otherwise as on the page.
    return sorted(events, key=lambda event: (not by_event.get(event.id), -SEVERITY_RANK[event.severity]))


def _item(event: Event | None, affects: Sequence[Affect], guides: Mapping[str, Guide]) -> AlertItem:
    sentences = {affect.assumption: _sentence_of(affect, guides) for affect in affects}
    touched = (_find_assumption(guides.get(affect.guide), affect.assumption) for affect in affects)
    because = {item.id: item.because for item in touched if item and item.because}
    return AlertItem(event=event, affects=tuple(affects), sentences=sentences, because=because)


def _sentence_of(affect: Affect, guides: Mapping[str, Guide]) -> str:
    guide = guides.get(affect.guide)
    assumption = _find_assumption(guide, affect.assumption)
    return sentence(guide, assumption) if guide and assumption else affect.assumption


def _find_assumption(guide: Guide | None, name: str) -> Assumption | None:
    return next((item for item in guide.assumptions if item.id == name), None) if guide else None


def sentence(guide: Guide, assumption: Assumption) -> str:
    """The sentence of the guide's text that an assumption stands behind; its claim when the text has no such words."""
    found = find_quote(guide.text, assumption.quote) if assumption.quote else None
    return found[1] if found else assumption.claim


def _highest(severities: Sequence[Severity]) -> Severity:
    return max(severities, key=lambda severity: SEVERITY_RANK[severity])


def _contradicted_severities(items: Sequence[AlertItem], guides: Mapping[str, Guide]) -> list[Severity]:
    hit = (affect for item in items for affect in item.affects if affect.verdict == VerdictKind.CONTRADICTED)
    found = (_find_assumption(guides.get(affect.guide), affect.assumption) for affect in hit)
    return [assumption.severity for assumption in found if assumption is not None]


def _of_contradictions(
    rechecks: Sequence[RecheckRequest], guides: Mapping[str, Guide], publisher: str, now: datetime, headline: str | None
) -> list[Alert]:
    by_guide: dict[str, list[RecheckRequest]] = {}
    for request in rechecks:
        if request.event is None and request.guide in guides:
            by_guide.setdefault(request.guide, []).append(request)
    found = (_contradictions(guides[name], requests, publisher, now) for name, requests in sorted(by_guide.items()))
    return [replace(alert, headline=headline) for alert in found]


def _contradictions(guide: Guide, requests: Sequence[RecheckRequest], publisher: str, now: datetime) -> Alert:
    affects = [
        Affect(
            event="",
            guide=guide.id,
            assumption=request.assumption,
            verdict=VerdictKind.CONTRADICTED,
            reason=" ".join(request.reasons),
        )
        for request in requests
    ]
    items = tuple(_item(None, (affect,), {guide.id: guide}) for affect in affects)
    names = sorted(request.assumption for request in requests)
    return Alert(
        id=digest("alert", guide.id, publisher, stamp(now), *names),
        created_at=now,
        severity=_highest(_contradicted_severities(items, {guide.id: guide}) or [Severity.NOTICE]),
        publisher=publisher,
        guide=guide.id,
        items=items,
    )
