"""Decides what several alerts say as one message: each event once, with all it touches, by publisher."""

from collections.abc import Sequence

from msgspec.structs import replace

from monitor.model import SEVERITY_RANK, Affect, Alert, AlertItem, Purpose

OWN_NAME = "stilltrue"


def combine(alerts: Sequence[Alert], *, name: str, lines: Sequence[str] = (), more: Sequence[str] = ()) -> Alert:
    """One alert that tells what all these tell; the same alerts give the same message.

    ``name`` becomes its id, ``lines`` open it, ``more`` are the ids of further alerts that it only counts. An event
    that several of them hold stands once, with all the assumptions it touches.
    """
    publishers = list(dict.fromkeys(alert.publisher for alert in alerts))
    guides = {alert.guide for alert in alerts}
    own_words = [_own_words(alert) for alert in alerts if alert.headline]
    return Alert(
        id=name,
        created_at=max(alert.created_at for alert in alerts),
        severity=max((alert.severity for alert in alerts), key=lambda severity: SEVERITY_RANK[severity]),
        publisher=publishers[0] if len(publishers) == 1 else OWN_NAME,
        guide=guides.pop() if len(guides) == 1 else None,
        items=_by_publisher(_merged([item for alert in alerts for item in alert.items]), alerts),
        purpose=Purpose.DIGEST,
        lines=(*lines, *own_words),
        parts=(*(alert.id for alert in alerts), *more),
        hidden=len(more),
    )


def _own_words(alert: Alert) -> str:
    headline = alert.headline or ""
    return " ".join([f"{headline[:1].upper()}{headline[1:]}.", *alert.lines])


def _merged(items: Sequence[AlertItem]) -> list[AlertItem]:
    """The items with those of the same event joined, unless they call different sentences by the same name."""
    merged: dict[tuple[str, int], AlertItem] = {}
    for place, item in enumerate(items):
        event = item.event.id if item.event else ""
        key = (event, 0 if event else place)
        while key in merged and not _agree(merged[key], item):
            key = (event, key[1] + 1)
        merged[key] = _joined(merged[key], item) if key in merged else item
    return list(merged.values())


def _agree(one: AlertItem, other: AlertItem) -> bool:
    return all(other.sentences.get(name, sentence) == sentence for name, sentence in one.sentences.items())


def _joined(one: AlertItem, other: AlertItem) -> AlertItem:
    affects = dict.fromkeys((*one.affects, *other.affects))
    kept: dict[tuple[str, str], Affect] = {(affect.guide, affect.assumption): affect for affect in affects}
    return replace(
        one,
        affects=tuple(kept.values()),
        sentences={**one.sentences, **other.sentences},
        because={**one.because, **other.because},
    )


def _by_publisher(items: Sequence[AlertItem], alerts: Sequence[Alert]) -> tuple[AlertItem, ...]:
    """Publishers in the order they first come; the items of each as they come."""
    order = {alert.publisher: place for place, alert in reversed(list(enumerate(alerts)))}
    return tuple(sorted(items, key=lambda item: order.get(item.event.publisher, len(order)) if item.event else -1))
