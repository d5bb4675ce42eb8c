"""How a reported round becomes draws: what is said once of it, and what of each of its groups."""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import Struct, field

from monitor.extractors.declarations import Draws
from monitor.extractors.draw_names import Words, find_streams, holds, known_category, read_category, words
from monitor.extractors.draws_keys import Found
from monitor.extractors.draws_sentences import (
    Counted,
    Issued,
    Sentence,
    find_occupations,
    lowest,
    own_words,
    to_count,
)
from monitor.extractors.draws_values import find_codes
from monitor.extractors.extraction import Span
from monitor.extractors.rules import normalise
from monitor.model import Block, Draw

_JOIN = " / "
_CALLED = frozenset({"draw", "occupation", "candidate", "invitation", "worker", "round"})
_TITLE_GROUPS = (
    re.compile(r".*?\bstreams?\s*[:\u2013\u2014-]\s*(.+)", re.IGNORECASE),
    re.compile(r".*[:\u2013\u2014]\s*(.+)"),
)
_INVITED = re.compile(
    r"\s*\b(?:candidates?\s+)?(?:were\s+)?(?:invited|invitations?|notified)\b.*$|\s*\b(?:targeted )?draws?\W*$",
    re.IGNORECASE,
)
_OCCUPATIONS = re.compile(r"((?:[\w-]+,? ){1,6})occupations\b", re.IGNORECASE)
_FIGURE = re.compile(r"\d[\d,.]*\d|\d")
_TOTAL = re.compile(
    r"\b(?:in )?total\b|\baltogether\b|^\W*(?:there were )?\d[\d,]* (?:invitations|candidates)", re.IGNORECASE
)
_INLINE_GROUP = re.compile(
    r"\btargeted draws? (?:for|of) (?P<after>[^.;:(]+)|\b(?P<general>general) draw\b|"
    r"\b(?:targeted|for the|for a) (?P<named>(?!draws?\b|invitations?\b|notifications?\b)[\w ,-]+?)"
    r" (?:targeted )?draws?\b|\bunder the (?P<pilot>[\w ,-]+?) pilot\b",
    re.IGNORECASE,
)


class Context(Struct, frozen=True, kw_only=True):
    """What holds for the whole page: declarations, words of its draw types → category, and its headings' texts."""

    settings: Draws
    types: Mapping[Words, str]
    headings: frozenset[str]


class Draft(Struct, kw_only=True):
    """One draw in the making."""

    quote: str
    at: tuple[int, int]
    path: tuple[str, ...]
    category: str | None
    stream: str | None = None
    count_text: str | None = None
    score_text: str | None = None
    selection: str | None = None
    codes: list[str] = field(default_factory=list)


class Round(Struct, kw_only=True):
    """One reported round: what its sentences say once, and the drafts made of it. ``parted``: sub-headings followed."""

    issued: Issued
    streams: tuple[str, ...]
    text: str
    block: int
    start: int
    end: int
    parted: bool = False
    codes: list[str] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)


class Entry(Struct, kw_only=True):
    """A dated section as far as it was read."""

    day: date
    program: str | None
    path: tuple[str, ...]
    title: Block | None = None
    streams: tuple[str, ...] = ()
    group: str | None = None
    current: Round | None = None
    drafts: list[tuple[Round, Draft]] = field(default_factory=list)
    used: set[Span] = field(default_factory=set)


class Place(Struct, frozen=True, kw_only=True):
    """A sentence and the block it stands in."""

    sentence: Sentence
    block: Block
    index: int

    @property
    def at(self) -> tuple[int, int]:
        """Block and offset: the order on the page."""
        return self.index, self.sentence.start


def open_round(entry: Entry, issued: Issued, place: Place, context: Context) -> None:
    """Start a round, or add to the one just announced when the sentence only goes on about it."""
    named = find_streams(place.sentence.text, context.settings)
    current = entry.current
    if current and _goes_on(current, issued, named, place.sentence.text):
        current.issued = Issued(kind=current.issued.kind, count_text=current.issued.count_text or issued.count_text)
        current.streams = current.streams or named
        current.text += " " + place.sentence.text
        current.end = place.sentence.end if current.block == place.index else current.end
        return
    if current and _is_sum(current, issued, named, place.sentence.text):
        current.issued = Issued(kind=current.issued.kind, count_text=issued.count_text)
        return
    if current and _is_total(current, issued, place):
        entry.current = None
    close_round(entry, context)
    start_round(entry, issued, named or entry.streams, place)


