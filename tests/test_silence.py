"""What does not come: told past a series' own rhythm and at 90, 180 and 365 days, each once."""

import json
import random
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path

import pytest
from days import Follower, drawn, every, moment
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from program import Program

from monitor.assess import touches
from monitor.changes.silence import RECENT, marks_of, percentile, stands_still_on
from monitor.model import (
    Assumption,
    Cause,
    DrawKind,
    Event,
    Expect,
    Fact,
    Guide,
    Known,
    Operator,
    Severity,
    Source,
    from_json,
    to_json,
)
from notifiers.values import say_event

START = date(2024, 1, 1)


def silences(follower: Follower, name: str | None = None) -> list[tuple[str, int]]:
    """(mark, days since the last draw) of what was told, of one series or all."""
    return [
        (str(event.new["mark"]), int(event.new["days"]))
        for event in follower.of("draw.silence")
        if event.new and (name is None or str(event.key).endswith(f"/silence-{name}"))
    ]


def rounds(category: str, gap: int, times: int, *, start: date = START) -> list[Fact]:
    return [drawn(day, category) for day in every(gap, start, times)]


def test_a_series_that_ends_is_told_past_its_rhythm_and_at_three_marks():
    follower = Follower()
    draws = rounds("stem", 14, 10)
    last = START + timedelta(days=14 * 9)
    follower.follow(draws, START, last + timedelta(days=500))
    assert silences(follower) == [("more than 14 days", 15), ("90 days", 90), ("180 days", 180), ("365 days", 365)]
    first = follower.of("draw.silence")[0]
    assert (first.cause, first.severity, first.state) == (Cause.SILENCE, Severity.NOTICE, "confirmed")
    assert first.observed_at == moment(last + timedelta(days=15))
    assert first.key == "draw:s/silence-express-entry-stem"
    assert first.new is not None
    wanted = {"program": "Express Entry", "category": "stem", "last": last.isoformat(), "usual_days": 14, "draws": 10}
    assert {name: first.new[name] for name in wanted} == wanted
    assert first.evidence.quote_after == draws[-1].quote


def test_a_message_says_when_the_last_one_was_and_what_is_usual():
    follower = Follower()
    follower.follow(rounds("stem", 14, 10), START, START + timedelta(days=14 * 9 + 15))
    assert say_event(follower.told[-1]) == (
        "No draw for 15 days: Express Entry, stem; the last was on 6 May 2024, usually one every 14 days, "
        "seldom more than 14 apart"
    )


def test_a_draw_after_a_silence_starts_the_clock_anew():
    follower = Follower()
    held = every(14, START, 6)
    back = held[-1] + timedelta(days=40)
    draws = [drawn(day, "stem") for day in [*held, back]]
    follower.follow(draws, START, back + timedelta(days=89))
    assert silences(follower) == [("more than 14 days", 15), ("more than 40 days", 41)]


def test_few_draws_have_only_the_fixed_marks_that_exceed_their_gaps():
    assert [mark.label for mark in marks_of(every(30, START, 3))] == ["90 days", "180 days", "365 days"]
    assert [mark.label for mark in marks_of(every(120, START, 3))] == ["180 days", "365 days"]
    assert marks_of([START]) == ()


def test_marks_below_what_is_usual_are_not_told():
    labels = [mark.label for mark in marks_of(every(120, START, 5))]
    assert labels == ["more than 120 days", "180 days", "365 days"]
    assert [mark.label for mark in marks_of(every(900, START, 5))] == ["more than 900 days"]


def test_nothing_is_silent_within_a_week():
    assert marks_of(every(1, START, 30))[0].label == "more than 7 days"


def test_the_rhythm_is_that_of_the_recent_gaps():
    days = [*every(200, date(2010, 1, 1), 10), *every(14, date(2020, 1, 1), 60)]
    assert marks_of(days)[0].label == "more than 14 days"


@pytest.mark.parametrize(("gaps", "wanted"), [([5], 5), ([1, 2, 3], 3), (list(range(1, 21)), 19), ([9] * 40, 9)])
def test_the_percentile_is_a_gap_that_was(gaps: list[int], wanted: int):
    assert percentile(gaps) == wanted


