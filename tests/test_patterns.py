"""What new draws say beyond themselves: cutoffs that jump, and kinds of draw never seen before."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from days import Follower, drawn, every
from msgspec.structs import replace

from monitor.assess import touches
from monitor.model import Assumption, Event, Expect, Fact, Guide, Operator, Severity, Source
from notifiers.values import say_event

START = date(2025, 1, 6)


def scored(category: str, scores: Sequence[int], *, gap: int = 14, **more: object) -> list[Fact]:
    days = every(gap, START, len(scores))
    return [drawn(day, category, score=score, **more) for day, score in zip(days, scores, strict=True)]


def arrive(before: Sequence[Fact], new: Sequence[Fact], *kinds: str, follower: Follower | None = None) -> list[Event]:
    """The events of these kinds when new draws come to a page that was read with the earlier ones."""
    follower = follower or Follower()
    follower.read(before, on=before[-1].value.date)  # type: ignore[union-attr, arg-type]
    follower.read([*before, *new], on=max(fact.value.date for fact in new))  # type: ignore[union-attr, type-var, arg-type]
    return follower.of(*(kinds or ("draw.shift", "draw.category")))


def test_a_jump_beyond_the_spread_is_told_beside_the_draw():
    *before, new = scored("pnp", [740, 780, 745, 790, 746, 855])
    follower = Follower()
    (event,) = arrive(before, [new], "draw.shift", follower=follower)
    assert [one.kind for one in follower.told] == ["draw.new", "draw.shift"]
    assert event.old is not None
    assert event.new is not None
    assert (event.old["date"], event.old["score"]) == ((START + timedelta(days=56)).isoformat(), 746)
    assert (event.new["score"], event.new["change"], event.new["usual_change"]) == (855, 109, 45)
    assert (event.new["category"], event.new["program"]) == ("pnp", "Express Entry")
    assert (event.key, event.changed, event.severity) == (new.key, ("score",), Severity.NOTICE)
    assert (event.evidence.quote_before, event.evidence.quote_after) == (before[-1].quote, new.quote)


@pytest.mark.parametrize(
    ("scores", "jumps"),
    [
        ([500, 502, 504, 503, 527], False),  # 24 points
        ([500, 502, 504, 503, 528], True),  # 25 points
        ([500, 502, 504, 503, 478], True),  # down as well
        ([700, 760, 710, 775, 720, 780], False),  # as far as ever before
        ([439, 375], True),  # no spread known yet
        ([439], False),
    ],
)
def test_a_jump_needs_25_points_and_more_than_is_usual(scores: list[int], jumps: bool):
    draws = scored("cec", [500, *scores] if len(scores) == 1 else scores)
    other = drawn(START, "general")
    new = draws[-1] if len(scores) > 1 else drawn(START + timedelta(days=1), "french", score=439)
    assert bool(arrive([other, *draws[:-1]], [new], "draw.shift")) is jumps


def test_a_message_says_what_jumped_and_what_is_new():
    *before, new = scored("pnp", [740, 745, 746, 855])
    told = arrive(before, [new, drawn(START + timedelta(days=43), "stem")])
    assert [say_event(event) for event in told] == [
        "First draw of its kind: stem (Version 1) (18 February 2025)",
        "Cutoff 746 → 855: Express Entry, pnp (17 February 2025, after 3 February 2025)",
    ]


def test_other_categories_lend_no_cutoff():
    before = [*scored("pnp", [740, 741, 742]), *scored("cec", [520, 521, 522])]
    assert arrive(before, [drawn(START + timedelta(days=60), "cec", score=523)], "draw.shift") == []


def test_a_provinces_scale_jumps_by_fewer_points():
    before = scored("tech", [110, 111, 110, 112], stream="Skilled Worker", program="Skills Immigration")
    new = drawn(START + timedelta(days=56), "tech", score=123, stream="Skilled Worker", program="Skills Immigration")
    assert len(arrive(before, [new], "draw.shift")) == 1


def test_of_many_draws_at_once_only_the_newest_of_a_series_is_compared():
    before = scored("cec", [500, 502, 501, 503])
    days = every(14, START + timedelta(days=70), 6)
    storm = [drawn(day, "cec", score=score) for day, score in zip(days, [540, 500, 540, 500, 540, 620], strict=True)]
    events = arrive(before, storm, "draw.shift")
    assert [(event.old and event.old["score"], event.new and event.new["score"]) for event in events] == [(540, 620)]


def test_back_filled_draws_are_no_shift():
    before = scored("cec", [500, 502, 501, 503])
    old = [drawn(START - timedelta(days=14 * number), "cec", score=400 + number) for number in (1, 2, 3)]
    follower = Follower()
    follower.read(before, on=START + timedelta(days=60))
    follower.read([*old, *before], on=START + timedelta(days=61))
    assert follower.of("draw.shift", "draw.category") == []


def test_several_cutoffs_on_one_day_are_compared_with_none():
    held = {"stream": "Skilled Worker", "program": "Skills Immigration"}
    before = scored("care", [110, 111, 110, 112], **held)
    day = START + timedelta(days=56)
    two = [replace(drawn(day, "care", score=score, **held), key=f"draw:s/{score}") for score in (90, 140)]
    assert arrive(before, two, "draw.shift") == []


def test_first_sight_tells_no_pattern():
    follower = Follower()
    follower.read([*scored("pnp", [700, 855]), drawn(START, "stem")], on=START + timedelta(days=30))
    assert follower.told == []


def test_a_category_never_seen_is_told_once():
    before = scored("pnp", [740, 741])
    first = drawn(START + timedelta(days=30), "physicians", score=740)
    second = drawn(START + timedelta(days=31), "physicians", score=740)
    follower = Follower()
    (event,) = arrive(before, [first, second], "draw.category", follower=follower)
    assert event.key == "draw:s/category-physicians"
    assert event.new is not None
    assert (event.new["category"], event.new["number"]) == ("physicians", first.value.number)  # type: ignore[union-attr]
    assert event.evidence.quote_after == first.quote
    follower.read(
        [*before, first, second, drawn(START + timedelta(days=40), "physicians")], on=START + timedelta(days=40)
    )
    assert len(follower.of("draw.category")) == 1


@pytest.mark.parametrize(
    ("known", "new", "strange"),
    [
        ("trade-occupations", "trades-occupations", False),
        ("physicians-with-canadian-work-experience", "physicians-canadian-work-experience", False),
        ("physicians-with-canadian-work-experience", "physician-with-canadian-work-experience-2026-version-2", False),
        ("provincial-nominee-program", "provincial-nominee-progran", False),
        ("agriculture-and-agri-food", "agriculture-agrifood", False),
        ("physicians-with-canadian-work-experience", "researchers-with-canadian-work-experience", True),
        ("physicians-with-canadian-work-experience", "senior-managers-with-canadian-work-experience", True),
        ("transport-occupations", "trade-occupations", True),
        ("care-health", "care-childcare", True),
        ("build-construction-trades", "build", True),
    ],
)
def test_another_spelling_is_no_new_category(known: str, new: str, strange: bool):
    before = [drawn(START, known)]
    assert bool(arrive(before, [drawn(START + timedelta(days=1), new)], "draw.category")) is strange


def test_a_renamed_category_is_not_new():
    before = scored("stem-occupations", [480, 481])
    renamed = [replace(fact, value=replace(fact.value, category="innovation")) for fact in before]  # type: ignore[type-var]
    follower = Follower()
    follower.read(before, on=START + timedelta(days=20))
    follower.read([*renamed, drawn(START + timedelta(days=30), "innovation")], on=START + timedelta(days=30))
    assert follower.of("draw.category") == []


def test_draws_without_a_category_are_named_by_their_stream():
    before = [drawn(START, None, stream="Base", program="Entrepreneur", score=None)]
    new = drawn(START + timedelta(days=1), None, stream="Regional Pilot", program="Entrepreneur", score=None)
    (event,) = arrive(before, [new], "draw.category")
    assert event.key == "draw:s/category-regional-pilot"


def test_every_category_is_new_in_january_and_none_is_told():
    source = Source(id="updates-2026", publisher="OINP", url="https://example.org", format=Follower().source.format)
    before = [drawn(START, "general", stream="Masters Graduate", program=None)]
    new = drawn(START + timedelta(days=1), "tech", stream="Human Capital Priorities", program=None)
    assert arrive(before, [new], "draw.category", follower=Follower(source=source)) == []


def test_shifts_and_new_categories_concern_what_rests_on_their_category():
    *before, new = scored("pnp", [740, 745, 746, 855])
    follower = Follower()
    arrive(before, [new, drawn(START + timedelta(days=40), "stem")], follower=follower)
    shift, category = follower.of("draw.shift")[0], follower.of("draw.category")[0]

    def concerned(event: Event, wanted: str) -> bool:
        expect = Expect(operator=Operator.AT_MOST, operand=800, fact="draw:*", where={"category": wanted})
        assumption = Assumption(id="A", claim="C", sources=("s",), expect=expect)
        return touches(event, Guide(id="g", title="G", assumptions=(assumption,)), assumption) is not None

    assert (concerned(shift, "pnp"), concerned(shift, "stem")) == (True, False)
    assert (concerned(category, "stem"), concerned(category, "pnp")) == (True, False)