def start_round(entry: Entry, issued: Issued, streams: tuple[str, ...], place: Place) -> None:
    """Start a round at this sentence."""
    entry.current = Round(
        issued=issued,
        streams=streams,
        text=place.sentence.text,
        block=place.index,
        start=place.sentence.start,
        end=place.sentence.end,
    )


def _goes_on(current: Round, issued: Issued, named: tuple[str, ...], text: str) -> bool:
    """Whether a sentence says more of the same round: no second count, no draws yet, no other group or stream."""
    if current.drafts or (issued.count_text and current.issued.count_text):
        return False
    before, now = _occupations(current.text), _occupations(text)
    if before and now and before != now:
        return False
    return not named or not current.streams or named == current.streams


def _is_sum(current: Round, issued: Issued, named: tuple[str, ...], text: str) -> bool:
    """Whether a sentence after a round's score says how many were invited in it altogether."""
    if len(current.drafts) != 1 or current.issued.count_text or current.drafts[0].count_text or not issued.count_text:
        return False
    return _TOTAL.search(text) is not None and (not named or named == current.streams)


def _is_total(current: Round, issued: Issued, place: Place) -> bool:
    """Whether the round only announced the sum of what is now listed by stream or group."""
    whole, part = to_count(current.issued.count_text), to_count(issued.count_text)
    listed = current.parted or place.block.level > 0
    return listed and not current.drafts and whole is not None and (part is None or part < whole)


def close_round(entry: Entry, context: Context) -> None:
    """Hand over the round's draws; one that gave neither score nor groups is a draw by its announcement."""
    current, entry.current = entry.current, None
    if current is None:
        return
    if not current.drafts:
        place = (current.block, current.start)
        _add(current, _draft(entry, current, "", current.text, place, context), current.streams)
    if len(current.drafts) == 1 and current.drafts[0].count_text is None:
        current.drafts[0].count_text = current.issued.count_text
    entry.drafts += [(current, draft) for draft in current.drafts]


def add_scored(entry: Entry, scores: Sequence[str], place: Place, context: Context) -> None:
    """Add the draws of a sentence that states scores: one a stream when it counts as many of both."""
    current = entry.current
    if current is None:
        return
    streams = find_streams(place.sentence.text, context.settings, guess=False) or current.streams
    quote = _quote(current, place)
    for some, score in _paired(streams, scores, split=not current.issued.count_text):
        draft = _draft(entry, current, place.sentence.text, quote, place.at, context)
        draft.score_text = score
        draft.selection = place.block.text if place.block.level and not some else None
        if not _told(current, draft, some):
            _add(current, draft, some)


def _paired(streams: tuple[str, ...], scores: Sequence[str], *, split: bool) -> list[tuple[tuple[str, ...], str]]:
    if len(scores) == len(streams) > 1:
        return [((stream,), score) for stream, score in zip(streams, scores, strict=True)]
    if len(streams) > 1 and split:
        return [((stream,), scores[0]) for stream in streams]
    return [(streams, scores[0])]


def _told(current: Round, draft: Draft, streams: tuple[str, ...]) -> bool:
    return any(
        (other.score_text, other.category, other.stream) == (draft.score_text, draft.category, _joined(streams))
        for other in current.drafts
    )


def add_counted(entry: Entry, parts: Sequence[Counted], place: Place, context: Context) -> None:
    """Add one draw a group that carries its own count."""
    current = entry.current
    if current is None:
        return
    for part in parts:
        draft = _draft(entry, current, part.text, place.sentence.text, place.at, context)
        streams = find_streams(part.text, context.settings, guess=False)
        draft.count_text, draft.selection = part.count_text, None if streams else part.text
        draft.score_text = part.score_text
        draft.codes += find_codes(part.text)
        _add(current, draft, streams or current.streams)


def _quote(current: Round, place: Place) -> str:
    if current.block == place.index and current.end <= place.sentence.start + 1 and not current.drafts:
        return place.block.text[current.start : place.sentence.end]
    return place.sentence.text