def test_each_series_has_its_own_clock_and_all_draws_together_one_more():
    follower = Follower()
    pnp = rounds("pnp", 14, 20)
    stem = rounds("stem", 14, 5)
    follower.follow([*pnp, *stem], START, START + timedelta(days=14 * 19 + 20))
    assert silences(follower, "express-entry-stem") == [
        ("more than 14 days", 15),
        ("90 days", 90),
        ("180 days", 180),
    ]
    assert silences(follower, "express-entry-pnp") == [("more than 14 days", 15)]
    assert silences(follower, "express-entry") == [("more than 14 days", 15)]


def test_first_sight_tells_nothing_of_marks_already_past():
    follower = Follower()
    draws = rounds("stem", 14, 10)
    last = START + timedelta(days=14 * 9)
    assert follower.read(draws, on=last + timedelta(days=100)) == []
    follower.follow(draws, last + timedelta(days=101), last + timedelta(days=400))
    assert silences(follower) == [("180 days", 180), ("365 days", 365)]


def test_of_marks_crossed_between_two_reads_the_highest_is_told():
    follower = Follower()
    draws = rounds("stem", 14, 10)
    last = START + timedelta(days=14 * 9)
    follower.read(draws, on=last)
    events = follower.read(draws, on=last + timedelta(days=200))
    assert [(event.kind, event.new and event.new["mark"]) for event in events] == [("draw.silence", "180 days")]


def test_reads_that_fail_tell_no_silence():
    follower = Follower()
    draws = rounds("stem", 14, 10)
    last = START + timedelta(days=14 * 9)
    follower.read(draws, on=last)
    for days in range(1, 60):
        follower.fail(on=last + timedelta(days=days))
    assert follower.of("draw.silence") == []
    came = [*draws, *(drawn(last + timedelta(days=14 * number), "stem") for number in range(1, 5))]
    follower.read(came, on=last + timedelta(days=60))
    assert follower.of("draw.silence") == []


def test_a_not_modified_answer_is_a_read_too():
    follower = Follower()
    draws = rounds("stem", 14, 10)
    last = START + timedelta(days=14 * 9)
    follower.read(draws, on=last)
    assert follower.not_modified(on=last + timedelta(days=14)) == []
    assert [event.kind for event in follower.not_modified(on=last + timedelta(days=15))] == ["draw.silence"]
    assert follower.not_modified(on=last + timedelta(days=16)) == []


def test_a_page_that_does_not_reach_back_tells_nothing_of_the_time_unread():
    follower = Follower()
    draws = rounds("stem", 14, 10) + rounds("pnp", 14, 10)
    last = START + timedelta(days=14 * 9)
    follower.read(draws, on=last)
    later = [drawn(day, "pnp") for day in every(14, last + timedelta(days=200), 10)]
    follower.read(later, on=last + timedelta(days=340))
    assert follower.of("draw.silence") == [], "stem draws may have come and gone in between"


def test_a_series_first_seen_when_it_was_over_is_not_told():
    follower = Follower()
    pnp = rounds("pnp", 14, 60)
    follower.read(pnp[:5], on=START + timedelta(days=60))
    follower.read([*pnp, *rounds("fst", 14, 5)], on=START + timedelta(days=14 * 59))
    assert silences(follower, "express-entry-fst") == []


def test_the_page_of_one_year_falls_silent_with_its_year():
    source = Source(
        id="updates-2024", publisher="OINP", url="https://example.org/2024", format=Follower().source.format
    )
    follower = Follower(source=source, known=Known(source=source.id))
    draws = [drawn(day, "general", stream="Masters Graduate", program=None) for day in every(20, START, 15)]
    follower.follow(draws, START, date(2026, 6, 1), step=3)
    assert [event.observed_at.year for event in follower.of("draw.silence")] == [2024]


