"""Decides whether, and why, a change event concerns an assumption; bystanders get no reason."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct

from monitor.assess.patterns import find_word, match_field, match_pattern, match_where, split_key
from monitor.assess.quotes import find_phrase
from monitor.model import Assumption, Event, Expect, FactKind, Guide, JsonObject, Severity, Watch, slug

LOST = frozenset({"source.failing", "source.layout_changed", "source.schema_changed", "page.moved", "page.removed"})
"""Incidents after which somebody must see to the source: they ask for rechecks of what rests on it."""
DISAGREEMENT = "source.disagrees"
QUIET = frozenset({"page.restamped", "source.recovered", "source.stale_copy", "source.blocked", "source.silent"})
"""Events that say nothing of what a page holds; they concern an assumption only if its watch names the kind."""
_EVERY = re.compile(r"[\w\s]+:\s*\**\s*")
"""A pattern that takes every fact of its kind."""
_SERIES = frozenset({"draw.silence", "draw.shift", "draw.category"})
_HEADINGS = ("section", "title", "stream", "category")
_FACT_KINDS = frozenset(str(kind) for kind in FactKind)
_WORDLESS = ("draw.", "page.", "source.")
"""Kinds of event that carry no sentence of a page."""
_DECISIVE = frozenset({"date", "score", "invitations", "category", "stream", "occupations"})
"""The fields of a draw whose correction can change what is true of it; a tie-break or a spelling cannot."""

_SHORT = ("amount", "score", "status", "date", "high", "low", "count")
"""The fields that say in one word what changed."""
_LOST_WORDS = {
    "source.failing": "can no longer be read",
    "source.layout_changed": "is no longer laid out as it was",
    "source.schema_changed": "no longer has the fields it had",
    "page.moved": "has moved",
    "page.removed": "is gone",
}


class Touch(Struct, frozen=True, kw_only=True):
    """Why an event concerns an assumption; ``watched``: through its watch scope, not through a fact it rests on."""

    reason: str
    watched: bool = False


def touches(
    event: Event, guide: Guide, assumption: Assumption, *, known: Mapping[str, JsonObject] | None = None
) -> str | None:
    """Why this event concerns this assumption of this guide, in one sentence; None when it does not.

    ``known`` holds plain values by fact key; with it, an event that folds many edits is filtered like any other.
    """
    del guide  # reasons name the fact, not the document; callers pass the pair they hold
    touch = find_touch(event, assumption, known=known or {}, texts=tuple(event_texts(event)))
    return touch.reason if touch else None


def find_touch(
    event: Event, assumption: Assumption, *, known: Mapping[str, JsonObject], texts: tuple[str, ...]
) -> Touch | None:
    """The first way in which an event concerns an assumption: its facts, its phrase, its watch, its sources.

    ``texts`` are those of the event (``event_texts``), gathered once for all its candidates.
    """
    if event.kind in QUIET or event.kind in LOST:
        return _by_incident(event, assumption)
    own = any(source in assumption.sources for source in event_sources(event))
    reason = _by_expectation(event, assumption.expect, known, texts) if own and assumption.expect else None
    if reason is not None:
        return Touch(reason=reason)
    return None if is_fold(event) else _by_scope(event, assumption, texts, own=own)


def _by_expectation(
    event: Event, expect: Expect, known: Mapping[str, JsonObject], texts: tuple[str, ...]
) -> str | None:
    if event.kind == DISAGREEMENT:
        return f"two official pages disagree: {event.subject}" if _is_about(event, expect) else None
    return _by_fact(event, expect, known) if expect.fact else _by_phrase(event, expect.phrase or "", texts)


def event_sources(event: Event) -> tuple[str, ...]:
    """The pages an event tells of: of a disagreement both, of any other its own."""
    sides = (event.new or {}).get("sides", ()) if event.kind == DISAGREEMENT else ()
    return (event.source, *(str(side["source"]) for side in sides))


def _is_about(event: Event, expect: Expect) -> bool:
    """Whether a disagreement is over facts that an expectation compares."""
    keys = (event.new or {}).get("keys")
    return keys is None or (expect.fact is not None and any(match_pattern(expect.fact, key) for key in keys))


def _by_scope(event: Event, assumption: Assumption, texts: tuple[str, ...], *, own: bool) -> Touch | None:
    if assumption.watch:
        reasons = (_by_watch(event, assumption, watch, texts) for watch in assumption.watch)
        reason = next(filter(None, reasons), None)
        return Touch(reason=reason, watched=True) if reason else None
    if own and assumption.expect is None:
        return Touch(reason=f"{event.kind} on a page it rests on: {event.subject}", watched=True)
    return None


def is_fold(event: Event) -> bool:
    """Whether an event stands for many edits of old records at once."""
    return event.kind == "draw.amended" and (event.key or "").endswith("/*")


def _by_incident(event: Event, assumption: Assumption) -> Touch | None:
    watching = (watch for watch in assumption.watch if event.source in watched_sources(assumption, watch))
    if any(_names_kind(watch, event.kind) for watch in watching):
        return Touch(reason=f"watched: {event.kind} of {event.source}", watched=True)
    if event.kind in LOST and event.source in lasting_sources(assumption):
        return Touch(reason=f"{event.source}, which it rests on, {_LOST_WORDS[event.kind]}")
    return None


def lasting_sources(assumption: Assumption) -> tuple[str, ...]:
    """The sources an assumption rests on; of a manual one without any, those it watches."""
    if assumption.sources or assumption.expect is not None:
        return assumption.sources
    return tuple(dict.fromkeys(source for watch in assumption.watch for source in watch.sources))


def watched_sources(assumption: Assumption, watch: Watch) -> tuple[str, ...]:
    """The sources a watch scope covers: those it lists, else the assumption's own; empty means every source."""
    return watch.sources or assumption.sources


