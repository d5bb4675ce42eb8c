"""Which events concern which assumptions, what must be rechecked, who is told; reminders and reviews."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from monitor.assess import (
    Assessment,
    assess,
    due_reminders,
    due_reviews,
    index_guides,
    plan_alerts,
    touches,
)
from monitor.model import (
    Affect,
    Alert,
    Assumption,
    Cause,
    Draw,
    Event,
    EventState,
    Evidence,
    Expect,
    Fact,
    FactKind,
    Fee,
    Guide,
    KnownFact,
    Operator,
    ReadState,
    RecheckRequest,
    Severity,
    Value,
    VerdictKind,
    Watch,
    value_to_plain,
)

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
STEM = Expect(
    operator=Operator.NEWEST_WITHIN, operand=dt.timedelta(days=365), fact="draw:*", where={"category": "stem"}
)
FEE = Expect(operator=Operator.EQUALS, operand=1475, fact="fee:*application*")


def item(name: str, **more: Any) -> Assumption:
    return Assumption(id=name, claim=f"Claim {name}.", **more)


def guide(*assumptions: Assumption, name: str = "g", **more: Any) -> Guide:
    return Guide(id=name, title="Guide", assumptions=assumptions, **more)


def event(kind: str, key: str | None = None, *, source: str = "s", **more: Any) -> Event:
    settings: dict[str, Any] = {"id": f"{kind}-{key}", "subject": "what happened", "confirmed_at": NOW} | more
    return Event(kind=kind, source=source, publisher="P", key=key, observed_at=NOW, **settings)


def drawn(number: int, category: str, *, day: dt.date = dt.date(2026, 5, 30), **more: Any) -> Event:
    value = Draw(number=str(number), date=day, category=category, stream=f"{category} occupations", score=480)
    return event("draw.new", f"draw:s/{number}", new=value_to_plain(value), **more)


def raised(old: str = "1475", new: str = "1750", **more: Any) -> Event:
    sides = [value_to_plain(Fee(label="Application fee", amount=Decimal(amount))) for amount in (old, new)]
    return event("fee.changed", "fee:s/application-fee", old=sides[0], new=sides[1], changed=("amount",), **more)


def ruled(text: str, *, section: str = "Job offer", kind: str = "rule.changed", **more: Any) -> Event:
    value = {"section": section, "text": text, "modality": "must"}
    return event(kind, "rule:s/abc", old=value, new=value | {"text": text + " Now."}, **more)


def known(kind: FactKind, slug: str, value: Value, *, source: str = "s", days: float = 90) -> KnownFact:
    fact = Fact(key=f"{kind}:{source}/{slug}", kind=kind, source=source, value=value, quote="words")
    return KnownFact(fact=fact, first_seen=NOW - dt.timedelta(days=days), last_seen=NOW, version="v")


def fee_fact(amount: str, *, days: float = 90, effective_on: dt.date | None = None) -> KnownFact:
    value = Fee(label="Application fee", amount=Decimal(amount), effective_on=effective_on)
    return known(FactKind.FEE, "application-fee", value, days=days)


def draw_fact(number: int, category: str, day: dt.date) -> KnownFact:
    return known(FactKind.DRAW, str(number), Draw(number=str(number), date=day, category=category))


def read_states(*sources: str) -> dict[str, ReadState]:
    return {
        source: ReadState(
            source=source,
            url="https://official.example/",
            version="v",
            last_good_read=NOW,
            last_change=NOW,
            last_check=NOW,
            checks=2,
            reads_since_change=1,
            health="ok",
        )
        for source in sources
    }


def judged(
    events: Sequence[Event],
    guides: Sequence[Guide],
    facts: Sequence[KnownFact] = (),
    *,
    previous: dict[tuple[str, str], VerdictKind] | None = None,
    first_sight: bool = False,
    now: dt.datetime = NOW,
) -> Assessment:
    return assess(
        events,
        guides,
        source="s",
        facts=lambda sources: [one for one in facts if one.fact.source in sources],
        reads=read_states("s", "other"),
        previous=previous or {},
        now=now,
        first_sight=first_sight,
    )


def why(happened: Event, assumption: Assumption) -> str | None:
    return touches(happened, guide(assumption), assumption)


RESTS_ON_STEM = item("A", sources=("s",), expect=STEM)
RESTS_ON_FEE = item("A", sources=("s",), expect=FEE)
PHRASE = Expect(operator=Operator.PRESENT, operand=True, phrase="two weeks")
SILENCE = event("draw.silence", "draw:s/stem", new={"category": "stem", "last": "2024-04-11", "days": 180})
FOLD = event(
    "draw.amended",
    "draw:s/*",
    severity=Severity.INFO,
    new={"count": 9, "fields": ["category"], "keys": ["draw:s/1", "draw:s/2"]},
    changed=("category",),
)


@pytest.mark.parametrize(
    ("happened", "assumption", "part"),
    [
        (drawn(1, "stem"), RESTS_ON_STEM, "draw.new of a fact it rests on (draw:*, category = stem)"),
        (drawn(1, "pnp"), RESTS_ON_STEM, None),
        (drawn(1, "stem", source="other"), RESTS_ON_STEM, None),
        (SILENCE, RESTS_ON_STEM, "draw.silence of a fact it rests on"),
        (replace(SILENCE, new={"category": "pnp"}), RESTS_ON_STEM, None),
        (replace(SILENCE, new={"last": "2024-04-11"}), RESTS_ON_STEM, None),
        (raised(), RESTS_ON_FEE, "fee.changed of a fact it rests on (fee:*application*): what happened"),
        (raised(), RESTS_ON_STEM, None),
        (ruled("It takes two  weeks."), item("A", sources=("s",), expect=PHRASE), "in the words it rests on"),
        (ruled("It takes a month."), item("A", sources=("s",), expect=PHRASE), None),
        (ruled("x"), item("A", sources=("s",)), "rule.changed on a page it rests on"),
        (ruled("x"), item("A", sources=("other",)), None),
        (ruled("x"), item("A"), None),
        (ruled("x"), RESTS_ON_FEE, None),
        (event("page.restamped"), item("A", sources=("s",)), None),
        (event("source.blocked"), item("A", sources=("s",)), None),
        (event("source.recovered"), RESTS_ON_FEE, None),
        (event("source.failing"), RESTS_ON_FEE, "can no longer be read"),
        (event("page.moved"), RESTS_ON_FEE, "s, which it rests on, has moved"),
        (event("page.removed"), item("A", watch=(Watch(sources=("s",)),)), "is gone"),
        (event("page.moved"), item("A", sources=("other",), watch=(Watch(sources=("s",)),)), None),
        (event("source.disagrees", subject="9 codes here, 15 there"), RESTS_ON_FEE, "9 codes here, 15 there"),
        (FOLD, RESTS_ON_STEM, None),
        (FOLD, item("A", sources=("s",)), None),
    ],
)
def test_an_event_concerns_what_rests_on_it_and_nothing_else(
    happened: Event, assumption: Assumption, part: str | None
) -> None:
    reason = why(happened, assumption)
    assert reason is None if part is None else part in str(reason)


@pytest.mark.parametrize(
    ("happened", "watch", "part"),
    [
        (raised(), Watch(sources=("s",), kinds=("fee",)), "watched: fee.changed on s: what happened"),
        (raised(), Watch(sources=("s",), kinds=("rule",)), None),
        (raised(), Watch(sources=("s",), kinds=("fee.changed",)), "watched"),
        (raised(), Watch(sources=("s",), kinds=("fee.sch",)), None),
        (event("deadline.reached", "fee:s/x"), Watch(sources=("s",), kinds=("fee",)), "watched"),
        (raised(), Watch(sources=("other",), kinds=("fee",)), None),
        (ruled("An LMIA is needed."), Watch(sources=("s",), words=("lmia",)), "naming “lmia”"),
        (ruled("An LMIA is needed."), Watch(sources=("s",), words=("permit",)), None),
        (ruled("x", section="Job offer rules"), Watch(sources=("s",), headings=("job offer",)), "under “job offer”"),
        (ruled("x", section="Fees"), Watch(sources=("s",), headings=("job offer",)), None),
        (drawn(1, "stem"), Watch(sources=("s",), kinds=("draw",), headings=("STEM",)), "under “STEM”"),
        (drawn(1, "pnp"), Watch(sources=("s",), kinds=("draw",), headings=("STEM",)), None),
        (event("fee.added", "fee:s/a@entrepreneur"), Watch(sources=("s",), headings=("Entrepreneur",)), "Entrepreneur"),
        (ruled("An LMIA is needed."), Watch(words=("LMIA",)), "watched"),
        (ruled("An LMIA.", source="other"), Watch(words=("LMIA",)), None),
        (ruled("An LMIA.", source="other", kind="notice.posted"), Watch(words=("LMIA",)), "watched"),
        (ruled("An LMIA.", source="other", kind="notice.posted", severity=Severity.INFO), Watch(words=("LMIA",)), None),
        (event("page.restamped"), Watch(sources=("s",)), None),
        (event("page.restamped"), Watch(sources=("s",), kinds=("page",)), "watched"),
        (event("source.blocked"), Watch(sources=("s",), kinds=("source",)), "watched"),
    ],
)
def test_a_watch_scope_says_what_else(happened: Event, watch: Watch, part: str | None) -> None:
    for assumption in (
        item("A", sources=("s",), watch=(watch,)),
        item("A", sources=("s",), expect=PHRASE, watch=(watch,)),
    ):
        reason = why(happened, assumption)
        assert reason is None if part is None else part in str(reason)


def test_a_watch_finds_words_in_quotes_too() -> None:
    happened = event("rule.added", "rule:s/x", evidence=Evidence(quote_after="Proof of funds is required."))
    assert why(happened, item("A", watch=(Watch(sources=("s",), words=("proof of funds",)),))) is not None


@pytest.mark.parametrize(("fields", "hit"), [(("tie_break",), False), (("score",), True), (("category",), True)])
def test_only_decisive_corrections_of_a_draw_concern(fields: tuple[str, ...], hit: bool) -> None:
    value = value_to_plain(Draw(number="1", category="stem"))
    happened = event("draw.amended", "draw:s/1", old=value, new=value, changed=fields)
    assert (why(happened, RESTS_ON_STEM) is not None) is hit


def test_a_fold_concerns_by_its_keys_and_opens_no_recheck() -> None:
    day = dt.date(2026, 1, 1)
    pnp = replace(STEM, where={"category": "pnp"})
    fee = item("C", sources=("s",), expect=FEE)
    board = guide(item("A", sources=("s",), expect=STEM), item("B", sources=("s",), expect=pnp), fee)
    facts = [draw_fact(1, "stem", day), draw_fact(2, "french", day), draw_fact(3, "pnp", day)]
    before = dict.fromkeys([("g", "A"), ("g", "B"), ("g", "C")], VerdictKind.HOLDS)
    result = judged([FOLD], [board], facts, previous=before)
    assert [affect.assumption for affect in result.affects] == ["A"]
    assert "1 of the facts it rests on" in result.affects[0].reason
    assert result.rechecks == ()


def test_a_changed_fact_affects_flips_and_asks() -> None:
    result = judged([raised()], [guide(RESTS_ON_FEE)], [fee_fact("1750")], previous={("g", "A"): VerdictKind.HOLDS})
    assert result.affects == (
        Affect(
            event="fee.changed-fee:s/application-fee",
            guide="g",
            assumption="A",
            verdict=VerdictKind.CONTRADICTED,
            reason="fee.changed of a fact it rests on (fee:*application*): what happened (1475 → 1750)",
        ),
    )
    (request,) = result.rechecks
    assert request.event == "fee.changed-fee:s/application-fee"
    assert request.reasons[1] == "now contradicted, was holds: Found Application fee: 1750 CAD."
    assert [verdict.verdict for verdict in result.verdicts] == [VerdictKind.CONTRADICTED]


def test_a_change_that_leaves_the_verdict_still_asks() -> None:
    most = replace(FEE, operator=Operator.AT_MOST, operand=2000)
    board = guide(item("A", sources=("s",), expect=most))
    result = judged([raised()], [board], [fee_fact("1750")], previous={("g", "A"): VerdictKind.HOLDS})
    assert [affect.verdict for affect in result.affects] == [VerdictKind.HOLDS]
    assert len(result.rechecks) == 1


def test_a_draw_that_confirms_affects_but_asks_nobody() -> None:
    facts = [draw_fact(1, "stem", dt.date(2026, 5, 30))]
    result = judged([drawn(1, "stem")], [guide(RESTS_ON_STEM)], facts, previous={("g", "A"): VerdictKind.HOLDS})
    assert [affect.verdict for affect in result.affects] == [VerdictKind.HOLDS]
    assert result.rechecks == ()


def test_a_draw_that_turns_the_verdict_asks() -> None:
    facts = [draw_fact(1, "stem", dt.date(2026, 5, 30))]
    before = {("g", "A"): VerdictKind.CONTRADICTED}
    result = judged([drawn(1, "stem")], [guide(RESTS_ON_STEM)], facts, previous=before)
    assert result.rechecks[0].reasons[-1].startswith("now holds, was contradicted: The newest is of 2026-05-30")


def test_time_alone_turns_a_verdict_and_asks_once() -> None:
    facts = [draw_fact(1, "stem", dt.date(2025, 5, 30))]
    result = judged([], [guide(RESTS_ON_STEM)], facts, previous={("g", "A"): VerdictKind.HOLDS})
    assert [(request.assumption, request.event) for request in result.rechecks] == [("A", None)]
    again = judged([], [guide(RESTS_ON_STEM)], facts, previous={("g", "A"): VerdictKind.CONTRADICTED})
    assert again == Assessment()


def test_a_fee_that_comes_into_force_turns_the_verdict() -> None:
    facts = [fee_fact("1750", effective_on=dt.date(2026, 6, 1))]
    result = judged([], [guide(RESTS_ON_FEE)], facts, previous={("g", "A"): VerdictKind.UNKNOWN})
    assert [request.assumption for request in result.rechecks] == ["A"]


def test_an_unchanged_read_says_nothing() -> None:
    before = {("g", "A"): VerdictKind.HOLDS, ("g", "B"): VerdictKind.HOLDS}
    board = guide(RESTS_ON_FEE, item("B", sources=("s",), expect=STEM))
    facts = [fee_fact("1475"), draw_fact(1, "stem", dt.date(2026, 5, 1))]
    assert judged([], [board], facts, previous=before) == Assessment()


def test_first_sight_opens_rechecks_without_an_event() -> None:
    board = guide(RESTS_ON_FEE, item("B", sources=("s",), expect=replace(FEE, operand=1750)), item("C", sources=("s",)))
    result = judged([], [board], [fee_fact("1750", days=0)], first_sight=True)
    assert [(request.assumption, request.event) for request in result.rechecks] == [("A", None)]
    assert result.rechecks[0].reasons == ("now contradicted: Found Application fee: 1750 CAD.",)
    assert {verdict.assumption: verdict.verdict for verdict in result.verdicts} == {
        "A": VerdictKind.CONTRADICTED,
        "B": VerdictKind.HOLDS,
    }


def test_a_new_assumption_on_a_known_source_is_judged_at_the_next_read() -> None:
    result = judged([], [guide(RESTS_ON_FEE)], [fee_fact("1750")])
    assert [request.assumption for request in result.rechecks] == ["A"]


@pytest.mark.parametrize("change", [{"state": EventState.PROVISIONAL}, {"state": EventState.RETRACTED}])
def test_what_is_not_believed_concerns_nobody(change: dict[str, Any]) -> None:
    before = {("g", "A"): VerdictKind.CONTRADICTED}
    assert judged([raised(**change)], [guide(RESTS_ON_FEE)], [fee_fact("1750")], previous=before) == Assessment()


def test_what_only_rereading_shows_asks_nobody() -> None:
    before = {("g", "A"): VerdictKind.CONTRADICTED}
    happened = raised(cause=Cause.REEXTRACTION)
    result = judged([happened], [guide(RESTS_ON_FEE)], [fee_fact("1750")], previous=before)
    assert len(result.affects) == 1
    assert result.rechecks == ()


def test_a_failing_source_asks_for_a_recheck_but_affects_nothing() -> None:
    before = {("g", "A"): VerdictKind.HOLDS}
    result = judged([event("source.failing")], [guide(RESTS_ON_FEE)], [fee_fact("1475")], previous=before)
    assert result.affects == ()
    assert result.rechecks[0].reasons == ("s, which it rests on, can no longer be read",)
    moved = judged([event("page.moved")], [guide(RESTS_ON_FEE)], [fee_fact("1475")], previous=before)
    assert len(moved.affects) == len(moved.rechecks) == 1


def test_watched_draws_are_one_reason_however_many() -> None:
    board = guide(item("A", watch=(Watch(sources=("s",), kinds=("draw",)),)))
    result = judged([drawn(1, "stem"), drawn(2, "pnp")], [board])
    assert len(result.affects) == 2
    assert result.rechecks == (
        RecheckRequest(
            guide="g", assumption="A", event="draw.new-draw:s/1", reasons=("watched: new draws on s",), due=None
        ),
    )


def test_an_index_gives_what_looking_at_everything_gives() -> None:
    some = [
        item("A", sources=("s",), expect=STEM),
        item("B", sources=("s", "other"), expect=FEE),
        item("C", sources=("s",), expect=PHRASE),
        item("D", sources=("other",), expect=FEE, watch=(Watch(words=("lmia",)),)),
        item("E", sources=("s",)),
        item("F", watch=(Watch(words=("lmia",)),)),
        item("G", watch=(Watch(sources=("other",), kinds=("rule",)),)),
        item("H", date=dt.date(2027, 1, 1)),
        item("I", sources=("other",), watch=(Watch(sources=("s",)),)),
    ]
    happenings = [
        drawn(1, "stem"),
        raised(),
        ruled("An LMIA takes two weeks."),
        ruled("An LMIA takes two weeks.", source="other", kind="notice.posted"),
        SILENCE,
        FOLD,
        *(event(kind) for kind in ("source.failing", "source.blocked", "page.restamped", "page.moved", "page.removed")),
        event("source.disagrees"),
    ]
    board = guide(*some)
    index = index_guides([board])
    for happened in happenings:
        direct = {one.id for one in some if touches(happened, board, one)}
        indexed = {
            entry.assumption.id for entry in index.candidates(happened) if touches(happened, board, entry.assumption)
        }
        assert indexed == direct, happened.kind


def told(
    events: Sequence[Event],
    affects: Sequence[Affect] = (),
    rechecks: Sequence[RecheckRequest] = (),
    guides: Sequence[Guide] = (),
) -> tuple[Alert, ...]:
    def route(alert: Alert) -> tuple[str, ...]:
        return ("editors", str(alert.severity))

    return plan_alerts(events, affects, rechecks, guides, publisher="P", now=NOW, route=route)


def affect(happened: Event, name: str = "A", board: str = "g", verdict: VerdictKind = VerdictKind.HOLDS) -> Affect:
    return Affect(event=happened.id, guide=board, assumption=name, verdict=verdict, reason="because")


def test_related_events_are_one_message_with_the_sentences() -> None:
    text = "# Guide\n\nFirst. The fee is **1,475** dollars\ntoday. Last."
    board = guide(item("A", quote="fee is 1,475 dollars"), item("B"), text=text)
    fee, rule = raised(severity=Severity.URGENT), ruled("x")
    (alert,) = told([rule, fee], [affect(fee), affect(fee, "B")], guides=[board])
    assert [one.event for one in alert.items] == [fee, rule]
    assert alert.items[0].sentences == {"A": "The fee is 1,475 dollars today.", "B": "Claim B."}
    assert (alert.guide, alert.severity, alert.publisher) == ("g", Severity.URGENT, "P")
    assert alert.channels == ("editors", "urgent")


def test_several_guides_get_one_message_each() -> None:
    fee, rule = raised(), ruled("x")
    boards = [guide(item("A"), name="g"), guide(item("A"), name="h")]
    alerts = told([fee, rule], [affect(fee), affect(fee, board="h")], guides=boards)
    assert [(alert.guide, len(alert.items)) for alert in alerts] == [("g", 1), ("h", 1), (None, 1)]
    assert len({alert.id for alert in alerts}) == 3


def test_who_is_not_told() -> None:
    info = event("page.restamped", severity=Severity.INFO)
    provisional = raised(state=EventState.PROVISIONAL)
    reread = raised(cause=Cause.REEXTRACTION)
    assert told([info, provisional, reread], [affect(provisional), affect(reread)], guides=[guide(item("A"))]) == ()
    (alert,) = told([raised()])
    assert alert.guide is None


def test_an_info_event_that_touches_a_guide_is_told_as_info() -> None:
    (alert,) = told([FOLD], [affect(FOLD)], guides=[guide(item("A"))])
    assert alert.severity == Severity.INFO


def test_a_contradicted_assumption_lends_its_own_severity() -> None:
    board = guide(item("A", severity=Severity.URGENT))
    fee = raised()
    (alert,) = told([fee], [affect(fee, verdict=VerdictKind.CONTRADICTED)], guides=[board])
    assert alert.severity == Severity.URGENT


def test_first_sight_contradictions_are_one_alert_a_guide() -> None:
    asked = [
        RecheckRequest(guide=name, assumption=one, event=None, reasons=("now contradicted",))
        for name, one in [("g", "A"), ("g", "B"), ("h", "A")]
    ]
    boards = [guide(item("A"), item("B", severity=Severity.URGENT)), guide(item("A"), name="h")]
    first, second = told([], rechecks=asked, guides=boards)
    assert (first.guide, first.severity, len(first.items)) == ("g", Severity.URGENT, 2)
    assert (second.guide, second.severity, len(second.items)) == ("h", Severity.NOTICE, 1)
    assert first.items[0].event is None
    assert first.items[0].affects[0].verdict == VerdictKind.CONTRADICTED


def test_alerts_are_the_same_for_the_same_input() -> None:
    fee, rule = raised(), ruled("x")
    board = guide(item("A"))
    one, two = told([fee, rule], [affect(fee)], guides=[board]), told([rule, fee], [affect(fee)], guides=[board])
    assert [alert.id for alert in one] == [alert.id for alert in two]
    assert told([raised(id="another")], guides=[board])[0].id != told([fee], guides=[board])[0].id


PASSPORT = item("P", date=dt.date(2026, 7, 1), remind=(dt.timedelta(days=30), dt.timedelta(days=7)))


@pytest.mark.parametrize(
    ("now", "since", "due"),
    [
        ("2026-05-31T23:59", None, False),
        ("2026-06-01T00:00", None, True),
        ("2026-06-01T00:00", "2026-05-31T12:00", True),
        ("2026-06-02T00:00", "2026-06-01T00:00", False),
        ("2026-06-24T06:00", "2026-06-02T00:00", True),
        ("2026-07-01T01:00", "2026-06-30T01:00", True),
        ("2026-07-09T00:00", "2026-07-02T00:00", False),
    ],
)
def test_reminders_fall_due_once(now: str, since: str | None, due: bool) -> None:
    moment = dt.datetime.fromisoformat(now).replace(tzinfo=dt.UTC)
    start = dt.datetime.fromisoformat(since).replace(tzinfo=dt.UTC) if since else None
    requests = due_reminders(guide(PASSPORT, item("A")), moment, since=start)
    assert [(request.assumption, request.due) for request in requests] == ([("P", dt.date(2026, 7, 1))] if due else [])


def test_a_reminder_says_how_long() -> None:
    (request,) = due_reminders(guide(PASSPORT), NOW)
    assert request.reasons == ("Claim P. Due 2026-07-01: in 30 days.",)


def test_reviews_run_from_the_last_closed_recheck() -> None:
    board = guide(item("A"), item("B"), PASSPORT, review_every=dt.timedelta(days=90))
    loaded = NOW - dt.timedelta(days=91)
    requests = due_reviews(board, NOW, first_load=loaded, closed={"B": NOW - dt.timedelta(days=90)})
    assert [request.assumption for request in requests] == ["A"]
    assert requests[0].due == dt.date(2026, 5, 31)
    assert due_reviews(guide(item("A")), NOW, first_load=loaded, closed={}) == ()