def test_streams_and_categories_of_a_province_are_series_and_general_is_none():
    follower = Follower()
    kinds = {"program": None, "kind": DrawKind.NOTIFICATION}
    masters = [drawn(day, "general", stream="Masters", program=None) for day in every(20, START, 8)]
    tech = [drawn(day, "tech", stream="HCP", **kinds) for day in every(20, START, 3)]
    health = [drawn(day, "healthcare", stream="HCP", **kinds) for day in every(20, START, 8)]
    follower.follow([*masters, *tech, *health], START, START + timedelta(days=20 * 7 + 30))
    told = {str(event.key).partition("silence-")[2] for event in follower.of("draw.silence")}
    assert told == {"masters", "notification-hcp", "notification-healthcare", "notification-tech"}


def test_a_date_in_the_future_stops_no_clock():
    follower = Follower()
    draws = [*rounds("stem", 14, 10), drawn(date(2062, 1, 1), "stem")]
    last = START + timedelta(days=14 * 9)
    follower.read(draws, on=last)
    assert [event.kind for event in follower.read(draws, on=last + timedelta(days=20))] == ["draw.silence"]


def test_a_correction_of_an_old_date_tells_no_mark_twice():
    follower = Follower()
    draws = rounds("stem", 14, 10)
    last = START + timedelta(days=14 * 9)
    follower.read(draws, on=last)
    assert len(follower.read(draws, on=last + timedelta(days=16))) == 1
    value = draws[3].value
    moved = replace(draws[3], value=replace(value, date=START + timedelta(days=14 * 3 + 5)))  # type: ignore[type-var]
    follower.read([*draws[:3], moved, *draws[4:]], on=last + timedelta(days=17), text="corrected")
    follower.not_modified(on=last + timedelta(days=25))
    assert [mark for mark, _ in silences(follower)] == ["more than 14 days"]


GAPS = st.lists(st.integers(min_value=7, max_value=30), min_size=8, max_size=40)


@settings(max_examples=60)
@given(gaps=GAPS, step=st.integers(min_value=1, max_value=4))
def test_no_silence_while_draws_keep_their_pace(gaps: list[int], step: int):
    longest = max(gaps)
    spans = [longest, longest, longest, *gaps]
    days = list(accumulate(spans, lambda day, span: day + timedelta(days=span), initial=START))
    follower = Follower()
    follower.follow([drawn(day, "stem") for day in days], START, days[-1], step=step)
    early = [event for event in follower.of("draw.silence") if event.new and int(event.new["days"]) <= 7]
    assert early == []
    known = [percentile([*spans[:3], *gaps[:count]][-RECENT:]) for count in range(len(gaps))]
    if all(gap <= usual for gap, usual in zip(gaps, known, strict=True)):
        assert follower.of("draw.silence") == []


@settings(max_examples=40)
@given(gaps=GAPS, quiet=st.integers(min_value=1, max_value=700), reads=st.lists(st.integers(1, 90), max_size=30))
def test_each_mark_is_told_at_most_once_and_reads_may_come_at_any_pace(gaps: list[int], quiet: int, reads: list[int]):
    days = list(accumulate(gaps, lambda day, span: day + timedelta(days=span), initial=START))
    draws = [drawn(day, "stem") for day in days]
    follower = Follower()
    follower.read(draws, on=days[-1])
    for day in accumulate(reads, lambda day, span: day + timedelta(days=span), initial=days[-1]):
        follower.not_modified(on=day)
    follower.read(draws, on=days[-1] + timedelta(days=sum(reads) + quiet))
    marks = [mark for mark, _ in silences(follower)]
    assert len(marks) == len(set(marks)) <= 4
    assert [days for _, days in silences(follower)] == sorted(days for _, days in silences(follower))


def test_what_is_remembered_survives_storage():
    follower = Follower()
    draws = rounds("stem", 14, 10)
    follower.follow(draws, START, START + timedelta(days=14 * 9 + 20))
    memory = follower.known.memory
    assert memory.wake is not None
    assert memory.silences["express-entry-stem"].mark == 1
    assert from_json(to_json(memory), type(memory)) == memory
    assert from_json("{}", type(memory)).wake is None, "a database of before reads on"


