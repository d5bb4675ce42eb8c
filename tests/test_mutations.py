"""Real pages and feeds edited at random: every edit is told with its old and new words, no disguise is."""

import gzip
import html
import json
import re
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from evaluation.disguises import FEED, PAGE, disguised, tokens
from evaluation.following import Follower, starter_sources
from monitor.changes.reading import Reading
from monitor.model import Event, FactKind, Known, Occupation, Snapshot, to_json
from monitor.pages.dates import find_dates
from monitor.pages.wording import tidy
from monitor.read import read_snapshot

TOGETHER = 12
"""So many edits are made at once where all are tried."""
LEFT_OUT = {"oinp-updates-2024": 4}
"""A page whose reading takes a second and whose entries are much alike: every fourth word, row, sentence is tried."""

START = datetime(2026, 6, 1, 12, tzinfo=UTC)
PAGES = (
    "bcpnp-invitations", "bcpnp-for-workers", "oinp-updates-2024", "oinp-foreign-worker",
    "esdc-gts", "esdc-gts-requirements", "ircc-crs", "ircc-fsw",
)  # fmt: skip
FEEDS = ("ircc-ee-rounds", "ircc-processing-times")
FEW = settings(
    max_examples=10,
    derandomize=True,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.function_scoped_fixture,
        HealthCheck.data_too_large,
    ],
)

_TEXT = re.compile(r"[^\W\d_]")
_AMOUNT = re.compile(r"\$(\d[\d,]*(?:\.\d\d)?)")
_NUMBER = re.compile(
    r"(?<![\d.,$#-])\d{1,3}(?![\d.,%-])(?= (?:points|months|weeks|calendar days|business days|years|employees)\b)"
)
_CODE = re.compile(r"(?<![\d$,.-])\d{5}(?![\d,-])")
CODED = re.compile(r"(?:NOC|\s|&nbsp;|<[^>]+>)*\d{5} - ")
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_DATE = re.compile(rf"\b(?P<month>{_MONTHS})(?P<gap> |&nbsp;|\u00a0)(?P<day>\d{{1,2}}), (?P<year>20\d\d)\b")
_MODAL = re.compile(r"\b(?:must|may|should|cannot)\b(?! \d)")
_OTHER_MODAL = {"must": "may", "may": "must", "should": "must", "cannot": "can"}
_WORD = re.compile(r"(?<![\w-])(?<!\d )(?<!\()[a-z]{7,}(?![\w-])(?! of \d)")


def _another_word(match: re.Match[str]) -> str:
    """A word that stands nowhere, another one for each word and place."""
    return f"zebra{match[0][:4]}{''.join(chr(97 + int(digit)) for digit in str(match.start()))}"


