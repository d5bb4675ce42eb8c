"""Decides what a message tells and in which order, cut to limits: assumptions first, then changes, then what to do."""

import shlex
from collections.abc import Iterable, Sequence

from msgspec import Struct

from monitor.model import (
    Affect,
    Alert,
    AlertItem,
    Delivery,
    Event,
    Purpose,
    Severity,
    Strictness,
    VerdictKind,
    say_day,
    say_moment,
)
from notifiers.escaping import clip, find_address, one_line
from notifiers.headline import assumptions_of, headline, say_kind, say_reason, say_rechecks
from notifiers.values import say_event
from notifiers.worddiff import Op, Words, word_diff

VERDICT_WORDS = {
    VerdictKind.HOLDS: "still holds",
    VerdictKind.CONTRADICTED: "contradicted",
    VerdictKind.STALE: "not read lately",
    VerdictKind.UNKNOWN: "unclear",
    VerdictKind.MANUAL: "for you to judge",
}
_LINKS = 30
"""Pages linked from one event at most."""
_FACTS_STAND = "The last good facts stand until this page reads well again."
_STRICTNESS = {
    Strictness.STRICTER: "Stricter than before",
    Strictness.LOOSER: "Looser than before",
    Strictness.UNKNOWN: "Whether it asks more or less is for you to judge",
}
_UNREADABLE = frozenset(
    {"source.blocked", "source.failing", "source.layout_changed", "source.stale_copy", "source.schema_changed"}
)


class Limits(Struct, frozen=True, kw_only=True):
    """How much is told before a pointer stands in: numbers of things, and characters of each text."""

    assumptions: int = 100
    changes: int = 50
    reasons: int = 5
    text: int = 1200
    lines: int = 40


class Touched(Struct, frozen=True, kw_only=True):
    """One assumption to recheck: the guide's sentence, why it matters to its readers, and why to look again."""

    id: str
    guide: str
    sentence: str
    verdict: str
    because: str
    reasons: tuple[str, ...]


class TouchedGuide(Struct, frozen=True, kw_only=True):
    """The assumptions of one guide."""

    id: str
    assumptions: tuple[Touched, ...]


class Change(Struct, frozen=True, kw_only=True):
    """One event: what it is, old → new, the official words, its dates and where to read it.

    ``publisher`` is set where those of another publisher begin; ``links`` are the pages, by name, of an event that
    tells of several.
    """

    publisher: str
    title: str
    line: str
    words: tuple[Words, ...]
    note: str
    dates: tuple[tuple[str, str], ...]
    url: str | None
    links: tuple[tuple[str, str], ...]
    show: str


class View(Struct, frozen=True, kw_only=True):
    """All that a message shows, cleaned and cut, not yet escaped for its place."""

    subject: str
    summary: str
    publisher: str
    urgent: bool
    lines: tuple[str, ...]
    guides: tuple[TouchedGuide, ...]
    changes: tuple[Change, ...]
    commands: tuple[str, ...]
    pointers: tuple[str, ...]
    name: str
    alert: str
    created: str
    repeat: bool


def view_of(alert: Alert, delivery: Delivery | None, limits: Limits) -> View:
    """What to show of an alert within these limits."""
    rows = _touched(alert, limits)
    shown = rows[: limits.assumptions]
    events = [item.event for item in alert.items if item.event]
    return View(
        subject=headline(alert),
        summary=_summary(alert, len(rows)),
        publisher=one_line(alert.publisher, 60),
        urgent=alert.severity is Severity.URGENT,
        lines=tuple(one_line(line, limits.text) for line in alert.lines[: limits.lines]),
        guides=_by_guide(shown),
        changes=_changes(events[: limits.changes], limits, by_publisher=alert.purpose is Purpose.DIGEST),
        commands=_commands(rows, shown),
        pointers=_pointers(alert, rows[limits.assumptions :], events, limits),
        name="message" if alert.purpose is Purpose.DIGEST else "alert",
        alert=one_line(alert.id, 40),
        created=say_moment(alert.created_at),
        repeat=delivery is not None and delivery.maybe_duplicate,
    )


def _summary(alert: Alert, rows: int) -> str:
    changes = sum(1 for item in alert.items if item.event)
    told = f"{changes} change{'' if changes == 1 else 's'}" if changes else "first reading" if alert.items else ""
    told = told or one_line(" ".join(alert.lines), 100)
    return " · ".join(filter(None, (say_rechecks(rows), told)))


def _touched(alert: Alert, limits: Limits) -> list[Touched]:
    rows = [
        _touched_row(guide, assumption, items, limits) for (guide, assumption), items in assumptions_of(alert).items()
    ]
    worst_first = [VERDICT_WORDS[VerdictKind.CONTRADICTED], VERDICT_WORDS[VerdictKind.UNKNOWN]]
    return sorted(rows, key=lambda row: worst_first.index(row.verdict) if row.verdict in worst_first else 9)


def _touched_row(guide: str, assumption: str, items: list[AlertItem], limits: Limits) -> Touched:
    affects = [_affect(item, guide, assumption) for item in items]
    sentences = [item.sentences[assumption] for item in items if item.sentences.get(assumption)]
    reasons = dict.fromkeys(one_line(say_reason(affect.reason), limits.text) for affect in affects if affect.reason)
    return Touched(
        id=one_line(assumption, 60),
        guide=one_line(guide, 60),
        sentence=one_line(sentences[0], limits.text) if sentences else "",
        verdict=VERDICT_WORDS[affects[-1].verdict],
        because=next(
            (one_line(item.because[assumption], limits.text) for item in items if assumption in item.because), ""
        ),
        reasons=tuple(reasons)[: limits.reasons],
    )


