"""Decides the subject of a message: who published, what happened, how many assumptions to recheck."""

import re
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

from monitor.model import SEVERITY_RANK, Alert, AlertItem, Event, Purpose
from notifiers.escaping import clip, one_line

SUBJECT_LENGTH = 120
_PUBLISHER_LENGTH = 40
_PHRASE_LENGTH = 60
_PHRASES_AT_MOST = 3

_PHRASES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "draw.new": ("new draw", "{} new draws"),
        "draw.amended": ("draw amended", "{} draws amended"),
        "draw.withdrawn": ("draw withdrawn", "{} draws withdrawn"),
        "draw.silence": ("draws have gone silent", "{} kinds of draw have gone silent"),
        "draw.shift": ("draw pattern shifted", "{} draw patterns shifted"),
        "draw.category": ("new draw category", "{} new draw categories"),
        "fee.added": ("new fee", "{} new fees"),
        "fee.changed": ("fee changed", "{} fees changed"),
        "fee.removed": ("fee removed", "{} fees removed"),
        "fee.scheduled": ("fee change announced", "{} fee changes announced"),
        "processing_time.added": ("new processing time", "{} new processing times"),
        "processing_time.changed": ("processing time changed", "{} processing times changed"),
        "processing_time.removed": ("processing time removed", "{} processing times removed"),
        "threshold.added": ("new threshold", "{} new thresholds"),
        "threshold.changed": ("threshold changed", "{} thresholds changed"),
        "threshold.removed": ("threshold removed", "{} thresholds removed"),
        "occupation.added": ("occupation added", "{} occupations added"),
        "occupation.removed": ("occupation removed", "{} occupations removed"),
        "stream.opened": ("stream opened", "{} streams opened"),
        "stream.paused": ("stream paused", "{} streams paused"),
        "stream.closed": ("stream closed", "{} streams closed"),
        "stream.renamed": ("stream renamed", "{} streams renamed"),
        "allocation.changed": ("allocation changed", "{} allocations changed"),
        "deadline.changed": ("deadline changed", "{} deadlines changed"),
        "deadline.reached": ("deadline reached", "{} deadlines reached"),
        "rule.added": ("new rule", "{} new rules"),
        "rule.changed": ("rule changed", "{} rules changed"),
        "rule.removed": ("rule removed", "{} rules removed"),
        "notice.posted": ("new notice", "{} new notices"),
        "page.restamped": ("page re-stamped", "{} pages re-stamped"),
        "page.moved": ("page moved", "{} pages moved"),
        "page.removed": ("page removed", "{} pages removed"),
        "source.blocked": ("source blocks us", "{} sources block us"),
        "source.failing": ("source failing", "{} sources failing"),
        "source.layout_changed": ("page layout changed", "{} page layouts changed"),
        "source.stale_copy": ("old copy served", "{} old copies served"),
        "source.schema_changed": ("feed schema changed", "{} feed schemas changed"),
        "source.disagrees": ("official pages disagree", "{} disagreements between official pages"),
        "source.silent": ("source has gone silent", "{} sources have gone silent"),
        "source.recovered": ("source reads well again", "{} sources read well again"),
    }
)
_WATCHED = re.compile(r"watched: (.+?) (?:on|of) ([A-Za-z0-9][\w.-]*)((?:[: ].*)?)", re.DOTALL)
_RESTS = re.compile(
    r"([a-z_]+\.[a-z_]+) "
    r"(?:of a fact it rests on \(.*?\)|((?:on a page|in the words) it rests on(?: \(“.*?”\))?))(: .*)",
    re.DOTALL,
)
_FIRST_SIGHT = "first reading contradicts the guide"