def _draft(entry: Entry, current: Round, text: str, quote: str, at: tuple[int, int], context: Context) -> Draft:
    said = f"{current.text} {text}" if text not in current.text else current.text
    named = find_occupations(said)
    single = named[0] if len(named) == 1 else None
    return Draft(
        quote=quote,
        at=at,
        path=_path(entry),
        category=category_of(entry, said, text, single, context),
        codes=[] if entry.group else [code for code, _ in named],
    )


def _path(entry: Entry) -> tuple[str, ...]:
    """Date, title and group: the headings' ranks are not kept apart on the pages, so their own paths mislead."""
    title = (entry.title.text,) if entry.title else ()
    return (*entry.path, *title, *((entry.group,) if entry.group else ()))


def is_under_other_group(entry: Entry, draft: Draft) -> bool:
    """Whether the entry has gone on from the draft's group to another."""
    now = _path(entry)
    return len(draft.path) == len(now) and draft.path != now


def _joined(streams: tuple[str, ...]) -> str | None:
    return _JOIN.join(streams) or None


def _add(current: Round, draft: Draft, streams: tuple[str, ...]) -> None:
    draft.stream = _joined(streams)
    if current.codes:
        draft.codes, current.codes = current.codes, []
    current.drafts.append(draft)


def category_of(entry: Entry, said: str, text: str, single: tuple[str, str] | None, context: Context) -> str | None:
    """By the page's own draw types, else the group's heading, the one occupation, the sentences, the entry's title."""
    aliases = context.settings.categories
    typed = _typed(f"{entry.title.text if entry.title else ''} {said}", context)
    inline = _INLINE_GROUP.search(text or said)
    group = entry.group or (f"NOC {single[0]} {single[1]}" if single else None)
    group = group or (inline and next(filter(None, inline.groups())))
    own = None if group else _occupations(said)
    group = group or _title_group(entry.title, context.settings)
    return typed or own or (read_category(group, aliases) if group else None)


def _occupations(text: str) -> str | None:
    """The generally known group that the words call by "… occupations"."""
    for match in _OCCUPATIONS.finditer(text):
        spoken = match[1].split()
        known = (known_category(" ".join(spoken[start:])) for start in range(len(spoken)))
        found = next(filter(None, known), None)
        if found:
            return found
    return None


def _typed(text: str, context: Context) -> str | None:
    spoken = words(text)
    for name, category in context.types.items():
        if len(name) > 1 and holds(spoken, name):
            return category
        if len(name) == 1 and any(holds(spoken, (*name, called)) for called in _CALLED):
            return category
    return None


def _title_group(title: Block | None, settings: Draws) -> str | None:
    """The group that a title ends in; a stream is none."""
    matches = (pattern.match(title.text) for pattern in _TITLE_GROUPS) if title else ()
    group = next((match[1] for match in matches if match), "")
    named = _INVITED.sub("", group).strip()
    streams = {word for stream in find_streams(named, settings, guess=False) for word in words(stream)}
    return None if not named or set(words(named)) <= streams | {"stream"} else named


def finished(entry: Entry) -> list[Found]:
    """The entry's draws."""
    return [
        Found(
            value=_draw(entry, current, draft),
            quote=draft.quote,
            path=draft.path,
            at=draft.at,
            said=_said(current, draft),
        )
        for current, draft in entry.drafts
    ]


def _said(current: Round, draft: Draft) -> str:
    """What its prose says of a draw, for comparison; where several share a sentence, without the figures of each."""
    text = f"{own_words(current.text)} | {own_words(draft.quote)}"
    if len(current.drafts) > 1:
        told = (word for other in current.drafts for word in (other.count_text, other.score_text, other.selection))
        figures = set(_FIGURE.findall(" ".join(filter(None, told))))
        text = _FIGURE.sub(lambda match: "#" if match[0] in figures else match[0], text)
    return normalise(text)


def _draw(entry: Entry, current: Round, draft: Draft) -> Draw:
    return Draw(
        kind=current.issued.kind,
        date=entry.day,
        program=entry.program,
        stream=draft.stream,
        category=draft.category,
        selection=draft.selection,
        occupations=tuple(dict.fromkeys(draft.codes)),
        invitations=to_count(draft.count_text),
        invitations_text=draft.count_text,
        score=lowest(draft.score_text),
        score_text=draft.score_text,
    )