def _names_kind(watch: Watch, kind: str) -> bool:
    return any(_kind_fits(wanted, kind) for wanted in watch.kinds)


def _kind_fits(wanted: str, kind: str) -> bool:
    wanted = wanted.strip().lower()
    return kind == wanted or kind.startswith(wanted + ".") or ("." in wanted and kind.startswith(wanted))


def _by_fact(event: Event, expect: Expect, known: Mapping[str, JsonObject]) -> str | None:
    pattern = expect.fact or ""
    if is_fold(event):
        return _by_fold(event, expect, known)
    if event.key is None or not match_pattern(pattern, event.key):
        return None
    if event.kind == "draw.amended" and not (_DECISIVE | set(expect.where)) & set(event.changed):
        return None
    if not _fits_where(event, expect.where) or _is_narrower(event, expect):
        return None
    return f"{event.kind} of a fact it rests on ({_described(expect)}): {event.subject}{_turned(event)}"


def _turned(event: Event) -> str:
    """Old and new, when a single figure or word was all that changed."""
    old, new = event.old or {}, event.new or {}
    names = [name for name in _SHORT if name in event.changed and old.get(name) != new.get(name)]
    if not names or None in (old.get(names[0]), new.get(names[0])):
        return ""
    return f" ({old[names[0]]} → {new[names[0]]})"


def _described(expect: Expect) -> str:
    filters = ", ".join(f"{name} = {wanted}" for name, wanted in expect.where.items())
    return f"{expect.fact}, {filters}" if filters else str(expect.fact)


def _by_fold(event: Event, expect: Expect, known: Mapping[str, JsonObject]) -> str | None:
    keys = (event.new or {}).get("keys", ())
    if not (_DECISIVE | set(expect.where)) & set(event.changed or (event.new or {}).get("fields", ())):
        return None
    hits = [key for key in keys if match_pattern(expect.fact or "", key) and _known_fits(key, expect.where, known)]
    return f"{len(hits)} of the facts it rests on ({_described(expect)}) were edited: {event.subject}" if hits else None


def _known_fits(key: str, where: Mapping[str, Any], known: Mapping[str, JsonObject]) -> bool:
    return not where or (key in known and match_where(where, known[key]))


def _fits_where(event: Event, where: Mapping[str, Any]) -> bool:
    if not where:
        return True
    sides = [side for side in (event.old, event.new) if side is not None]
    if event.kind in _SERIES:
        return any(_fits_series(where, side) for side in sides)
    return any(match_where(where, side) for side in sides)