def _affect(item: AlertItem, guide: str, assumption: str) -> Affect:
    return next(each for each in item.affects if (each.guide, each.assumption) == (guide, assumption))


def _by_guide(shown: Iterable[Touched]) -> tuple[TouchedGuide, ...]:
    groups: dict[str, list[Touched]] = {}
    for row in shown:
        groups.setdefault(row.guide, []).append(row)
    return tuple(TouchedGuide(id=guide, assumptions=tuple(group)) for guide, group in groups.items())


def _changes(events: Sequence[Event], limits: Limits, *, by_publisher: bool) -> tuple[Change, ...]:
    before = [None, *(event.publisher for event in events)]
    return tuple(
        _change(event, limits, publisher=event.publisher if by_publisher and event.publisher != last else "")
        for event, last in zip(events, before, strict=False)
    )


def _change(event: Event, limits: Limits, *, publisher: str) -> Change:
    words, whole = _official_words(event, limits.text)
    title = say_kind(event.kind)
    return Change(
        publisher=one_line(publisher, 60),
        title=title[:1].upper() + title[1:],
        line=_line(event, limits.text),
        words=words,
        note=_note(event),
        dates=_dates(event),
        url=find_address(event.evidence.url),
        links=_links(event),
        show="" if whole else f"stilltrue show {shlex.quote(one_line(event.id, 40))}",
    )


def _links(event: Event) -> tuple[tuple[str, str], ...]:
    """The pages that share the words of a notice, or that disagree; the first few of them."""
    new = event.new or {}
    pages = [page for page in (*(new.get("pages") or ()), *(new.get("sides") or ())) if isinstance(page, dict)]
    named = ((str(page.get("title") or page.get("source") or ""), page.get("url")) for page in pages[:_LINKS])
    return tuple((one_line(name, 80), url) for name, found in named if (url := find_address(str(found or ""))))


def _note(event: Event) -> str:
    """What to know of a change besides its words: that the last facts stand, or whether a rule asks more now."""
    if event.kind in _UNREADABLE:
        return _FACTS_STAND
    if event.strictness is None:
        return ""
    old, new = (str((side or {}).get("modality") or "").replace("_", " ") for side in (event.old, event.new))
    forces = f" ({old} → {new})" if old != new else f" ({new})" if new else ""
    return f"{_STRICTNESS[event.strictness]}{forces}."


def _line(event: Event, limit: int) -> str:
    """Old → new in a few words. A rule's words are shown below it, so only its place stands here."""
    if event.kind.startswith("rule."):
        value = event.new or event.old or {}
        return one_line(str(value.get("section") or event.subject), limit)
    return one_line(say_event(event), limit)


def _official_words(event: Event, limit: int) -> tuple[tuple[Words, ...], bool]:
    """The official words as a word diff, and whether they are all there."""
    before, after = _wordings(event)
    if before and after and before != after:
        return _cut(word_diff(before, after), limit)
    text = after or before
    if not text or text == _line(event, limit):
        return (), True
    op = {"added": Op.INSERT, "removed": Op.DELETE}.get(event.kind.partition(".")[2], Op.EQUAL)
    return _cut((Words(op=op if event.kind.startswith("rule.") else Op.EQUAL, text=text),), limit)


def _wordings(event: Event) -> tuple[str, str]:
    if event.kind.startswith("rule."):
        old, new = (event.old or {}).get("text"), (event.new or {}).get("text")
    else:
        old, new = event.evidence.quote_before, event.evidence.quote_after
    return one_line(str(old or "")), one_line(str(new or ""))


def _cut(words: tuple[Words, ...], limit: int) -> tuple[tuple[Words, ...], bool]:
    """The run cut to ``limit`` characters; each run of new words keeps its share, so that old never hides new."""
    if sum(len(run.text) for run in words) <= limit:
        return words, True
    share = max(limit // max(len(words), 1), 40)
    kept: list[Words] = []
    room = limit
    for run in words:
        if room <= 0:
            break
        text = clip(run.text, min(share, room) if len(words) > 1 else room)
        kept.append(Words(op=run.op, text=text))
        room -= len(text)
    return tuple(kept), False


def _dates(event: Event) -> tuple[tuple[str, str], ...]:
    dates = [("Seen", say_moment(event.observed_at))]
    if event.confirmed_at and event.confirmed_at != event.observed_at:
        dates.append(("Confirmed", say_moment(event.confirmed_at)))
    if event.occurred_on:
        dates.append(("Dated", say_day(event.occurred_on)))
    if event.effective_on:
        dates.append(("In force", say_day(event.effective_on)))
    return tuple(dates)


def _commands(rows: list[Touched], shown: list[Touched]) -> tuple[str, ...]:
    if not rows:
        return ()
    guides = dict.fromkeys(row.guide for row in shown or rows[:1])
    lists = [f"stilltrue rechecks --guide {shlex.quote(guide)}" for guide in guides]
    return (*lists, "stilltrue recheck ID --outcome holds|updated|dropped")


def _pointers(alert: Alert, hidden: list[Touched], events: list[Event], limits: Limits) -> tuple[str, ...]:
    pointers = []
    if hidden:
        pointers.append(f"{len(hidden)} more assumptions to recheck: stilltrue rechecks")
    if len(events) > limits.changes:
        since = min(event.observed_at for event in events).date().isoformat()
        pointers.append(f"{len(events) - limits.changes} more changes: stilltrue history --since {since}")
    if alert.hidden:
        pointers.append(f"{alert.hidden} more messages are not shown here: stilltrue alerts, stilltrue history")
    if len(alert.lines) > limits.lines:
        pointers.append(f"{len(alert.lines) - limits.lines} more remarks: stilltrue alerts")
    if not alert.items and not alert.lines:
        pointers.append("Nothing else to say: stilltrue status")
    return tuple(pointers)
