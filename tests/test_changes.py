"""One source read again and again: what is told, what waits, what is taken back."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec import Struct, field
from msgspec.structs import replace

from monitor.changes.advance import advance
from monitor.changes.decide import decide
from monitor.changes.reading import Reading
from monitor.model import (
    CheckOutcome,
    CheckRecord,
    Confirm,
    Draw,
    EventState,
    Fact,
    FactKind,
    Fee,
    Format,
    Known,
    Modality,
    Occupation,
    Page,
    Problem,
    Quality,
    QualityOutcome,
    Rule,
    Severity,
    Snapshot,
    Source,
    Version,
    content_sha256,
    digest,
)

START = datetime(2026, 1, 5, 12, tzinfo=UTC)
URL = "https://example.org/fees"


def fee(label: str, amount: int) -> Fact:
    value = Fee(label=label, amount=Decimal(amount))
    return Fact(key=f"fee:s/{label}", kind=FactKind.FEE, source="s", value=value, quote=f"{label} ${amount}")


def draw(number: int, *, score: int = 500, day: date | None = None, stream: str = "CEC") -> Fact:
    value = Draw(number=str(number), date=day or date(2026, 1, 1) + timedelta(days=number), score=score, stream=stream)
    return Fact(key=f"draw:s/{number}", kind=FactKind.DRAW, source="s", value=value, quote=f"{number} at {score}")


def rule(text: str, section: str = "Who can apply", modality: Modality = Modality.MUST) -> Fact:
    value = Rule(section=section, text=text, modality=modality)
    key = f"rule:s/{digest(section, text, length=10)}"
    return Fact(key=key, kind=FactKind.RULE, source="s", value=value, quote=text, compare=text.lower())


def code(number: str) -> Fact:
    value = Occupation(list="list", code=number)
    return Fact(key=f"occupation:s/list-{number}", kind=FactKind.OCCUPATION, source="s", value=value, quote=number)


class Follower(Struct):
    """Feeds readings of one source to the decider and keeps what a store would."""

    source: Source = field(
        default_factory=lambda: Source(id="s", publisher="BC PNP", url=URL, format=Format.HTML, title="Fees")
    )
    known: Known = field(default_factory=lambda: Known(source="s"))
    versions: dict[str, Version] = field(default_factory=dict)
    records: list[CheckRecord] = field(default_factory=list)

    def read(
        self,
        facts: Sequence[Fact],
        *,
        at: float,
        text: str | None = None,
        marker: str | None = None,
        url: str = URL,
    ) -> CheckRecord:
        """A good page with these facts, ``at`` hours after the start."""
        words = text if text is not None else "\n".join(fact.quote for fact in facts)
        page = Page(
            title="Fees",
            final_url=url,
            canonical_url=None,
            language="en",
            update_marker=marker,
            blocks=(),
            text=words,
            sha256=content_sha256(words),
        )
        snapshot = Snapshot(
            source="s", fetched_at=self.moment(at), status=200, final_url=url, headers={}, body=words.encode()
        )
        ok = Quality(outcome=QualityOutcome.OK)
        reading = Reading(
            checked_at=self.moment(at), quality=ok, snapshot=snapshot, page=page, facts=tuple(facts), http_status=200
        )
        return self.decide(reading)

    def fail(self, outcome: QualityOutcome, code: str, *, at: float) -> CheckRecord:
        """A read that gave nothing usable."""
        quality = Quality(outcome=outcome, problem=Problem(code=code, message=code))
        return self.decide(Reading(checked_at=self.moment(at), quality=quality))

    def not_modified(self, *, at: float) -> CheckRecord:
        """The server says nothing changed."""
        ok = Quality(outcome=QualityOutcome.OK)
        return self.decide(Reading(checked_at=self.moment(at), quality=ok, not_modified=True, http_status=304))

    def decide(self, reading: Reading) -> CheckRecord:
        twin = self.versions.get(reading.page.sha256) if reading.page else None
        record = decide(self.source, replace(self.known, twin=twin), reading, revision="1")
        if record.version is not None:
            self.versions[record.version.sha256] = record.version
        self.known = advance(self.known, record)
        self.records.append(record)
        return record

    @staticmethod
    def moment(hours: float) -> datetime:
        return START + timedelta(hours=hours)

    def amounts(self) -> dict[str, Decimal]:
        """The fees a person would be told now."""
        return {v.label: v.amount for item in self.known.facts.values() if isinstance(v := item.fact.value, Fee)}


def kinds(record: CheckRecord) -> list[str]:
    return [event.kind for event in record.events]


BASE = (fee("application", 1475), fee("review", 500), rule("You must apply online."))


def test_first_sight_records_facts_and_tells_nothing():
    follower = Follower()
    record = follower.read(BASE, at=0)
    assert record.check.outcome == CheckOutcome.FIRST_SEEN
    assert record.events == ()
    assert follower.amounts() == {"application": Decimal(1475), "review": Decimal(500)}


def test_a_changed_fee_is_told_once_with_whole_old_and_new_values():
    follower = Follower()
    follower.read(BASE, at=0)
    changed = (fee("application", 1750), *BASE[1:])
    record = follower.read(changed, at=1)
    (event,) = record.events
    assert (event.kind, event.severity, event.changed) == ("fee.changed", Severity.URGENT, ("amount",))
    assert (event.old, event.new) == (
        {"label": "application", "amount": "1475", "currency": "CAD", "effective_on": None},
        {"label": "application", "amount": "1750", "currency": "CAD", "effective_on": None},
    )
    assert event.evidence.url == f"{URL}#:~:text=application%20%241750&text=application-,%241750"
    assert event.evidence.before != event.evidence.after
    again = follower.read(changed, at=2)
    assert (again.check.outcome, again.events) == (CheckOutcome.UNCHANGED, ())


def test_an_older_copy_soon_after_a_newer_one_is_recorded_and_not_told():
    follower = Follower()
    follower.read(BASE, at=0)
    newer = (fee("application", 1750), *BASE[1:])
    follower.read(newer, at=10)
    for hour in (11, 13):
        flap = follower.read(BASE, at=hour)
        assert (flap.check.outcome, flap.events, flap.version) == (CheckOutcome.STALE_COPY, (), None)
        back = follower.read(newer, at=hour + 1)
        assert (back.check.outcome, back.events) == (CheckOutcome.UNCHANGED, ())
    assert follower.amounts()["application"] == Decimal(1750)


def test_an_older_copy_is_seen_even_where_no_fact_differs():
    follower = Follower()
    follower.read(BASE, at=0, text="one")
    follower.read(BASE, at=10, text="two")
    assert follower.read(BASE, at=11, text="one").check.outcome == CheckOutcome.STALE_COPY
    assert follower.read(BASE, at=12, text="two").check.outcome == CheckOutcome.UNCHANGED


def test_an_older_copy_that_keeps_being_served_is_believed():
    follower = Follower()
    follower.read(BASE, at=0)
    follower.read((fee("application", 1750), *BASE[1:]), at=10)
    assert [follower.read(BASE, at=hour).check.outcome for hour in (11, 14)] == [CheckOutcome.STALE_COPY] * 2
    record = follower.read(BASE, at=17)
    assert kinds(record) == ["fee.changed"]
    assert record.check.outcome == CheckOutcome.CHANGED
    assert follower.amounts()["application"] == Decimal(1475)


def test_the_same_change_back_and_forth_over_weeks_gives_distinct_events():
    follower = Follower()
    other = (fee("application", 1750), *BASE[1:])
    follower.read(BASE, at=0)
    ids = [follower.read(facts, at=week * 168).events[0].id for week, facts in enumerate((other, BASE, other), 1)]
    assert len(set(ids)) == 3


def test_an_append_only_feed_never_goes_back():
    follower = Follower(
        source=Source(
            id="s", publisher="IRCC", url=URL, format=Format.JSON, append_only=True, confirm=Confirm(reads=3, hours=48)
        )
    )
    old = tuple(draw(n) for n in range(1, 6))
    new = (*old, draw(6))
    follower.read(old, at=0)
    assert kinds(follower.read(new, at=1)) == ["draw.new"]
    outcomes = [follower.read(old, at=hour, text=f"copy {hour}").check.outcome for hour in (2, 30, 60, 90)]
    assert outcomes == [CheckOutcome.STALE_COPY] * 4
    assert [kinds(record) for record in follower.records[2:]] == [[], [], ["source.stale_copy"], []]
    assert kinds(follower.read(new, at=91)) == ["source.recovered"]
    assert "draw:s/6" in follower.known.facts


def test_a_removal_waits_for_reads_and_hours_and_is_confirmed_once():
    follower = Follower()
    follower.read(BASE, at=0)
    first = follower.read(BASE[1:], at=1)
    (event,) = first.events
    assert (event.kind, event.state, event.confirmed_at) == ("fee.removed", EventState.PROVISIONAL, None)
    assert "application" in follower.amounts(), "the fact stands while its removal is in doubt"
    assert follower.read(BASE[1:], at=2).settled == ()
    assert follower.read(BASE[1:], at=3).settled == (), "three reads, but only two hours"
    record = follower.read(BASE[1:], at=7)
    (settled,) = record.settled
    assert (settled.id, settled.state) == (event.id, EventState.CONFIRMED)
    assert (settled.observed_at, settled.confirmed_at) == (follower.moment(1), follower.moment(7))
    assert "application" not in follower.amounts()
    assert follower.read(BASE[1:], at=8).settled == ()


def test_time_alone_confirms_no_removal():
    follower = Follower()
    follower.read(BASE, at=0)
    follower.read(BASE[1:], at=1)
    assert follower.read(BASE[1:], at=100).settled == ()


def test_a_fact_that_returns_retracts_its_removal():
    follower = Follower()
    follower.read(BASE, at=0)
    (event,) = follower.read(BASE[1:], at=1).events
    follower.fail(QualityOutcome.BLOCKED, "captcha", at=2)
    record = follower.read(BASE, at=3)
    assert [(settled.id, settled.state) for settled in record.settled] == [(event.id, EventState.RETRACTED)]
    assert "fee.added" not in kinds(record)
    assert follower.amounts()["application"] == Decimal(1475)


def test_not_modified_counts_as_a_read_for_what_is_missing():
    follower = Follower()
    follower.read(BASE, at=0)
    follower.read(BASE[1:], at=1)
    assert follower.not_modified(at=5).settled == ()
    (settled,) = follower.not_modified(at=9).settled
    assert settled.state == EventState.CONFIRMED


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        (QualityOutcome.BLOCKED, "source.blocked"),
        (QualityOutcome.FAILED, "source.failing"),
        (QualityOutcome.LAYOUT_CHANGED, "source.layout_changed"),
    ],
)
def test_an_incident_is_told_on_transition_and_its_end_once(outcome: QualityOutcome, kind: str):
    follower = Follower()
    follower.read(BASE, at=0)
    told = [kinds(follower.fail(outcome, "code", at=hour)) for hour in (1, 2, 3)]
    assert told == [[kind], [], []]
    assert kinds(follower.read(BASE, at=4)) == ["source.recovered"]
    assert kinds(follower.read(BASE, at=5)) == []
    assert len(follower.known.facts) == len(BASE)


def test_losing_every_fee_is_a_lost_layout_until_it_stays_so():
    follower = Follower()
    follower.read(BASE, at=0)
    gone = (rule("You must apply online."),)
    outcomes = [follower.read(gone, at=hour).check.outcome for hour in (1, 4)]
    assert outcomes == [CheckOutcome.LAYOUT_CHANGED] * 2
    assert [kinds(record) for record in follower.records[1:]] == [["source.layout_changed"], []]
    assert set(follower.amounts()) == {"application", "review"}
    believed = follower.read(gone, at=8)
    removals = [event for event in believed.events if event.kind == "fee.removed"]
    assert [event.state for event in removals] == [EventState.CONFIRMED] * 2
    assert {(event.observed_at, event.confirmed_at) for event in removals} == {(follower.moment(1), follower.moment(8))}
    assert follower.amounts() == {}


def test_a_list_cut_by_more_than_half_is_believed_only_when_it_stays():
    follower = Follower()
    whole = tuple(code(f"210{n:02}") for n in range(24))
    follower.read(whole, at=0)
    cut = whole[:11]
    assert follower.read(cut, at=1).check.outcome == CheckOutcome.LAYOUT_CHANGED
    follower.read(cut, at=5)
    assert kinds(follower.read(cut, at=9)).count("occupation.removed") == 13


def test_a_reduced_page_that_differs_each_time_is_not_believed():
    follower = Follower()
    whole = tuple(code(f"210{n:02}") for n in range(24))
    follower.read(whole, at=0)
    outcomes = {follower.read(whole[: 8 - n], at=1 + 4 * n).check.outcome for n in range(5)}
    assert outcomes == {CheckOutcome.LAYOUT_CHANGED}
    assert len(follower.known.facts) == 24


def test_a_failure_between_two_doubtful_reads_concludes_nothing():
    follower = Follower()
    follower.read(BASE, at=0)
    follower.read((), at=1, text="shell")
    follower.fail(QualityOutcome.FAILED, "timeout", at=3)
    follower.read((), at=5, text="shell")
    assert follower.read((), at=9, text="shell").check.outcome == CheckOutcome.CHANGED


def test_the_same_content_at_another_address_is_moved_and_told_once():
    follower = Follower()
    follower.read(BASE, at=0)
    record = follower.read(BASE, at=1, url="https://example.org/for-workers")
    assert (record.check.outcome, kinds(record)) == (CheckOutcome.MOVED, ["page.moved"])
    assert record.events[0].new == {"url": "https://example.org/for-workers"}
    assert kinds(follower.read(BASE, at=2, url="https://example.org/for-workers")) == []


def test_another_page_at_another_address_is_a_failure():
    follower = Follower()
    follower.read(BASE, at=0)
    record = follower.read((rule("Welcome to our overview."),), at=1, url="https://example.org/")
    assert (record.check.outcome, kinds(record)) == (CheckOutcome.FAILED, ["source.failing", "page.removed"])
    assert record.events[1].state is EventState.PROVISIONAL, "believed only once the page has stayed away"
    assert record.check.problem is not None
    assert record.check.problem.code == "redirected"
    assert set(follower.amounts()) == {"application", "review"}


def test_a_new_stamp_on_the_same_words_is_one_quiet_event():
    follower = Follower()
    follower.read(BASE, at=0, marker="2026-01-01")
    record = follower.read(BASE, at=1, marker="2026-01-04")
    assert (record.check.outcome, kinds(record)) == (CheckOutcome.RESTAMPED, ["page.restamped"])
    assert record.events[0].severity == Severity.INFO
    assert record.version is None
    assert follower.read(BASE, at=2, marker="2026-01-04").check.outcome == CheckOutcome.UNCHANGED


def test_an_older_stamp_marks_an_older_copy():
    follower = Follower()
    follower.read(BASE, at=0, marker="2026-01-04")
    record = follower.read((fee("application", 1400), *BASE[1:]), at=1, marker="2025-12-01")
    assert (record.check.outcome, record.events) == (CheckOutcome.STALE_COPY, ())


def test_a_reworded_rule_is_one_change_under_a_lasting_key():
    follower = Follower()
    before = rule("Applicants must have two years of experience in the occupation.")
    follower.read((before, *BASE), at=0)
    after = rule("Applicants should have three years of experience in the occupation.", modality=Modality.SHOULD)
    (event,) = follower.read((after, *BASE), at=1).events
    assert (event.kind, event.key, event.changed) == ("rule.changed", before.key, ("text", "modality"))
    again = rule("Applicants should have four years of experience in the occupation.", modality=Modality.SHOULD)
    (event,) = follower.read((again, *BASE), at=2).events
    assert (event.kind, event.key) == ("rule.changed", before.key)


def test_an_added_sentence_is_added_and_the_others_stay():
    follower = Follower()
    follower.read(BASE, at=0)
    new = rule("Your employer must sign the recommendation form before you register.")
    (event,) = follower.read((*BASE, new), at=1).events
    assert event.kind == "rule.added"
    assert event.new is not None
    assert event.new["text"] == "Your employer must sign the recommendation form before you register."


def test_a_rule_moved_to_another_heading_is_no_event():
    follower = Follower()
    follower.read(BASE, at=0)
    moved = rule("You must apply online.", section="How to apply")
    assert follower.read((*BASE[:2], moved), at=1).events == ()


def test_other_words_of_the_same_meaning_are_renewed_without_an_event():
    follower = Follower()
    follower.read(BASE, at=0)
    same = replace(BASE[0], quote="The fee to apply is $1475")
    assert follower.read((same, *BASE[1:]), at=1).events == ()
    assert follower.known.facts[same.key].fact.quote == "The fee to apply is $1475"


def test_many_old_draws_edited_at_once_are_one_quiet_event():
    follower = Follower()
    follower.read(tuple(draw(n) for n in range(1, 30)), at=0)
    renamed = tuple(draw(n, stream="CEC (Version 1)") for n in range(1, 24))
    rest = tuple(draw(n) for n in range(24, 31))
    record = follower.read((*renamed, *rest), at=1)
    assert kinds(record) == ["draw.new", "draw.amended"]
    folded = record.events[1]
    assert (folded.key, folded.severity) == ("draw:s/*", Severity.INFO)
    assert folded.new is not None
    assert (folded.new["count"], folded.new["fields"]) == (23, ["stream"])


def test_a_single_correction_names_its_field():
    follower = Follower()
    follower.read(tuple(draw(n) for n in range(1, 10)), at=0)
    record = follower.read((draw(1, score=510), *(draw(n) for n in range(2, 10))), at=1)
    assert [(e.kind, e.changed, e.severity) for e in record.events] == [("draw.amended", ("score",), Severity.NOTICE)]


def test_draws_that_roll_off_the_end_of_the_page_are_not_withdrawn():
    follower = Follower()
    follower.read(tuple(draw(n) for n in range(1, 10)), at=0)
    record = follower.read(tuple(draw(n) for n in range(5, 11)), at=1)
    assert kinds(record) == ["draw.new"]
    assert "draw:s/1" in follower.known.facts


def test_a_draw_missing_from_the_middle_is_withdrawn_only_when_it_stays_away():
    follower = Follower()
    follower.read(tuple(draw(n) for n in range(1, 10)), at=0)
    left = tuple(draw(n) for n in range(1, 10) if n != 4)
    (event,) = follower.read(left, at=1).events
    assert (event.kind, event.state) == ("draw.withdrawn", EventState.PROVISIONAL)
    follower.read(left, at=4)
    assert [settled.id for settled in follower.read(left, at=7).settled] == [event.id]


def test_a_draw_that_moves_from_table_to_prose_is_the_same_draw():
    def numberless(slug: str, selection: str) -> Fact:
        value = Draw(
            date=date(2026, 4, 22),
            program="Skills Immigration",
            category="innovate",
            selection=selection,
            invitations=252,
            invitations_text="252",
            score=138,
            score_text="138",
        )
        return Fact(key=f"draw:s/{slug}", kind=FactKind.DRAW, source="s", value=value, quote=selection)

    follower = Follower()
    follower.read((numberless("table", "Points"), *BASE), at=0)
    record = follower.read((numberless("prose", "Points"), *BASE), at=1)
    assert record.events == ()


def test_the_sentences_of_a_new_draws_entry_are_not_told_beside_it():
    def entry(number: int, *sentences: str) -> list[Fact]:
        path = ("Updates", f"June {number}, 2026")
        facts = [replace(draw(number), path=path)]
        return [*facts, *(replace(rule(text, section=" > ".join(path)), path=path) for text in sentences)]

    follower = Follower()
    follower.read(entry(1, "You must apply online.", "Review the checklist."), at=0)
    later = [*entry(2, "You must apply online.", "You must have an offer."), *entry(1, "You must apply online.")]
    record = follower.read([*later, *entry(1, "Review the checklist.")[1:]], at=1)
    assert kinds(record) == ["draw.new"]
    edited = [
        *entry(2, "You may apply online.", "You must have an offer."),
        *later[3:],
        *entry(1, "Review the checklist.")[1:],
    ]
    assert kinds(follower.read(edited, at=2)) == ["rule.changed"]


def test_rules_of_dated_entries_that_roll_off_the_page_are_not_removed():
    def dated(day: str, text: str) -> Fact:
        return replace(rule(text, section=day), path=("News", day))

    entries = [dated(f"June {day}, 2026", f"Entry {day} says that forms have changed again.") for day in range(1, 8)]
    follower = Follower()
    follower.read([*BASE, *entries], at=0)
    assert follower.read([*BASE, *entries[2:]], at=1).events == ()
    (event,) = follower.read([*BASE, *entries[2:4], *entries[5:]], at=2).events
    assert (event.kind, event.state) == ("rule.removed", EventState.PROVISIONAL)


def test_a_feed_cut_to_its_newest_records_is_reduced_and_never_a_rolled_tail():
    follower = Follower(source=Source(id="s", publisher="IRCC", url=URL, format=Format.JSON, append_only=True))
    follower.read(tuple(draw(n) for n in range(1, 30)), at=0)
    record = follower.read(tuple(draw(n) for n in range(20, 30)), at=1)
    assert (record.check.outcome, kinds(record)) == (CheckOutcome.LAYOUT_CHANGED, ["source.schema_changed"])


def test_the_oldest_draw_of_a_feed_can_be_withdrawn():
    follower = Follower(source=Source(id="s", publisher="IRCC", url=URL, format=Format.JSON, append_only=True))
    follower.read(tuple(draw(n) for n in range(1, 30)), at=0)
    (event,) = follower.read(tuple(draw(n) for n in range(2, 30)), at=1).events
    assert (event.kind, event.key, event.state) == ("draw.withdrawn", "draw:s/1", EventState.PROVISIONAL)


def test_one_old_draw_that_goes_while_nothing_comes_is_a_removal():
    follower = Follower()
    follower.read(tuple(draw(n) for n in range(1, 10)), at=0)
    (event,) = follower.read(tuple(draw(n) for n in range(2, 10)), at=1).events
    assert (event.kind, event.state) == ("draw.withdrawn", EventState.PROVISIONAL)


def test_what_rolled_off_is_not_looked_for_and_is_no_news_when_it_returns():
    follower = Follower()
    follower.read(tuple(draw(n) for n in range(1, 30)), at=0)
    for step in range(1, 20):
        record = follower.read(tuple(draw(n) for n in range(1 + step, 30 + step)), at=step)
        assert kinds(record) == ["draw.new"]
    assert follower.read(tuple(draw(n) for n in range(10, 49)), at=200, text="all of them").events == ()


def test_a_field_that_empties_everywhere_is_a_lost_layout_not_an_edit():
    follower = Follower()
    follower.read(tuple(draw(n) for n in range(1, 10)), at=0)

    def without_score(fact: Fact) -> Fact:
        assert isinstance(fact.value, Draw)
        return replace(fact, value=replace(fact.value, score=None), quote="")

    record = follower.read(tuple(without_score(draw(n)) for n in range(1, 10)), at=1, text="other")
    assert record.check.outcome == CheckOutcome.LAYOUT_CHANGED
    assert not any(kind.startswith("draw") for kind in kinds(record))


def test_the_same_words_built_another_way_are_no_event():
    follower = Follower()
    follower.read(BASE, at=0, text="words")
    record = follower.read((fee("application", 1600), *BASE[1:]), at=1, text="words")
    assert (record.check.outcome, record.events) == (CheckOutcome.UNCHANGED, ())


def test_the_shape_of_figures_is_no_edit():
    def shaped(text: str, stream: str) -> Fact:
        value = Draw(number="1", invitations=4500, invitations_text=text, stream=stream)
        return Fact(key="draw:s/1", kind=FactKind.DRAW, source="s", value=value, quote=text)

    follower = Follower()
    follower.read((shaped("4,500", "General *"), *BASE), at=0, text="one")
    assert follower.read((shaped("4500", "general"), *BASE), at=1, text="two").events == ()


def test_a_confirmed_removal_stands_on_the_check_that_confirmed_it():
    follower = Follower()
    follower.read(BASE, at=0)
    (event,) = follower.read(BASE[1:], at=1).events
    follower.read(BASE[1:], at=4)
    assert follower.read(BASE[1:], at=8).check.events == (event.id,)


def test_an_older_stamp_on_the_same_words_is_nothing():
    follower = Follower()
    follower.read(BASE, at=0, marker="2026-01-04")
    assert follower.read(BASE, at=1, marker="2026-01-01").check.outcome == CheckOutcome.UNCHANGED
    assert follower.read(BASE, at=2, marker="2026-01-04").check.outcome == CheckOutcome.UNCHANGED


def test_a_much_reduced_list_that_stays_so_withdraws_what_it_lacks():
    follower = Follower()
    follower.read(tuple(draw(n) for n in range(1, 21)), at=0)
    short = tuple(draw(n) for n in range(13, 21))
    outcomes = [follower.read(short, at=hour).check.outcome for hour in (1, 4, 8)]
    assert outcomes == [CheckOutcome.LAYOUT_CHANGED, CheckOutcome.LAYOUT_CHANGED, CheckOutcome.CHANGED]
    withdrawn = [event for event in follower.records[-1].events if event.kind == "draw.withdrawn"]
    assert {event.key for event in withdrawn} == {f"draw:s/{n}" for n in range(1, 13)}
    assert {event.state for event in withdrawn} == {EventState.CONFIRMED}
