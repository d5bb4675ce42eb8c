"""Sentences and rows of real pages that go, come, take other words or change places, and keys of real feeds."""

import html
import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace
from test_mutations import (
    CODED,
    FEW,
    LEFT_OUT,
    PAGES,
    TOGETHER,
    body_of,
    follow,
    leads_away,
    plain,
    reading_of,
    rows_of,
)

from evaluation.disguises import PAGE, disguised
from monitor.changes.kinds import PLACED
from monitor.model import Event, FactKind, to_json
from monitor.pages.wording import split_sentences, tidy

FEWEST_WORDS = 4
NEAR = 200
"""Characters between two rows of one table."""
INCIDENTS = {"source.layout_changed", "source.recovered"}
"""A page's only fact of its kind is believed gone once that has stayed so."""

_LINE = re.compile(r"<(p|li)\b[^>]*>(?P<words>(?:(?!</?(?:p|li|ul|ol|table|div|h[1-6]|br)\b).)+)</\1>", re.DOTALL)
_CELL = re.compile(r"<td\b[^>]*>(.*?)</td>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_FIGURE = re.compile(r"\$?\d[\d,]*(?:\.\d+)?")


def words_of(piece: str) -> str:
    """The words of a piece of HTML as they are compared here."""
    return plain(tidy(html.unescape(_TAG.sub("", piece))))


class Part(Struct, frozen=True):
    """A piece of the body that says ``was`` and what is put in its place; ``now`` is empty where nothing is."""

    start: int
    end: int
    put: str
    was: str
    now: str = ""
    ruled: bool = True
    """Whether a rule or a notice tells the words, and not a typed fact alone."""

    def apply(self, body: str) -> str:
        return body[: self.start] + self.put + body[self.end :]


SILENT = {FactKind.DEADLINE, FactKind.STREAM, FactKind.ALLOCATION}
"""Kinds whose going is no event."""


@cache
def quotes_of(source_id: str, body: str) -> tuple[frozenset[str], str, str]:
    """What rules alone quote, one by one, what notices say, and what all facts quote whose going is told."""
    facts = [fact for fact in reading_of(source_id, body).facts if fact.kind not in SILENT]
    rules = {plain(fact.quote) for fact in facts if fact.kind is FactKind.RULE}
    rules -= {plain(fact.quote) for fact in facts if fact.kind in PLACED}
    notices = "\n".join(plain(fact.quote) for fact in facts if fact.kind is FactKind.NOTICE)
    return frozenset(rules), notices, "\n".join(plain(fact.quote) for fact in facts)


def sentences_of(source_id: str, body: str) -> Iterator[Part]:
    """Each sentence that some fact quotes, gone: with its line where it is the only one there."""
    rules, notices, told = quotes_of(source_id, body)
    for line in _LINE.finditer(body, body.index("<main")):
        # The codes that a draw lists are changed one by one with the other edits.
        if (
            CODED.match(line["words"])
            or leads_away(body, "", line.start("words"), line["words"])
            or words_of(line["words"]) not in told
        ):
            continue
        sentences = split_sentences(tidy(html.unescape(_TAG.sub("", line["words"]))))
        for sentence in sentences:
            place = line["words"].find(html.escape(sentence, quote=False))
            start, end = (
                line.start("words") + place,
                line.start("words") + place + len(html.escape(sentence, quote=False)),
            )
            if len(sentences) == 1:
                start, end = line.span()
            words = plain(sentence)
            if len(sentence.split()) >= FEWEST_WORDS and (place >= 0 or len(sentences) == 1):
                yield Part(start, end, "", words, ruled=words in rules or words in notices)


def reworded(body: str, part: Part, seed: int) -> Part | None:
    """The sentence with a third of its words others; None where it has markup or few words to change."""
    random, text = Random(f"{seed} {part.start}"), body[part.start : part.end]  # noqa: S311 - chosen by the test
    words = re.split(r"(\s+)", re.sub(r"^<\w+[^>]*>|</\w+>$", "", text))
    places = [place for place, word in enumerate(words) if re.fullmatch(r"[a-z]{5,}", word)]
    if "<" in "".join(words) or not places:
        return None
    for place in random.sample(places, -(-len(places) // 3)):
        words[place] = f"{words[place][:3]}zebra{place}".translate(str.maketrans("0123456789", "abcdefghij"))
    put = text.replace(re.sub(r"^<\w+[^>]*>|</\w+>$", "", text), "".join(words))
    return replace(part, put=put, now=words_of(put))


def side(event: Event, which: str) -> str | None:
    """All that one side of the event says and quotes; None for a side that it has not."""
    value = getattr(event, which)
    quote = event.evidence.quote_before if which == "old" else event.evidence.quote_after
    return None if value is None else plain(f"{to_json(value)} {quote or ''}".replace("\\n", "").replace('\\"', '"'))


def explains(part: Part, event: Event) -> bool:
    """Whether the event is this edit: its words stand on their side, and not on the other."""
    old, new = side(event, "old"), side(event, "new")
    before = (
        bool(part.was)
        and old is not None
        and part.was in old
        and (new is None or new.count(part.was) < old.count(part.was))
    )
    after = (
        bool(part.now)
        and new is not None
        and part.now in new
        and (old is None or old.count(part.now) < new.count(part.now))
    )
    # Of a sentence that a typed fact had to itself the new words may be a rule's: each side is told by its own.
    if part.was and part.now and part.ruled and event.kind.startswith("rule."):
        return before and after
    return before or after


def problems(source_id: str, before: str, after: str, parts: Sequence[Part]) -> list[str]:
    """What is wrong with what is told of these edits."""
    events = [event for event in follow(source_id, before, after) if event.kind not in INCIDENTS]
    wrong = [
        f"{event.kind} was told: {event.old} > {event.new}"
        for event in events
        if not any(explains(part, event) for part in parts)
    ]
    return wrong + [
        f"was not told: {part.was} > {part.now}" for part in parts if not any(explains(part, event) for event in events)
    ]


def removal(source_id: str, body: str, parts: Sequence[Part]) -> list[str]:
    """What is wrong when these sentences go."""
    return problems(source_id, body, _edited(body, parts), parts)


def arrival(source_id: str, body: str, parts: Sequence[Part]) -> list[str]:
    """What is wrong when these sentences come."""
    return problems(source_id, _edited(body, parts), body, [replace(part, was="", now=part.was) for part in parts])


def rewording(source_id: str, body: str, parts: Sequence[Part]) -> list[str]:
    """What is wrong when these sentences take other words."""
    others = [other for part in parts if (other := reworded(body, part, 1))]
    return problems(source_id, body, _edited(body, others), others) if others else []


def _edited(body: str, parts: Sequence[Part]) -> str:
    for part in sorted(parts, key=lambda part: -part.start):
        body = part.apply(body)
    return body


WAYS = {"gone": removal, "come": arrival, "reworded": rewording}


def each(way: str, source_id: str, body: str, parts: Sequence[Part]) -> list[str]:
    """What is wrong with any of these edits: all at once, and where that goes wrong, each half by itself."""
    wrong = WAYS[way](source_id, body, parts)
    if not wrong or len(parts) == 1:
        return wrong
    half = len(parts) // 2
    return [problem for some in (parts[:half], parts[half:]) for problem in each(way, source_id, body, some)]


class Swap(Struct, frozen=True):
    """Two values in one column of adjacent rows."""

    start: int
    end: int
    put: str
    values: tuple[str, str]


def swaps_of(body: str) -> Iterator[Swap]:
    """Each two figures that stand one below the other in adjacent rows of as many cells."""
    start = body.index("<main")
    rows = [(start + row.start(), row[0]) for row in rows_of(body)]
    for (one_at, one), (two_at, two) in pairwise(rows):
        cells = [list(_CELL.finditer(row)) for row in (one, two)]
        if two_at - one_at - len(one) > NEAR or len(cells[0]) != len(cells[1]):
            continue
        for above, below in list(zip(*cells, strict=True))[1:]:
            values = tuple(tidy(html.unescape(_TAG.sub("", cell[1]))) for cell in (above, below))
            if (
                values[0] != values[1]
                and all(map(_FIGURE.fullmatch, values))
                and _TAG.search(above[1] + below[1]) is None
            ):
                whole = body[one_at + above.start(1) : two_at + below.end(1)]
                put = below[1] + whole[len(above[1]) : len(whole) - len(below[1])] + above[1]
                yield Swap(one_at + above.start(1), two_at + below.end(1), put, values)


def check_swap(source_id: str, body: str, swap: Swap) -> list[str]:
    """What is wrong when these change places: each must be told with both values, in one event where it is an entry."""
    events = follow(source_id, body, body[: swap.start] + swap.put + body[swap.end :])
    one, two = (plain(value) for value in swap.values)
    right = [
        event
        for event in events
        for old, new in [(side(event, "old") or "", side(event, "new") or "")]
        if {one, two} <= set(re.findall(r"\d+(?:\.\d+)?", f"{old} {new}")) and old != new
    ]
    wanted = 1 if any(event.kind == "notice.posted" for event in events) else 2
    if len(right) == len(events) >= wanted:
        return []
    return [f"{swap.values} swapped: {[(event.kind, event.old, event.new) for event in events]}"]


@pytest.mark.slow
@pytest.mark.parametrize("source", PAGES)
@pytest.mark.parametrize("way", WAYS)
def test_every_sentence_that_goes_comes_or_is_put_otherwise_is_told(real: Path, source: str, way: str):
    body = body_of(real, source)
    parts = list(sentences_of(source, body))[:: LEFT_OUT.get(source, 1)]
    count = -(-len(parts) // TOGETHER)
    wrong = [problem for start in range(count) for problem in each(way, source, body, parts[start::count])]
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
@pytest.mark.parametrize("source", PAGES)
def test_every_two_figures_that_change_places_are_told(real: Path, source: str):
    body = body_of(real, source)
    wrong = [problem for swap in swaps_of(body) for problem in check_swap(source, body, swap)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
@pytest.mark.parametrize("source", PAGES)
@pytest.mark.parametrize("way", PAGE)
def test_no_disguise_of_any_page_is_told(real: Path, source: str, way: str):
    body = body_of(real, source)
    other = disguised(body, (way,), Random(1))  # noqa: S311 - chosen by the test
    assert [(event.kind, event.old, event.new) for event in follow(source, body, other)] == []


@FEW
@given(data=st.data())
def test_a_sentence_that_goes_comes_or_is_put_otherwise_is_told(real: Path, data: st.DataObject):
    source = data.draw(st.sampled_from([page for page in PAGES if page not in LEFT_OUT]))
    body = body_of(real, source)
    part = data.draw(st.sampled_from(list(sentences_of(source, body))))
    assert each(data.draw(st.sampled_from(sorted(WAYS))), source, body, [part]) == []


@FEW
@given(data=st.data())
def test_two_figures_that_change_places_are_told(real: Path, data: st.DataObject):
    source = data.draw(st.sampled_from(("ircc-crs", "ircc-fsw", "bcpnp-for-workers")))
    body = body_of(real, source)
    swaps = list(swaps_of(body))
    assume(swaps)
    assert check_swap(source, body, data.draw(st.sampled_from(swaps))) == []


ROUNDS, TIMES = "ircc-ee-rounds", "ircc-processing-times"
FIELDS = {
    "drawName": ("stream", "Canadian Experience Class, outside one region"),
    "drawSize": ("invitations", "1,234"),
    "drawCRS": ("score", "987"),
    "drawText2": ("selection", "Federal Trades and others"),
    "drawCutOff": ("tie_break", "March 03, 2020 at 03:04:05 UTC"),
}
"""Keys of a round, the fields they give, and another value."""


@FEW
@given(at=st.integers(0, 300), key=st.sampled_from(sorted(FIELDS)))
def test_another_value_of_a_key_of_a_round_is_told(real: Path, at: int, key: str):
    body = json.loads(body_of(real, ROUNDS))
    field, value = FIELDS[key]
    edited = json.loads(json.dumps(body))
    edited["rounds"][at][key] = value
    assume(body["rounds"][at][key] not in {value, ""})
    (event,) = follow(ROUNDS, json.dumps(body), json.dumps(edited))
    assert event.kind == "draw.amended"
    assert field in event.changed
    assert event.old is not None
    assert event.new is not None
    assert (event.old["number"], event.new["number"]) == (body["rounds"][at]["drawNumber"],) * 2
    assert event.old[field] != event.new[field]


@FEW
@given(at=st.integers(0, 300), key=st.sampled_from(["drawSize", "drawCRS"]))
def test_two_rounds_that_swap_a_value_are_both_told(real: Path, at: int, key: str):
    body = json.loads(body_of(real, ROUNDS))
    edited = json.loads(json.dumps(body))
    one, two = body["rounds"][at][key], body["rounds"][at + 1][key]
    assume(one != two)
    edited["rounds"][at][key], edited["rounds"][at + 1][key] = two, one
    events = follow(ROUNDS, json.dumps(body), json.dumps(edited))
    field = FIELDS[key][0]
    told = [(event.old[field], event.new[field]) for event in events if event.old and event.new]
    numbers = [int(value.replace(",", "")) for value in (one, two)]
    assert sorted(told) == sorted([tuple(numbers), tuple(reversed(numbers))])


@FEW
@given(at=st.integers(0, 300), name=st.sampled_from(["drawNote", "_id", "lastModified"]), everywhere=st.booleans())
def test_a_key_that_no_reader_knows_is_no_news(real: Path, at: int, name: str, everywhere: bool):
    body = json.loads(body_of(real, ROUNDS))
    edited = json.loads(json.dumps(body))
    for number, item in enumerate(edited["rounds"]):
        if everywhere or number == at:
            item[name] = f"x{number}"
    assert follow(ROUNDS, json.dumps(body), json.dumps(edited)) == []


@FEW
@given(data=st.data())
def test_a_round_that_goes_from_the_middle_is_withdrawn(real: Path, data: st.DataObject):
    body = json.loads(body_of(real, ROUNDS))
    at = data.draw(st.integers(1, len(body["rounds"]) - 2))
    less = {**body, "rounds": body["rounds"][:at] + body["rounds"][at + 1 :]}
    events = follow(ROUNDS, json.dumps(body), json.dumps(less))
    assert [(event.kind, event.old and event.old["number"]) for event in events] == [
        ("draw.withdrawn", body["rounds"][at]["drawNumber"])
    ]


@FEW
@given(data=st.data())
def test_a_key_of_the_times_that_goes_or_comes_is_told(real: Path, data: st.DataObject):
    body = json.loads(body_of(real, TIMES))
    places = [
        (section, key)
        for section, values in body.items()
        for key, text in values.items()
        if section != "default-update" and re.fullmatch(r"\d+ (?:days|months|weeks)", text)
    ]
    section, key = data.draw(st.sampled_from(places))
    less = json.loads(json.dumps(body))
    text = less[section].pop(key)
    (event,) = follow(TIMES, json.dumps(body), json.dumps(less))
    assert (event.kind, event.old and event.old["text"], event.new) == ("processing_time.removed", text, None)
    (event,) = follow(TIMES, json.dumps(less), json.dumps(body))
    assert (event.kind, event.old, event.new and event.new["text"]) == ("processing_time.added", None, text)
