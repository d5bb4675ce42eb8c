"""Verdicts: every operator against every state of the facts, patterns, filters and durations."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.assess import judge, match_pattern
from monitor.assess.durations import Duration, compare_durations, find_duration
from monitor.assess.patterns import find_word, match_where
from monitor.model import (
    Assumption,
    Deadline,
    Draw,
    Expect,
    Fact,
    FactKind,
    Fee,
    Guide,
    KnownFact,
    Modality,
    Notice,
    Occupation,
    Operator,
    ProcessingTime,
    ReadState,
    Rule,
    Stream,
    StreamStatus,
    Threshold,
    Value,
    Verdict,
    VerdictKind,
)

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
KINDS: Mapping[type, FactKind] = {
    Draw: FactKind.DRAW,
    Fee: FactKind.FEE,
    Threshold: FactKind.THRESHOLD,
    ProcessingTime: FactKind.PROCESSING_TIME,
    Occupation: FactKind.OCCUPATION,
    Stream: FactKind.STREAM,
    Rule: FactKind.RULE,
    Notice: FactKind.NOTICE,
    Deadline: FactKind.DEADLINE,
}
HOLDS, CONTRADICTED, STALE, UNKNOWN = (
    VerdictKind.HOLDS,
    VerdictKind.CONTRADICTED,
    VerdictKind.STALE,
    VerdictKind.UNKNOWN,
)


def known(value: Value, slug: str, *, source: str = "s", quote: str = "the words") -> KnownFact:
    kind = KINDS[type(value)]
    fact = Fact(key=f"{kind}:{source}/{slug}", kind=kind, source=source, value=value, quote=quote)
    return KnownFact(fact=fact, first_seen=NOW - dt.timedelta(days=90), last_seen=NOW, version="v1")


def state(source: str = "s", *, days: float = 1, read: bool = True) -> ReadState:
    good = NOW - dt.timedelta(days=days) if read else None
    return ReadState(
        source=source,
        url=f"https://official.example/{source}",
        version="v1" if read else None,
        last_good_read=good,
        last_change=good,
        last_check=NOW,
        checks=4,
        reads_since_change=3,
        health="ok" if read else "never",
    )


def verdict_of(
    facts: Sequence[KnownFact],
    operator: Operator,
    operand: Any,
    *,
    fact: str | None,
    where: Mapping[str, Any] | None = None,
    phrase: str | None = None,
    sources: tuple[str, ...] = ("s",),
    states: Sequence[ReadState] | None = None,
    texts: Mapping[str, str] | None = None,
    kinds_read: Mapping[str, frozenset[FactKind]] | None = None,
    now: dt.datetime = NOW,
) -> Verdict:
    expect = Expect(operator=operator, operand=operand, fact=fact, phrase=phrase, where=where or {})
    assumption = Assumption(id="A", claim="It is so.", sources=sources, expect=expect)
    guide = Guide(id="g", title="G", assumptions=(assumption,))
    reads = {item.source: item for item in (states if states is not None else [state()])}
    return judge(guide, assumption, facts=facts, reads=reads, now=now, page_texts=texts, kinds_read=kinds_read)


def fee(amount: str, label: str = "Application fee", **more: Any) -> KnownFact:
    return known(Fee(label=label, amount=Decimal(amount), **more), label.lower().replace(" ", "-"))


def points(amount: int, label: str = "Provincial nomination") -> KnownFact:
    return known(Threshold(label=label, amount=Decimal(amount), unit="points"), label.lower().replace(" ", "-"))


def time(low: int | None, high: int | None, unit: str = "months", text: str = "as written") -> KnownFact:
    value = ProcessingTime(
        label="Application",
        low=None if low is None else Decimal(low),
        high=None if high is None else Decimal(high),
        unit=unit,
        text=text,
    )
    return known(value, "application")


def draw(number: int, day: dt.date | None, category: str = "stem", score: int | None = 480) -> KnownFact:
    return known(
        Draw(number=str(number), date=day, category=category, score=score, occupations=("21231",)), str(number)
    )


def job(code: str, title: str = "Web designers", teer: int = 1) -> KnownFact:
    return known(Occupation(list="tech", code=code, title=title, teer=teer), f"tech-{code}")


def stream(status: StreamStatus, name: str = "Tech") -> KnownFact:
    return known(Stream(name=name, status=status), name.lower())


RECENT, OLD = dt.date(2026, 5, 20), dt.date(2024, 4, 11)

CASES: list[tuple[str, Operator, Any, str, list[KnownFact], VerdictKind]] = [
    ("equal", Operator.EQUALS, 600, "threshold:*", [points(600)], HOLDS),
    ("equal as text", Operator.EQUALS, "$1,750", "fee:*", [fee("1750.00")], HOLDS),
    ("unequal", Operator.EQUALS, 600, "threshold:*", [points(0)], CONTRADICTED),
    ("some equal", Operator.EQUALS, 600, "threshold:*", [points(600), points(50, "Nomination, base")], UNKNOWN),
    ("no match", Operator.EQUALS, 600, "threshold:*funds*", [points(600)], UNKNOWN),
    ("incomparable", Operator.EQUALS, "many", "threshold:*", [points(600)], UNKNOWN),
    ("at least", Operator.AT_LEAST, 500, "threshold:*", [points(500)], HOLDS),
    ("not at least", Operator.AT_LEAST, 501, "threshold:*", [points(500)], CONTRADICTED),
    ("at most", Operator.AT_MOST, 500, "draw:*", [draw(1, RECENT, score=500)], HOLDS),
    ("not at most", Operator.AT_MOST, 499, "draw:*", [draw(1, RECENT, score=500)], CONTRADICTED),
    ("score not stated", Operator.AT_MOST, 499, "draw:*", [draw(1, RECENT, score=None)], UNKNOWN),
    ("one score missing", Operator.AT_MOST, 499, "draw:*", [draw(1, RECENT), draw(2, RECENT, score=None)], UNKNOWN),
    ("between", Operator.BETWEEN, (100, 600), "threshold:*", [points(600)], HOLDS),
    ("not between", Operator.BETWEEN, (100, 599), "threshold:*", [points(600)], CONTRADICTED),
    ("one of", Operator.ONE_OF, (50, 600), "threshold:*", [points(600)], HOLDS),
    ("none of", Operator.ONE_OF, (50, 200), "threshold:*", [points(600)], CONTRADICTED),
    ("open", Operator.STATUS, "open", "stream:*", [stream(StreamStatus.OPEN)], HOLDS),
    ("closed", Operator.STATUS, "open", "stream:*", [stream(StreamStatus.CLOSED)], CONTRADICTED),
    ("status of nothing", Operator.STATUS, "open", "stream:*", [], UNKNOWN),
    ("equal status", Operator.EQUALS, "open", "stream:*", [stream(StreamStatus.OPEN)], HOLDS),
    ("title", Operator.EQUALS, "Web Designers", "occupation:*", [job("21233")], HOLDS),
    ("teer", Operator.EQUALS, 1, "occupation:*", [job("21233")], HOLDS),
    ("other teer", Operator.EQUALS, 1, "occupation:*", [job("22220", teer=2)], CONTRADICTED),
    (
        "day",
        Operator.AT_LEAST,
        "2026-06-01",
        "deadline:*",
        [known(Deadline(label="d", date=RECENT), "d")],
        CONTRADICTED,
    ),
    ("present", Operator.PRESENT, True, "fee:*", [fee("1")], HOLDS),
    ("not present", Operator.PRESENT, True, "fee:*", [], CONTRADICTED),
    ("absent", Operator.PRESENT, False, "fee:*", [], HOLDS),
    ("not absent", Operator.PRESENT, False, "fee:*", [fee("1")], CONTRADICTED),
    ("count", Operator.COUNT, 2, "occupation:*", [job("21232"), job("21233")], HOLDS),
    ("count none", Operator.COUNT, 0, "occupation:*", [], HOLDS),
    ("too few", Operator.COUNT, 2, "occupation:*", [job("21232")], CONTRADICTED),
    ("too many", Operator.COUNT, 1, "occupation:*", [job("21232"), job("21233")], CONTRADICTED),
    ("contains", Operator.CONTAINS, "21233", "occupation:*", [job("21232"), job("21233")], HOLDS),
    ("contains all", Operator.CONTAINS, ("21232", "web designers"), "occupation:*", [job("21232")], HOLDS),
    ("contains some", Operator.CONTAINS, ("21232", "21233"), "occupation:*", [job("21232")], CONTRADICTED),
    ("contains nothing", Operator.CONTAINS, "21233", "occupation:*", [], UNKNOWN),
    ("excludes", Operator.EXCLUDES, "21233", "occupation:*", [job("21232")], HOLDS),
    ("excludes of nothing", Operator.EXCLUDES, "21233", "occupation:*", [], HOLDS),
    ("does not exclude", Operator.EXCLUDES, ("1", "21233"), "occupation:*", [job("21233")], CONTRADICTED),
    ("recent", Operator.NEWEST_WITHIN, dt.timedelta(days=30), "draw:*", [draw(1, OLD), draw(2, RECENT)], HOLDS),
    ("to the day", Operator.NEWEST_WITHIN, dt.timedelta(days=12), "draw:*", [draw(2, RECENT)], HOLDS),
    ("a day late", Operator.NEWEST_WITHIN, dt.timedelta(days=11), "draw:*", [draw(2, RECENT)], CONTRADICTED),
    ("none at all", Operator.NEWEST_WITHIN, dt.timedelta(days=30), "draw:*", [], CONTRADICTED),
    ("undated", Operator.NEWEST_WITHIN, "30d", "draw:*", [draw(1, None)], UNKNOWN),
    (
        "a typing slip",
        Operator.NEWEST_WITHIN,
        "30d",
        "draw:*",
        [draw(1, OLD), draw(2, dt.date(2027, 1, 1))],
        CONTRADICTED,
    ),
    ("kind without dates", Operator.NEWEST_WITHIN, "30d", "threshold:*", [points(1)], UNKNOWN),
    ("unknown kind", Operator.EQUALS, 1, "price:*", [fee("1")], UNKNOWN),
]


@pytest.mark.parametrize(
    ("operator", "operand", "pattern", "facts", "expected"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_operators(
    operator: Operator, operand: Any, pattern: str, facts: list[KnownFact], expected: VerdictKind
) -> None:
    assert verdict_of(facts, operator, operand, fact=pattern).verdict == expected


@pytest.mark.parametrize(
    ("operator", "operand", "pattern", "facts", "expected"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_a_stale_source_turns_only_holds_into_stale(
    operator: Operator, operand: Any, pattern: str, facts: list[KnownFact], expected: VerdictKind
) -> None:
    verdict = verdict_of(facts, operator, operand, fact=pattern, states=[state(days=30.1)])
    assert verdict.verdict == (STALE if expected == HOLDS else expected)
    assert "last read well on 2026-05-02" in verdict.reasons[0]


@pytest.mark.parametrize(
    ("operator", "operand", "pattern", "facts", "expected"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_a_source_never_read_leaves_everything_unknown(
    operator: Operator, operand: Any, pattern: str, facts: list[KnownFact], expected: VerdictKind
) -> None:
    del expected
    for states in ([], [state(read=False)]):
        assert verdict_of(facts, operator, operand, fact=pattern, states=states).verdict == UNKNOWN


@pytest.mark.parametrize(
    ("operator", "operand", "facts", "expected"),
    [
        (Operator.EQUALS, 600, [points(600)], UNKNOWN),
        (Operator.EQUALS, 600, [points(0)], CONTRADICTED),
        (Operator.PRESENT, True, [points(600)], UNKNOWN),
        (Operator.PRESENT, True, [], UNKNOWN),
        (Operator.PRESENT, False, [points(600)], CONTRADICTED),
        (Operator.PRESENT, False, [], UNKNOWN),
        (Operator.COUNT, 0, [points(600)], CONTRADICTED),
        (Operator.COUNT, 2, [points(600)], UNKNOWN),
    ],
)
def test_another_source_never_read_forbids_conclusions_from_absence(
    operator: Operator, operand: Any, facts: list[KnownFact], expected: VerdictKind
) -> None:
    verdict = verdict_of(facts, operator, operand, fact="threshold:*", sources=("s", "other"))
    assert verdict.verdict == expected
    if expected == UNKNOWN:
        assert "Never read: other" in verdict.reasons[0]


def test_the_page_of_a_coming_year_leaves_no_gap() -> None:
    sources = ("s", "updates-2027")
    assert verdict_of([points(600)], Operator.EQUALS, 600, fact="threshold:*", sources=sources).verdict == HOLDS
    sources = ("s", "updates-2026")
    assert verdict_of([points(600)], Operator.EQUALS, 600, fact="threshold:*", sources=sources).verdict == UNKNOWN


def test_the_oldest_source_decides_staleness() -> None:
    states = [state(days=1), state("old", days=31)]
    verdict = verdict_of([points(600)], Operator.EQUALS, 600, fact="threshold:*", sources=("s", "old"), states=states)
    assert verdict.verdict == STALE
    assert verdict.last_good_read == NOW - dt.timedelta(days=31)
    at_the_limit = [state(days=30)]
    assert verdict_of([points(600)], Operator.EQUALS, 600, fact="threshold:*", states=at_the_limit).verdict == HOLDS


@pytest.mark.parametrize(
    ("operator", "operand", "fact", "expected"),
    [
        (Operator.AT_MOST, "3 weeks", time(3, 3), CONTRADICTED),
        (Operator.AT_MOST, "3 months", time(3, 3), HOLDS),
        (Operator.AT_MOST, "5 months", time(3, 6), CONTRADICTED),
        (Operator.AT_LEAST, "3 months", time(3, 6), HOLDS),
        (Operator.EQUALS, "3 months", time(3, 6), CONTRADICTED),
        (Operator.BETWEEN, ("3 months", "6 months"), time(3, 6), HOLDS),
        (Operator.BETWEEN, ("3 months", "6 months"), time(48, 48, "business_days"), CONTRADICTED),
        (Operator.BETWEEN, ("3 months", "6 months"), time(114, 114, "business_days"), HOLDS),
        (Operator.EQUALS, "2 weeks", time(10, 10, "business_days"), HOLDS),
        (Operator.EQUALS, "10 business days", time(2, 2, "weeks"), HOLDS),
        (Operator.EQUALS, 3, time(3, 3), HOLDS),
        (Operator.AT_MOST, "3 months", time(None, 3), HOLDS),
        (Operator.AT_LEAST, "1 month", time(None, 3, text="up to 3 months"), UNKNOWN),
        (Operator.AT_LEAST, "4 months", time(None, 3, text="up to 3 months"), CONTRADICTED),
        (Operator.EQUALS, "2 months", time(None, 3, text="up to 3 months"), UNKNOWN),
        (Operator.EQUALS, "5 months", time(None, 3, text="up to 3 months"), CONTRADICTED),
        (Operator.AT_MOST, "6 months", time(3, None, text="more than 3 months"), UNKNOWN),
        (Operator.AT_MOST, "2 months", time(3, None, text="more than 3 months"), CONTRADICTED),
        (Operator.AT_MOST, "6 months", time(None, None, text="Not enough data"), UNKNOWN),
        (Operator.AT_MOST, "soon", time(3, 3), UNKNOWN),
    ],
)
def test_times_compare_across_units(operator: Operator, operand: Any, fact: KnownFact, expected: VerdictKind) -> None:
    assert verdict_of([fact], operator, operand, fact="processing_time:*").verdict == expected


def test_a_threshold_in_months_compares_as_a_duration() -> None:
    months = known(Threshold(label="Experience", amount=Decimal(12), unit="months"), "experience")
    assert verdict_of([months], Operator.AT_LEAST, "1 year", fact="threshold:*").verdict == HOLDS


def test_a_fee_announced_for_later_does_not_count_yet() -> None:
    later = fee("1590", "Fee later", effective_on=dt.date(2026, 6, 2))
    now, then = [fee("1525"), later], NOW + dt.timedelta(days=1)
    assert verdict_of(now, Operator.EQUALS, 1525, fact="fee:*").verdict == HOLDS
    assert verdict_of([later], Operator.EQUALS, 1525, fact="fee:*").verdict == UNKNOWN
    assert verdict_of([later], Operator.EQUALS, 1525, fact="fee:*", now=then).verdict == CONTRADICTED


def test_some_names_both_sides() -> None:
    verdict = verdict_of([points(600), points(50, "Job offer")], Operator.EQUALS, 600, fact="threshold:*")
    assert verdict.found == "Provincial nomination: 600 points; Job offer: 50 points"
    assert "Provincial nomination: 600 points against Job offer: 50 points" in verdict.reasons[0]


def test_a_code_listed_twice_counts_once() -> None:
    twice = known(Occupation(list="tech", code="21232"), "tech-21232@second-table")
    assert verdict_of([job("21232"), twice], Operator.COUNT, 1, fact="occupation:*").verdict == HOLDS


def test_absence_of_a_kind_nobody_reads_proves_nothing() -> None:
    kinds = {"s": frozenset({FactKind.FEE})}
    for operator, operand in [
        (Operator.PRESENT, False),
        (Operator.PRESENT, True),
        (Operator.COUNT, 0),
        (Operator.EXCLUDES, "21232"),
        (Operator.NEWEST_WITHIN, "1y"),
    ]:
        assert verdict_of([], operator, operand, fact="draw:*", kinds_read=kinds).verdict == UNKNOWN
        assert verdict_of([], operator, operand, fact="draw:*").verdict != UNKNOWN


def test_a_filter_on_a_field_that_does_not_exist_is_unknown() -> None:
    verdict = verdict_of([fee("1")], Operator.PRESENT, False, fact="fee:*", where={"categroy": "x"})
    assert verdict.verdict == UNKNOWN
    assert "categroy" in verdict.reasons[0]


@pytest.mark.parametrize(
    ("present", "text", "expected"),
    [
        (True, "It takes 10\u00a0business days.", HOLDS),
        (True, "It takes 110 business days.", CONTRADICTED),
        (True, "It takes 1.10 business days", CONTRADICTED),
        (False, "It takes 10 Business Days.", CONTRADICTED),
        (False, "It takes a month.", HOLDS),
        (True, "", UNKNOWN),
    ],
)
def test_phrases(present: bool, text: str, expected: VerdictKind) -> None:
    verdict = verdict_of([], Operator.PRESENT, present, fact=None, phrase="10 business days", texts={"s": text})
    assert verdict.verdict == expected


def test_a_phrase_verdict_quotes_its_line_with_its_address() -> None:
    texts = {"s": "Heading\nThe standard is 10 business days (80% of the time).\nMore"}
    verdict = verdict_of([], Operator.PRESENT, True, fact=None, phrase="10 business days", texts=texts)
    assert verdict.evidence is not None
    assert verdict.evidence.quote == "The standard is 10 business days (80% of the time)."
    assert verdict.evidence.url.startswith("https://official.example/s#:~:text=The%20standard")


def test_a_phrase_needs_the_text_of_every_source_to_be_missed() -> None:
    states = [state(), state("other")]
    for present, text, expected in [(True, "no", UNKNOWN), (False, "no", UNKNOWN), (True, "yes", HOLDS)]:
        verdict = verdict_of(
            [],
            Operator.PRESENT,
            present,
            fact=None,
            phrase="yes",
            texts={"s": text},
            sources=("s", "other"),
            states=states,
        )
        assert verdict.verdict == expected


def test_reasons_can_be_checked() -> None:
    facts = [
        known(Threshold(label="Nomination", amount=Decimal(600), unit="points"), "nomination", quote="Nomination 600")
    ]
    verdict = verdict_of(facts, Operator.EQUALS, 500, fact="threshold:*nomination*")
    assert verdict.expected == "threshold:*nomination* equals 500"
    assert verdict.found == "Nomination: 600 points"
    assert verdict.reasons == (
        "Expected threshold:*nomination* equals 500. Found Nomination: 600 points.",
        "“Nomination 600” (s, last read well 2026-05-31 12:00 UTC)",
    )
    assert (verdict.source, verdict.reads_since_change) == ("s", 3)
    assert verdict.evidence is not None
    assert verdict.evidence.version == "v1"
    assert verdict.evidence.url == "https://official.example/s#:~:text=Nomination%20600&text=Nomination-,600"


def test_official_words_that_end_in_a_full_stop_bring_no_second_one() -> None:
    facts = [known(Notice(title="Fees rose.", text="Fees rose.", date=None), "fees")]
    verdict = verdict_of(facts, Operator.PRESENT, False, fact="notice:*")
    assert verdict.reasons[0].endswith(": Fees rose.")


def test_facts_seen_later_are_not_known_yet() -> None:
    before = NOW - dt.timedelta(days=91)
    assert verdict_of([points(600)], Operator.EQUALS, 600, fact="threshold:*", now=before).verdict == UNKNOWN


def test_without_an_expectation_a_person_must_judge() -> None:
    assumption = Assumption(id="A", claim="c", because="It matters.", date=dt.date(2026, 6, 11))
    guide = Guide(id="g", title="G", assumptions=(assumption,))
    verdict = judge(guide, assumption, facts=[], reads={}, now=NOW)
    assert verdict.verdict == VerdictKind.MANUAL
    assert verdict.reasons == ("Personal deadline 2026-06-11 (in 10 days).", "It matters.")


def test_the_same_facts_give_the_same_verdict_in_any_order() -> None:
    facts = [draw(1, OLD), draw(2, RECENT), draw(3, RECENT, score=500)]
    first = verdict_of(facts, Operator.NEWEST_WITHIN, "30d", fact="draw:*")
    assert verdict_of(facts[::-1], Operator.NEWEST_WITHIN, "30d", fact="draw:*").verdict == first.verdict


@given(amount=st.integers(0, 2000), operand=st.integers(0, 2000))
def test_comparisons_agree_with_each_other(amount: int, operand: int) -> None:
    def is_so(operator: Operator, wanted: Any) -> bool:
        kind = verdict_of([points(amount)], operator, wanted, fact="threshold:*").verdict
        assert kind in {HOLDS, CONTRADICTED}
        return kind == HOLDS

    least, most = is_so(Operator.AT_LEAST, operand), is_so(Operator.AT_MOST, operand)
    assert is_so(Operator.EQUALS, operand) == (least and most)
    assert is_so(Operator.BETWEEN, (operand, operand)) == (least and most)
    assert least or most


UNITS = st.sampled_from(["minutes", "hours", "days", "business_days", "weeks", "months", "years"])


@given(left=st.integers(0, 500), unit=UNITS, right=st.integers(0, 500), other=UNITS)
def test_durations_compare_both_ways_alike(left: int, unit: str, right: int, other: str) -> None:
    one = find_duration(f"{left} {unit}")
    two = find_duration(f"{right} {other}")
    assert one is not None
    assert two is not None
    assert compare_durations(one, two) == -compare_durations(two, one)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("10 business days", "2 weeks"),
        ("63 business days", "3 months"),
        ("14d", "2w"),
        ("1 year", "12 months"),
        ("1 year", "365 days"),
        ("90 days", "3 months"),
        ("1,000 days", "1000 days"),
        ("1.5 weeks", "10.5 days"),
    ],
)
def test_equal_durations(one: str, two: str) -> None:
    left, right = find_duration(one), find_duration(two)
    assert left is not None
    assert right is not None
    assert compare_durations(left, right) == 0


def test_what_is_no_duration() -> None:
    assert [find_duration(item) for item in ("soon", "10", "", 10, None, "10 euros")] == [None] * 6
    assert find_duration(dt.timedelta(hours=36)) == Duration(amount=Fraction(3, 2), unit="days")


@pytest.mark.parametrize(
    ("pattern", "key", "fits"),
    [
        ("draw:*", "draw:ircc/418", True),
        ("draw:*", "pool:ircc/418", False),
        ("draw:41?", "draw:ircc/418", True),
        ("fee:*Application*", "fee:bc/skills-application-fee", True),
        ("fee:application", "fee:bc/skills-application-fee", False),
        ("fee:application", "fee:bc/application@entrepreneur", True),
        ("fee:application@*", "fee:bc/application@entrepreneur", True),
        ("fee:*@skills*", "fee:bc/application@entrepreneur", False),
        ("fee:application@*", "fee:bc/application", False),
        ("fee:bc/app*", "fee:bc/application", True),
        ("fee:ab/app*", "fee:bc/application", False),
        ("fee:entrepreneur", "fee:bc/application@entrepreneur", False),
        ("fees:*", "fee:bc/application", False),
    ],
)
def test_patterns(pattern: str, key: str, fits: bool) -> None:
    assert match_pattern(pattern, key) is fits


@pytest.mark.parametrize(
    ("where", "fits"),
    [
        ({}, True),
        ({"category": "STEM"}, True),
        ({"category": "pnp"}, False),
        ({"category": ["pnp", "stem"]}, True),
        ({"occupations": "21231"}, True),
        ({"occupations": ["21231", "99999"]}, True),
        ({"occupations": ["99999"]}, False),
        ({"stream": "*human capital*"}, True),
        ({"stream": "human capital"}, False),
        ({"score": 480}, True),
        ({"score": "480"}, True),
        ({"score": 481}, False),
        ({"number": "12"}, False),
        ({"invitations": 1}, False),
        ({"category": "stem", "score": 1}, False),
        ({"missing": "x"}, False),
    ],
)
def test_filters(where: Mapping[str, Any], fits: bool) -> None:
    value = {
        "category": "stem",
        "occupations": ["20012", "21231"],
        "stream": "Express Entry Human Capital Priorities",
        "score": 480,
        "number": "012",
        "invitations": None,
    }
    assert match_where(where, value) is fits


@pytest.mark.parametrize(
    ("word", "text", "hit"),
    [
        ("tech", "Ontario tech draws", True),
        ("tech", "Animal health technicians", False),
        ("work permit", "Work  permits are", True),
        ("employer", "the employer’s offer", True),
        ("tech*", "technicians", True),
        ("LMIA", "an lmia-based stream", True),
        ("", "anything", False),
    ],
)
def test_words(word: str, text: str, hit: bool) -> None:
    assert (find_word((word,), text) is not None) is hit


def test_rules_compare_as_words() -> None:
    rule = known(Rule(section="Offer", text="You must have an offer.", modality=Modality.MUST), "offer")
    assert verdict_of([rule], Operator.EQUALS, "you must  have an offer", fact="rule:*").verdict == HOLDS
    assert verdict_of([rule], Operator.AT_LEAST, "you must", fact="rule:*").verdict == UNKNOWN
    notice = known(Notice(title="New fees", date=RECENT, text="…"), "n")
    assert verdict_of([notice], Operator.CONTAINS, "new *", fact="notice:*").verdict == HOLDS