def headline(alert: Alert) -> str:
    """One line for a subject, such as "IRCC: fee changed, 2 assumptions to recheck"."""
    publisher = clip(one_line(alert.publisher), _PUBLISHER_LENGTH) or "stilltrue"
    rechecks = say_rechecks(len(assumptions_of(alert)))
    if alert.purpose is Purpose.DIGEST:
        return _digest(alert, rechecks)
    if alert.headline:
        return clip(", ".join(filter(None, [f"{publisher}: {one_line(alert.headline)}", rechecks])), SUBJECT_LENGTH)
    phrases = _phrases(alert)
    told = [_subject(publisher, phrases, shown, rechecks) for shown in range(_PHRASES_AT_MOST, 0, -1)]
    return next((subject for subject in told if len(subject) <= SUBJECT_LENGTH), clip(told[-1], SUBJECT_LENGTH))


def _digest(alert: Alert, rechecks: str) -> str:
    """One line for several alerts: "Digest: 7 changes by IRCC and BC PNP, 4 assumptions to recheck"."""
    events = [item.event for item in alert.items if item.event]
    names = list(dict.fromkeys(clip(one_line(event.publisher), _PUBLISHER_LENGTH) for event in events))
    by = f" by {' and '.join(names)}" if len(names) in {1, 2} else f" by {len(names)} publishers" if names else ""
    count = f"{len(events)} change{'' if len(events) == 1 else 's'}{by}" if events else ""
    messages = "" if events and not alert.hidden else f"{len(alert.parts)} messages"
    return clip(f"Digest: {', '.join(filter(None, [messages, count, rechecks]))}", SUBJECT_LENGTH)


def _subject(publisher: str, phrases: list[str], shown: int, rechecks: str) -> str:
    hidden = len(phrases) - shown
    more = f"and {hidden} more kind{'s' if hidden > 1 else ''} of change" if hidden > 0 else ""
    return f"{publisher}: {', '.join(filter(None, [*phrases[:shown], more, rechecks])) or 'news'}"


def say_kind(kind: str, count: int = 1) -> str:
    """An event kind in words: "fee changed", or "3 new draws" for several."""
    one, many = _PHRASES.get(kind) or _unlisted(kind)
    return one if count == 1 else many.format(count)


def say_reason(reason: str, titles: Mapping[str, str] = MappingProxyType({})) -> str:
    """Why an assumption is to be rechecked, kinds of events in words and sources by their ``titles`` where known.

    >>> say_reason("draw.silence of a fact it rests on (draw:*, category = tech): No draw for 563 days")
    'Draws have gone silent, which it rests on: No draw for 563 days'
    """
    if watched := _WATCHED.fullmatch(reason):
        what, source, rest = watched.groups()
        said = f"{say_kind(what) if what in _PHRASES else what} on {titles.get(source, source)}{rest}"
    elif rests := _RESTS.fullmatch(reason):
        kind, where, rest = rests.groups()
        said = f"{say_kind(kind)}, {where or 'which it rests on'}{rest}"
    else:
        said = reason
    return said[:1].upper() + said[1:]


def say_rechecks(count: int) -> str:
    """How many assumptions wait for a person; empty for none."""
    if not count:
        return ""
    return "1 assumption to recheck" if count == 1 else f"{count} assumptions to recheck"


def assumptions_of(alert: Alert) -> dict[tuple[str, str], list[AlertItem]]:
    """The items that touch each (guide, assumption), in the order they come."""
    touched: dict[tuple[str, str], list[AlertItem]] = {}
    for item in alert.items:
        for affect in item.affects:
            items = touched.setdefault((affect.guide, affect.assumption), [])
            if item not in items:
                items.append(item)
    return touched


def _phrases(alert: Alert) -> list[str]:
    events = sorted((item.event for item in alert.items if item.event), key=_most_severe_first)
    counts = Counter(event.kind for event in events)
    phrases = [clip(say_kind(kind, count), _PHRASE_LENGTH) for kind, count in counts.items()]
    if len(events) < len(alert.items):
        phrases.append(_FIRST_SIGHT)
    return phrases


def _most_severe_first(event: Event) -> int:
    return -SEVERITY_RANK[event.severity]


def _unlisted(kind: str) -> tuple[str, str]:
    words = one_line(kind.replace(".", " ").replace("_", " "))
    return words, words.replace("{", "(").replace("}", ")") + " ({} times)"
