"""Which of today's facts is which known one, where labels repeat and where draws are corrected."""

from datetime import UTC, date, datetime
from decimal import Decimal

from msgspec.structs import replace
from reading import a_source, main_of

from monitor.changes.alignment import align
from monitor.changes.kinds import changed_fields
from monitor.extractors import extract
from monitor.extractors.occupations import Occupations
from monitor.extractors.rules import Rules
from monitor.model import Draw, Fact, FactKind, Fee, KnownFact, Threshold, slug

SEEN = datetime(2026, 1, 5, tzinfo=UTC)


def known(*facts: Fact) -> dict[str, KnownFact]:
    return {fact.key: KnownFact(fact=fact, first_seen=SEEN, last_seen=SEEN, version="v") for fact in facts}


def fee(amount: int, *, place: str = "", path: str) -> Fact:
    key = f"fee:s/per-person@{place}" if place else "fee:s/per-person"
    return Fact(
        key=key,
        kind=FactKind.FEE,
        source="s",
        value=Fee(label="per person", amount=Decimal(amount)),
        quote="x",
        path=(path,),
    )


def draw(*, day: int = 4, score: int | None = 139, count: int = 209, selection: str | None = None) -> Fact:
    selection = selection or f"A minimum score of {score} points"
    value = Draw(
        date=date(2026, 2, day),
        program="SI",
        category="innovate",
        selection=selection,
        score=score,
        score_text=str(score),
        invitations=count,
        invitations_text=str(count),
    )
    return Fact(
        key=f"draw:s/2026-02-{day}-si-innovate-{slug(selection)}",
        kind=FactKind.DRAW,
        source="s",
        value=value,
        quote="x",
    )


def test_the_first_of_equal_labels_may_go_without_the_second_seeming_to_change():
    one, two = fee(100, path="Work"), fee(155, place="study", path="Study")
    alignment = align(known(one, two), [fee(155, path="Study")])
    ((old, new),) = alignment.pairs
    assert (old.key, new.key, changed_fields(old, new)) == (two.key, two.key, ())
    assert alignment.missing == (one,)
    assert alignment.added == ()


def test_a_new_first_of_equal_labels_is_added_under_a_key_of_its_own():
    before = fee(155, path="Study")
    alignment = align(known(before), [fee(100, path="Work"), fee(155, place="study", path="Study")])
    ((old, new),) = alignment.pairs
    assert (old.key, new.key, changed_fields(old, new)) == (before.key, before.key, ())
    (added,) = alignment.added
    assert (added.key, added.path) == ("fee:s/per-person@study", ("Work",))
    again = align(known(new, added), [fee(100, path="Work"), fee(155, place="study", path="Study")])
    assert (again.added, again.missing) == ((), ())
    assert all(changed_fields(old, new) == () for old, new in again.pairs)


def test_one_of_two_equal_mentions_that_changes_makes_no_second_news():
    def days(amount: int, *, place: str = "", path: str) -> Fact:
        value = Threshold(label="apply", amount=Decimal(amount), unit="days")
        key = f"threshold:s/apply@{place}" if place else "threshold:s/apply"
        return Fact(key=key, kind=FactKind.THRESHOLD, source="s", value=value, quote="x", path=(path,))

    alignment = align(known(days(14, path="Step 3")), [days(17, path="Step 3"), days(14, place="after", path="After")])
    ((old, new),) = alignment.pairs
    assert changed_fields(old, new) == ("amount",)
    assert alignment.echoes == frozenset({"threshold:s/apply@after"})


def test_a_corrected_score_is_the_same_draw_where_its_words_name_the_score():
    alignment = align(known(draw(score=139)), [draw(score=140)])
    ((old, new),) = alignment.pairs
    assert set(changed_fields(old, new)) == {"score", "score_text", "selection"}
    assert (alignment.added, alignment.missing) == ((), ())


def test_a_corrected_day_is_the_same_draw():
    alignment = align(known(draw(day=4)), [draw(day=5)])
    ((old, new),) = alignment.pairs
    assert changed_fields(old, new) == ("date",)


def test_draws_that_could_each_be_the_other_are_not_taken_for_each_other():
    before = [draw(score=139, count=209), draw(score=120, count=50)]
    today = [draw(score=141, count=211), draw(score=122, count=52)]
    alignment = align(known(*before), today)
    assert alignment.pairs == ()
    assert len(alignment.added) == len(alignment.missing) == 2


def test_dashes_and_quotes_of_any_shape_are_one_word_break_and_one_meaning():
    assert slug("year\u2019s") == slug("year's") == "year-s"
    assert slug("459\u2013467") == slug("459 - 467") == "459-467"
    assert slug("Qu\u00e9bec") == "quebec"
    texts = (draw(score=459), draw(score=459))
    old, new = (
        replace(fact, value=replace(fact.value, score_text=text))
        for fact, text in zip(texts, ("459\u2013467", "459 - 467"), strict=True)
    )  # type: ignore[type-var]
    assert changed_fields(old, new) == ()


def test_what_a_row_says_beside_facts_read_in_it_is_one_rule_of_its_table():
    table = """<h2>List of occupations</h2><table><tr><th>NOC code</th><th>Occupation</th><th>Note</th></tr>
        <tr><td>21300</td><td>Civil engineers</td><td>See the guide; it must be followed.</td></tr>
        <tr><td>21310</td><td>Electrical engineers</td><td>See the guide; it must be followed.</td></tr></table>"""
    source = a_source(occupations=Occupations(), rules=Rules())
    rows = [fact for fact in extract(main_of(table), source).facts if "See the guide" in fact.quote]
    assert [fact.kind for fact in rows] == [FactKind.OCCUPATION, FactKind.OCCUPATION, FactKind.RULE]
    longer = table.replace(
        "</table>",
        "<tr><td>21311</td><td>Computer engineers</td><td>See the guide; it must be followed.</td></tr></table>",
    )
    rules = [
        [fact.compare for fact in extract(main_of(html), source).facts if fact.kind == FactKind.RULE]
        for html in (table, longer)
    ]
    assert rules[0] == rules[1]