def rests_on(**where: str) -> Assumption:
    expect = Expect(operator=Operator.NEWEST_WITHIN, operand="365d", fact="draw:*", where=where)
    return Assumption(id="A", claim="Draws are held.", sources=("s",), expect=expect)


def concerned(event: Event, assumption: Assumption) -> bool:
    return touches(event, Guide(id="g", title="G", assumptions=(assumption,)), assumption) is not None


def test_the_silence_of_a_series_concerns_what_rests_on_it_and_not_others():
    follower = Follower()
    follower.follow(rounds("pnp", 14, 10) + rounds("stem", 14, 5), START, START + timedelta(days=14 * 9 + 20))
    (every_draw,) = (e for e in follower.of("draw.silence") if e.key == "draw:s/silence-express-entry")
    stem = next(e for e in follower.of("draw.silence") if e.key == "draw:s/silence-express-entry-stem")
    assert concerned(stem, rests_on(category="stem"))
    assert not concerned(stem, rests_on(category="pnp"))
    assert not concerned(stem, rests_on()), "others go on"
    assert concerned(every_draw, rests_on())
    assert not concerned(every_draw, rests_on(category="stem")), "the series itself tells that"


def manifest_of(folder: Path, days: Sequence[date], held: Sequence[date]) -> list[str]:
    """Manifest lines of a made-up rounds feed as it stood on each of these days."""
    lines = []
    for day in days:
        records = [
            {"drawNumber": str(number), "drawDate": str(date_), "drawName": "STEM occupations", "drawCRS": "480"}
            for number, date_ in enumerate(held, start=1)
            if date_ <= day
        ]
        file = folder / f"{day}.json"
        file.write_text(json.dumps({"rounds": records[::-1]}))
        line = {"source": "ircc-ee-rounds", "fetched_at": f"{day}T20:00:00Z", "file": file.name}
        lines.append(json.dumps(line | {"content_type": "application/json"}))
    return lines


def test_the_order_in_which_reads_are_filed_makes_no_difference(stilltrue: Program, tmp_path: Path):
    held = [*every(14, START, 8), START + timedelta(days=14 * 7 + 60)]
    lines = manifest_of(tmp_path, every(9, START + timedelta(days=30), 40), held)
    other = replace(stilltrue, database=tmp_path / "other.db")
    shuffled = random.Random(3).sample(lines, len(lines))  # noqa: S311 - a repeatable disorder
    for program, parts in ((stilltrue, [lines]), (other, [shuffled[:15], shuffled[15:28], shuffled[28:]])):
        for number, part in enumerate(parts):
            manifest = tmp_path / f"{program.database.stem}-{number}.jsonl"
            manifest.write_text("\n".join(part))
            program("import", manifest)

    def story(program: Program) -> list[tuple[object, ...]]:
        history = program("history", "--json").json
        return [(e["id"], e["kind"], e["key"], e["new"], e["observed_at"]) for e in history]

    assert story(stilltrue) == story(other)
    assert [item[1] for item in story(stilltrue)].count("draw.silence") == 4


def test_a_page_that_changed_weekly_and_stopped_is_told_once():
    follower = Follower()
    start = date(2025, 1, 7)
    for number, day in enumerate(every(7, start, 12)):
        follower.read([drawn(start, "x")], on=day, text=f"week {number}")
    last = start + timedelta(days=77)
    for days in range(1, 60):
        follower.not_modified(on=last + timedelta(days=days))
    (event,) = follower.of("source.silent")
    assert event.observed_at == moment(last + timedelta(days=15))
    assert (event.cause, event.new and event.new["usual_days"]) == (Cause.SILENCE, 7)


@pytest.mark.parametrize(
    "days",
    [every(7, START, 6), every(30, START, 12), [START + timedelta(days=day) for day in (0, 1, 2, 3, 20, 21, 22, 60)]],
)
def test_pages_without_a_weekly_pace_are_never_silent(days: list[date]):
    assert stands_still_on(days) is None