def _fits_series(where: Mapping[str, Any], side: JsonObject) -> bool:
    # An event about a series names only the fields that make the series; None there stands for "of any".
    shared = [name for name in where if name in side]
    return bool(shared) and all(match_field(where[name], side[name]) for name in shared)


def _is_narrower(event: Event, expect: Expect) -> bool:
    """Whether a silence is of fewer draws than the expectation takes: others of those may well go on."""
    if event.kind != "draw.silence" or not _EVERY.fullmatch(expect.fact or ""):
        return False
    return any((event.new or {}).get(name) is not None and name not in expect.where for name in ("stream", "category"))


def _by_phrase(event: Event, phrase: str, texts: tuple[str, ...]) -> str | None:
    if not phrase or event.kind.startswith(_WORDLESS):
        return None
    if not _say(texts, phrase):
        return None
    return f"{event.kind} in the words it rests on (“{phrase}”): {event.subject}"


@lru_cache(maxsize=512)
def _say(texts: tuple[str, ...], phrase: str) -> bool:
    # Of a thousand guides, hundreds rest on the same words.
    return any(find_phrase(text, phrase) for text in texts)


@lru_cache(maxsize=16)
def _joined(texts: tuple[str, ...]) -> str:
    return "\n".join(texts)


def event_texts(event: Event) -> Iterator[str]:
    """Every text an event carries: of the old and the new value, the subject and both quotes."""
    for side in (event.old, event.new):
        yield from _texts(side)
    for text in (event.subject, event.evidence.quote_before, event.evidence.quote_after):
        if text:
            yield text


def _texts(item: Any) -> Iterator[str]:
    if isinstance(item, str):
        yield item
    elif isinstance(item, Mapping):
        for part in item.values():
            yield from _texts(part)
    elif isinstance(item, list | tuple):
        for part in item:
            yield from _texts(part)


def _by_watch(event: Event, assumption: Assumption, watch: Watch, texts: tuple[str, ...]) -> str | None:
    sources = watched_sources(assumption, watch)
    if sources and event.source not in sources and not _is_major_notice(event, watch):
        return None
    if watch.kinds and not (_names_kind(watch, event.kind) or _fact_kind(event) in {_lower(k) for k in watch.kinds}):
        return None
    headings, barred_headings = _split(watch.headings)
    heading = find_heading(event, headings)
    if (headings and heading is None) or find_heading(event, barred_headings):
        return None
    words, barred_words = _split(watch.words)
    text = _joined(texts) if watch.words else ""
    word = find_word(words, text)
    if (words and word is None) or find_word(barred_words, text):
        return None
    under = f" under “{heading}”" if heading else ""
    named = f" naming “{word}”" if word else ""
    return f"watched: {event.kind} on {event.source}{under}{named}: {event.subject}{_turned(event)}"


@lru_cache(maxsize=4096)
def _split(written: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What must be there, one of it, and what must not (written with ``!``)."""
    barred = tuple(item[1:].strip() for item in written if item.startswith("!"))
    return tuple(item for item in written if not item.startswith("!")), barred


def _is_major_notice(event: Event, watch: Watch) -> bool:
    return (
        bool(_split(watch.words)[0])
        and event.kind.startswith("notice.")
        and event.severity != Severity.INFO
        and not watch.sources
    )


def _fact_kind(event: Event) -> str | None:
    kind = split_key(event.key).kind if event.key else None
    return kind if kind in _FACT_KINDS else None


def _lower(text: str) -> str:
    return text.strip().lower()


def find_heading(event: Event, headings: tuple[str, ...]) -> str | None:
    """The first of these headings that the event stands under.

    That is the section of a rule, the title of a notice, the official name of a draw, or the place in the key.
    """
    sections = [str(side[name]) for side in (event.old, event.new) if side for name in _HEADINGS if side.get(name)]
    place = split_key(event.key).place if event.key else ""
    for heading in headings:
        if any(find_word((heading,), section) for section in sections):
            return heading
        if slug(heading) and slug(heading) in place:
            return heading
    return None