@cache
def body_of(real: Path, source: str) -> str:
    """The newest real copy of this source."""
    lines = [json.loads(line) for line in (real / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    line = max(
        (line for line in lines if line["source"] == source and line["bytes"] > 1), key=lambda line: line["fetched_at"]
    )
    raw = (real / line["file"]).read_bytes()
    return (gzip.decompress(raw) if line.get("encoding") == "gzip" else raw).decode("utf-8")


def follow(source_id: str, *bodies: str, steps: float = 24) -> list[Event]:
    """What is told of these bodies read one after another, the last one long enough to be believed."""
    source = starter_sources()[source_id]
    follower = Follower(source=source, known=Known(source=source.id))
    for number, body in enumerate((*bodies, bodies[-1], bodies[-1])):
        at = START + timedelta(hours=steps * number)
        follower.take(replace(reading_of(source_id, body), checked_at=at))
    return follower.events()


@cache
def reading_of(source_id: str, body: str) -> Reading:
    """What is read of this body."""
    source = starter_sources()[source_id]
    kind = "application/json" if source_id in FEEDS else "text/html; charset=utf-8"
    snapshot = Snapshot(
        source=source.id,
        fetched_at=START,
        status=200,
        final_url=source.url,
        headers={"content-type": kind},
        body=body.encode(),
    )
    return read_snapshot(source, snapshot)


class Edit(Struct, frozen=True):
    """A piece of the body and what is put in its place; ``was`` and ``now`` are the words that must be told."""

    start: int
    end: int
    put: str
    was: str
    now: str
    again: bool = False
    """Whether the words stand elsewhere too, so that the old ones are still so and only the new ones are news."""
    whole: bool = False
    """Whether their line says hardly more, so that one line goes and another comes."""

    def apply(self, body: str) -> str:
        return body[: self.start] + self.put + body[self.end :]

    def sides(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """Each side's words."""
        return (self.was, "old"), (self.now, "new")


@cache
def told_words(source_id: str, body: str, *, rules: bool) -> str:
    """All that facts quote, as one line; ``rules``: only what sentences and notices say."""
    kinds = {FactKind.RULE, FactKind.NOTICE} if rules else set(FactKind)
    facts = (fact for fact in reading_of(source_id, body).facts if fact.kind in kinds)
    return " ".join(tidy(fact.quote).replace("\n", " ") for fact in facts)


@cache
def titles_of(source_id: str, body: str) -> tuple[str, ...]:
    """The titles of the page's occupations."""
    values = [fact.value for fact in reading_of(source_id, body).facts]
    return tuple(value.title for value in values if isinstance(value, Occupation) and value.title)


def stands_in_title(text: str, match: re.Match[str], titles: Sequence[str]) -> bool:
    """Whether this word is one of the title with which a text begins or ends."""
    spans = [(0, len(title)) for title in titles if text.lstrip().startswith(title)]
    spans += [(len(text.rstrip()) - len(title), len(text)) for title in titles if text.rstrip().endswith(title)]
    return any(start <= match.start() < end for start, end in spans)


def leads_away(body: str, link: str, place: int, text: str) -> bool:
    """Whether this is navigation: a line that is a link and no more, or one to a heading of these words."""
    if link.startswith('<a href="#') and re.search(rf"<h[1-6]\b[^<]*{re.escape(text.strip())}", body):
        return True
    tag = max(("li", "p", "div"), key=lambda tag: body.rfind(f"<{tag}", 0, place))
    line = body[body.rfind(f"<{tag}", 0, place) : body.find(f"</{tag}", place)]
    return not _TEXT.search(re.sub(r"<a\b.*?</a>|<[^>]*>|&\w+;", "", line, flags=re.DOTALL))


@cache
def texts(body: str) -> list[tuple[int, str]]:
    """(offset, text) of every text of the content but in headings, heads of columns and navigation."""
    found, place, heading, before = [], body.index("<main"), False, ""
    for token in tokens(body[place:]):
        place = body.index(token, place)
        if match := re.match(r"<(/?)(?:h[1-6]|th|caption|summary|label)\b", token):
            heading = not match[1]
        elif not token.startswith("<") and token.strip() and not heading and not leads_away(body, before, place, token):
            found.append((place, token))
        place, before = place + len(token), token
    return found


def edits(
    source_id: str, body: str, pattern: re.Pattern[str], put: Callable[[re.Match[str]], str], *, rules: bool = False
) -> list[Edit]:
    """Every edit of this kind at a place that some fact quotes."""
    told, found = told_words(source_id, body, rules=rules), []
    whole = tidy(html.unescape(" ".join(text for _, text in texts(body))))
    titles = titles_of(source_id, body)
    for place, text in texts(body):
        for match in pattern.finditer(text):
            # Of an occupation only the code counts: its title is the classification's, in whatever spelling.
            if pattern is _WORD and (CODED.match(text) or stands_in_title(text, match, titles)):
                continue
            around = text[max(match.start() - 20, 0) : match.end() + 20]
            around = html.unescape(
                re.sub(r"^[^\s;&]*[;\s]|[\s&][^\s&;]*$", "", around) if len(text) > len(around) else around
            )
            now = put(match)
            if now != match[0] and match[0] in around and tidy(around) in told:
                again = whole.count(tidy(around)) > 1
                whole_line = len(text.split()) <= 2
                found.append(Edit(place + match.start(), place + match.end(), now, match[0], now, again, whole_line))
    return found


def plain(words: str) -> str:
    return re.sub(r"[,$\s]|&nbsp;|\.00\b", "", words).lower()


def says(event: Event, words: str, side: str) -> bool:
    """Whether a side of the event holds these words, a date in either of its spellings."""
    value = event.old if side == "old" else event.new
    dates = find_dates(html.unescape(words))
    spellings = [plain(words), *(plain(found.date.isoformat()) for found in dates)]
    told = plain(to_json(value).replace("\u00a0", " ")) if value is not None else ""
    return any(spelling in told for spelling in spellings)


def another_number(text: str, by: int) -> str:
    digits = int(text.replace(",", "").split(".")[0]) + by
    whole = f"{digits:,}" if "," in text else str(digits)
    return whole + (f".{text.split('.')[1]}" if "." in text else "")


def another_day(match: re.Match[str], by: int) -> str:
    day = (int(match["day"]) - 1 + by % 9 + 1) % 28 + 1
    return f"{match['month']}{match['gap']}{day}, {match['year']}"


def explains(edit: Edit, event: Event, labels: Collection[str]) -> bool:
    """Whether the event is this edit: both its sides say it, the only side where a code leaves or joins a list.

    ``labels``: keys without places before the edit. What the page says twice and now also otherwise has come beside it.
    """
    if event.old is None or event.new is None:
        alone = (
            edit.again
            or edit.whole
            or _CODE.fullmatch(edit.was) is not None
            or (event.key or "").partition("@")[0] in labels
        )
        return alone and all(
            says(event, words, side) for words, side in edit.sides() if getattr(event, side) is not None
        )
    return says(event, edit.now, "new") and (edit.again or says(event, edit.was, "old"))


def problems(source_id: str, body: str, chosen: Sequence[Edit]) -> list[str]:
    """What is wrong when these edits are made at once: each must be told with its words, and nothing else may be."""
    edited = body
    for edit in sorted(chosen, key=lambda edit: -edit.start):
        edited = edit.apply(edited)
    events = follow(source_id, body, edited)
    labels = {
        fact.key.partition("@")[0] for fact in reading_of(source_id, body).facts if fact.kind is not FactKind.RULE
    }
    wrong = [
        f"{event.kind} was told: {event.old} > {event.new}"
        for event in events
        if not any(explains(edit, event, labels) for edit in chosen)
    ]
    for edit in chosen:
        told = [any(says(event, words, side) for event in events) for words, side in edit.sides()]
        beside = any(event.old is None and explains(edit, event, labels) for event in events)
        # The old code may still stand in another row of its list, the old sentence in another entry.
        if not (told[1] if edit.again or beside or _CODE.fullmatch(edit.was) else all(told)):
            around = re.sub(r"<[^>]+>|\s+", " ", body[max(edit.start - 200, 0) : edit.end + 60])
            wrong.append(f"{edit.was} > {edit.now} was not told: {around}")
    return wrong


def problems_of_each(source_id: str, body: str, chosen: Sequence[Edit]) -> list[str]:
    """What is wrong with any of these edits: all are made at once, and where that goes wrong, each half by itself.

    Five old draws edited at once are one event, so a crowd that is not told as it must be says nothing of its members.
    """
    wrong = problems(source_id, body, chosen)
    if not wrong or len(chosen) == 1:
        return wrong
    half = len(chosen) // 2
    return [problem for part in (chosen[:half], chosen[half:]) for problem in problems_of_each(source_id, body, part)]


def check(source_id: str, body: str, edit: Edit) -> None:
    """The edit is told with its old and its new words, and nothing else is."""
    wrong = problems(source_id, body, [edit])
    assert not wrong, "\n".join(wrong)


KINDS: dict[str, Callable[[str, str, int], list[Edit]]] = {
    "amount": lambda source, body, by: edits(source, body, _AMOUNT, lambda match: f"${another_number(match[1], by)}"),
    "number": lambda source, body, by: edits(source, body, _NUMBER, lambda match: str(int(match[0]) + 1 + by % 5)),
    "code": lambda source, body, _by: edits(source, body, _CODE, lambda match: f"{match[0][:2]}9{match[0][3:]}"),
    "date": lambda source, body, by: edits(source, body, _DATE, lambda match: another_day(match, by)),
    "modal": lambda source, body, _by: edits(source, body, _MODAL, lambda match: _OTHER_MODAL[match[0]], rules=True),
    "word": lambda source, body, _by: edits(source, body, _WORD, _another_word, rules=True),
}


def rows_of(body: str) -> list[re.Match[str]]:
    """Table rows with words, no heads (also those in white letters), no merged cells."""
    start = body.index("<main")
    rows = re.finditer(r"<tr\b(?:(?!<tr\b).)*?</tr>", body[start:], re.DOTALL)
    return [
        row
        for row in rows
        if "span=" not in row[0]
        and "<th" not in row[0]
        and "rgba(255" not in row[0]
        and _TEXT.search(re.sub("<[^>]+>", "", row[0]))
    ]


def without(body: str, row: re.Match[str]) -> str:
    """The body without this row of its content."""
    start = body.index("<main")
    return body[: start + row.start()] + body[start + row.end() :]


def check_row(source_id: str, body: str, row: re.Match[str]) -> None:
    """A row that goes, and one that comes, is told by words of its own and nothing else is."""
    cells = {tidy(html.unescape(re.sub(r"<[^>]+>", " ", cell))).casefold() for cell in re.split(r"</td>", row[0])}
    words = {word for cell in cells for word in re.findall(r"\w{2,}", cell)}
    less = without(body, row)
    for before, after, side, other in ((body, less, "old", "new"), (less, body, "new", "old")):
        events = follow(source_id, before, after)
        strangers = [
            (event.kind, event.old, event.new)
            for event in events
            if not words & set(re.findall(r"\w{2,}", to_json(getattr(event, side)).casefold()))
            or (getattr(event, other) is not None and not _is_notice_with(event, cells, side, other))
        ]
        assert not strangers, strangers
        assert events, f"{words} not told"


def _is_notice_with(event: Event, cells: Collection[str], side: str, other: str) -> bool:
    """Whether this is a dated entry that holds the row on one side only, for an entry is told whole."""
    more, less = (plain(to_json(getattr(event, each))) for each in (side, other))
    counts = [(more.count(plain(cell)), less.count(plain(cell))) for cell in cells if cell]
    return event.kind == "notice.posted" and all(one == two + 1 for one, two in counts if one > 0)


@pytest.mark.slow
@pytest.mark.parametrize("source", PAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_edit_of_a_page_is_told(real: Path, source: str, kind: str):
    """All places of a page, what the seeded form below only samples; a dozen at once, to be done in minutes."""
    body = body_of(real, source)
    places = KINDS[kind](source, body, 7)[:: LEFT_OUT.get(source, 1) if kind == "word" else 1]
    count = -(-len(places) // TOGETHER)
    wrong = [problem for start in range(count) for problem in problems_of_each(source, body, places[start::count])]
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
@pytest.mark.parametrize("source", [source for source in PAGES if source != "bcpnp-invitations"])
def test_every_row_that_goes_or_comes_is_told(real: Path, source: str):
    body = body_of(real, source)
    for row in rows_of(body)[:: LEFT_OUT.get(source, 1)]:
        check_row(source, body, row)


@pytest.mark.parametrize("kind", KINDS)
@FEW
@given(data=st.data())
def test_an_edit_of_a_page_is_told_and_nothing_else(real: Path, kind: str, data: st.DataObject):
    source = data.draw(st.sampled_from(PAGES))
    body = body_of(real, source)
    places = KINDS[kind](source, body, data.draw(st.integers(1, 40)))
    assume(places)
    check(source, body, data.draw(st.sampled_from(places)))


@FEW
@given(data=st.data())
def test_a_row_that_goes_or_comes_is_told_and_nothing_else(real: Path, data: st.DataObject):
    source = data.draw(st.sampled_from(("bcpnp-for-workers", "esdc-gts-requirements", "ircc-crs", "ircc-fsw")))
    body = body_of(real, source)
    check_row(source, body, data.draw(st.sampled_from(rows_of(body))))


@FEW
@given(data=st.data())
def test_no_disguise_of_a_page_is_told(real: Path, data: st.DataObject):
    source = data.draw(st.sampled_from(PAGES))
    ways = data.draw(st.lists(st.sampled_from(sorted(PAGE)), min_size=1, max_size=3, unique=True))
    body = body_of(real, source)
    other = disguised(body, tuple(ways), Random(data.draw(st.integers(0, 99))))  # noqa: S311 - chosen by the test
    assert [(event.kind, event.old, event.new) for event in follow(source, body, other)] == []


@FEW
@given(source=st.sampled_from(FEEDS), way=st.sampled_from(sorted(FEED)), seed=st.integers(0, 99))
def test_no_disguise_of_a_feed_is_told(real: Path, source: str, way: str, seed: int):
    body = body_of(real, source)
    assert follow(source, body, disguised(body, (way,), Random(seed))) == []  # noqa: S311 - chosen by the test


@FEW
@given(data=st.data())
def test_a_field_of_a_round_is_told_with_both_values(real: Path, data: st.DataObject):
    body = json.loads(body_of(real, "ircc-ee-rounds"))
    at = data.draw(st.integers(0, len(body["rounds"]) - 1))
    key, field, low, high = data.draw(
        st.sampled_from([("drawSize", "invitations", 1, 9999), ("drawCRS", "score", 1, 1200)])
    )
    edited = json.loads(json.dumps(body))
    value = data.draw(st.integers(low, high))
    assume(value != int(body["rounds"][at][key].replace(",", "")))
    edited["rounds"][at][key] = f"{value:,}"
    (event,) = follow("ircc-ee-rounds", json.dumps(body), json.dumps(edited))
    assert (event.kind, event.changed) == ("draw.amended", (field, f"{field}_text"))
    assert event.old is not None
    assert event.new is not None
    assert (event.old["number"], event.old[field], event.new[field]) == (
        body["rounds"][at]["drawNumber"],
        int(body["rounds"][at][key].replace(",", "")),
        value,
    )


@FEW
@given(data=st.data())
def test_a_new_round_is_told_once_and_an_older_copy_is_not(real: Path, data: st.DataObject):
    body = json.loads(body_of(real, "ircc-ee-rounds"))
    count = data.draw(st.integers(1, 4))
    newer, older = json.dumps(body), json.dumps({**body, "rounds": body["rounds"][count:]})
    events = follow("ircc-ee-rounds", older, newer, older, newer, steps=1)
    assert sorted((event.kind, event.new and event.new["number"]) for event in events) == sorted(
        ("draw.new", item["drawNumber"]) for item in body["rounds"][:count]
    )


@FEW
@given(data=st.data())
def test_a_time_of_the_feed_is_told_with_both_values_whatever_the_stamp(real: Path, data: st.DataObject):
    body = json.loads(body_of(real, "ircc-processing-times"))
    places = [
        (section, key)
        for section, values in body.items()
        if section != "default-update"
        for key, text in values.items()
        if re.fullmatch(r"\d+ (?:days|months|weeks)", text)
    ]
    section, key = data.draw(st.sampled_from(places))
    edited = json.loads(json.dumps(body))
    number, unit = body[section][key].split()
    edited[section][key] = f"{int(number) + data.draw(st.integers(1, 90))} {unit}"
    if data.draw(st.booleans()):
        edited["default-update"]["lastupdated"] = "December 30, 2025"
    (event,) = follow("ircc-processing-times", json.dumps(body), json.dumps(edited))
    assert event.kind == "processing_time.changed"
    assert event.old is not None
    assert event.new is not None
    assert (event.old["text"], event.new["text"]) == (body[section][key], edited[section][key])


def test_a_restamp_is_one_event_and_no_content(real: Path):
    body = body_of(real, "ircc-processing-times")
    other = body.replace("December 23, 2025", "December 30, 2025")
    assert other != body
    assert [event.kind for event in follow("ircc-processing-times", body, other)] == ["page.restamped"]
