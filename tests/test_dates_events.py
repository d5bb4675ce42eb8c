"""Fees announced for later, told again on their day; deadlines told on theirs."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from days import Follower, fee
from reading import main_of

from monitor.extractors.fees import Fees, read
from monitor.model import Deadline, Fact, FactKind, Fee, Format, Severity, Source

START = date(2026, 3, 27)
DAY = date(2026, 4, 30)


def amounts(follower: Follower) -> dict[str, tuple[Decimal, date | None]]:
    facts = (item.fact for item in follower.known.facts.values())
    return {fact.key: (fact.value.amount, fact.value.effective_on) for fact in facts if isinstance(fact.value, Fee)}


def kinds(follower: Follower) -> list[str]:
    return [event.kind for event in follower.told]


def deadline(label: str, day: date) -> Fact:
    value = Deadline(label=label, date=day)
    return Fact(key=f"deadline:s/{label}", kind=FactKind.DEADLINE, source="s", value=value, quote=f"{label} by {day}")


BOTH = [fee("rprf", 575), fee("rprf", 600, DAY, key="rprf@fees")]


def test_an_announced_fee_is_scheduled_and_the_present_one_stands():
    follower = Follower()
    follower.read([fee("rprf", 575)], on=START)
    (event,) = follower.read(BOTH, on=START + timedelta(days=1))
    assert (event.kind, event.severity, event.effective_on) == ("fee.scheduled", Severity.NOTICE, DAY)
    assert event.old is not None
    assert event.new is not None
    assert (event.old["amount"], event.new["amount"]) == ("575", "600")
    assert event.changed == ("amount", "effective_on")
    assert (event.evidence.quote_before, event.evidence.quote_after) == (BOTH[0].quote, BOTH[1].quote)
    assert amounts(follower) == {"fee:s/rprf": (Decimal(575), None), "fee:s/rprf@scheduled": (Decimal(600), DAY)}
    assert follower.read(BOTH, on=START + timedelta(days=2)) == []


def test_an_announcement_above_the_present_fee_does_not_take_its_name():
    follower = Follower()
    follower.read([fee("rprf", 575)], on=START)
    above = [fee("rprf", 600, DAY), fee("rprf", 575, key="rprf@fees")]
    assert [event.kind for event in follower.read(above, on=START + timedelta(days=1))] == ["fee.scheduled"]
    assert amounts(follower)["fee:s/rprf"] == (Decimal(575), None)


def test_a_page_that_shows_only_the_new_amount_leaves_the_present_one_standing():
    follower = Follower()
    only = [fee("rprf", 600, DAY)]
    follower.read([fee("rprf", 575)], on=START)
    assert [event.kind for event in follower.read(only, on=START + timedelta(days=1))] == ["fee.scheduled"]
    for days in range(2, 20):
        assert follower.read(only, on=START + timedelta(days=days)) == []
    assert amounts(follower)["fee:s/rprf"] == (Decimal(575), None)
    (event,) = follower.read(only, on=DAY)
    assert event.kind == "fee.changed"
    assert amounts(follower) == {"fee:s/rprf": (Decimal(600), DAY)}


def on_the_day(page: Sequence[Fact]) -> Follower:
    follower = Follower()
    follower.read([fee("rprf", 575)], on=START)
    follower.read(BOTH, on=START + timedelta(days=1))
    follower.read(BOTH, on=DAY - timedelta(days=1))
    follower.told.clear()
    follower.read(page, on=DAY)
    return follower


def test_on_its_day_the_change_is_told_although_the_page_is_the_same():
    follower = on_the_day(BOTH)
    (event,) = follower.told
    assert (event.kind, event.severity, event.effective_on) == ("fee.changed", Severity.URGENT, DAY)
    assert event.old is not None
    assert event.new is not None
    assert (event.old["amount"], event.new["amount"]) == ("575", "600")
    assert amounts(follower) == {"fee:s/rprf": (Decimal(600), DAY)}
    for days in range(1, 10):
        assert follower.read(BOTH, on=DAY + timedelta(days=days)) == []
    assert amounts(follower) == {"fee:s/rprf": (Decimal(600), DAY)}


def test_on_its_day_the_change_is_told_at_a_not_modified_answer():
    follower = Follower()
    follower.read([fee("rprf", 575)], on=START)
    follower.read(BOTH, on=START + timedelta(days=1))
    assert follower.not_modified(on=DAY - timedelta(days=1)) == []
    (event,) = follower.not_modified(on=DAY + timedelta(days=1))
    assert (event.kind, event.effective_on) == ("fee.changed", DAY)
    assert amounts(follower) == {"fee:s/rprf": (Decimal(600), DAY)}
    assert follower.not_modified(on=DAY + timedelta(days=2)) == []
    assert follower.read(BOTH, on=DAY + timedelta(days=3)) == []


def test_a_page_that_was_cleaned_up_on_the_day_gives_one_change():
    follower = on_the_day([fee("rprf", 600)])
    (event,) = follower.told
    assert (event.kind, event.effective_on) == ("fee.changed", DAY)
    assert follower.read([fee("rprf", 600)], on=DAY + timedelta(days=1)) == []


def test_the_old_amount_removed_later_is_no_event():
    follower = on_the_day(BOTH)
    assert follower.read([fee("rprf", 600)], on=DAY + timedelta(days=5)) == []
    (event,) = follower.read([fee("rprf", 620)], on=DAY + timedelta(days=30))
    assert event.old is not None
    assert (event.kind, event.old["amount"]) == ("fee.changed", "600")


def test_a_page_that_says_nothing_of_it_on_the_day_gives_the_reminder():
    follower = on_the_day([fee("rprf", 575)])
    (event,) = follower.told
    assert (event.kind, event.new and event.new["amount"], event.effective_on) == ("fee.scheduled", "600", DAY)
    assert amounts(follower) == {"fee:s/rprf": (Decimal(575), None)}
    assert follower.read([fee("rprf", 575)], on=DAY + timedelta(days=1)) == []


def test_another_amount_on_the_day_is_a_change_and_the_reminder():
    follower = on_the_day([fee("rprf", 590)])
    assert sorted(kinds(follower)) == ["fee.changed", "fee.scheduled"]
    assert amounts(follower) == {"fee:s/rprf": (Decimal(590), None)}


def test_a_day_that_is_moved_is_told_as_scheduled_again():
    follower = Follower()
    follower.read([fee("rprf", 575)], on=START)
    follower.read(BOTH, on=START + timedelta(days=1))
    later = DAY + timedelta(days=30)
    (event,) = follower.read([BOTH[0], fee("rprf", 600, later, key="rprf@fees")], on=START + timedelta(days=2))
    assert (event.kind, event.changed, event.effective_on) == ("fee.scheduled", ("effective_on",), later)
    assert follower.read([BOTH[0], fee("rprf", 600, later, key="rprf@fees")], on=DAY) == []


def test_an_announcement_taken_back_is_removed_slowly():
    follower = Follower()
    follower.read([fee("rprf", 575)], on=START)
    follower.read(BOTH, on=START + timedelta(days=1))
    for days in (2, 3, 4):
        follower.read([BOTH[0]], on=START + timedelta(days=days))
    assert kinds(follower) == ["fee.scheduled", "fee.removed"]
    assert amounts(follower) == {"fee:s/rprf": (Decimal(575), None)}
    assert follower.read([BOTH[0]], on=DAY) == []


def test_an_announcement_dropped_before_its_day_is_not_recalled_on_it():
    follower = Follower()
    follower.read([fee("rprf", 575)], on=START)
    follower.read(BOTH, on=START + timedelta(days=1))
    follower.read([BOTH[0]], on=DAY - timedelta(days=1))
    assert follower.not_modified(on=DAY) == []
    assert amounts(follower) == {"fee:s/rprf": (Decimal(575), None)}


def test_a_date_already_past_is_an_ordinary_change():
    follower = Follower()
    follower.read([fee("application", 1475)], on=DAY)
    (event,) = follower.read([fee("application", 1750, DAY)], on=DAY)
    assert (event.kind, event.effective_on) == ("fee.changed", DAY)


def test_a_past_date_that_drops_off_the_page_is_no_event():
    follower = Follower()
    follower.read([fee("application", 1750, DAY)], on=DAY + timedelta(days=10))
    assert follower.read([fee("application", 1750)], on=DAY + timedelta(days=11)) == []


def test_a_new_amount_beside_an_old_dated_one_is_not_taken_for_the_former():
    follower = Follower()
    follower.read([fee("application", 600, DAY)], on=DAY + timedelta(days=10))
    page = [fee("application", 650), fee("application", 600, DAY, key="application@fees")]
    told = follower.read(page, on=DAY + timedelta(days=11))
    assert [event.new and event.new["amount"] for event in told if event.kind.startswith("fee.")] == ["650"]


def test_equal_labels_of_two_sections_change_each_in_its_place():
    def row(amount: int, place: str, effective: date | None = None, suffix: str = "") -> Fact:
        found = fee("application", amount, effective, key=f"application@{place}{suffix}")
        return Fact(
            key=found.key, kind=found.kind, source="s", value=found.value, quote=f"{place} {found.quote}", path=(place,)
        )

    now = [row(1475, "skills"), row(300, "entry")]
    announced = [row(1475, "skills"), row(1750, "skills", DAY, "-2"), row(300, "entry")]
    follower = Follower()
    follower.read(now, on=START)
    (event,) = follower.read(announced, on=START + timedelta(days=1))
    assert (event.kind, event.old and event.old["amount"]) == ("fee.scheduled", "1475")
    (event,) = follower.read(announced, on=DAY)
    assert (event.kind, event.key) == ("fee.changed", "fee:s/application@skills")
    assert {key: amount for key, (amount, _) in amounts(follower).items()} == {
        "fee:s/application@skills": Decimal(1750),
        "fee:s/application@entry": Decimal(300),
    }


def test_the_words_of_a_page_lead_to_an_announcement_and_a_change():
    source = Source(
        id="s", publisher="IRCC", url="https://example.org", format=Format.HTML, declarations={"fees": Fees()}
    )

    def page(*sentences: str) -> list[Fact]:
        html = "".join(f"<p>{sentence}</p>" for sentence in sentences)
        return list(read(main_of(f"<h2>Fees</h2>{html}"), source, Fees(), frozenset()).facts)

    now = "The application fee is $575."
    coming = "Effective April 30, 2026, the application fee will be $600."
    follower = Follower(source=source)
    follower.read(page(now), on=START)
    (event,) = follower.read(page(now, coming), on=START + timedelta(days=1))
    assert (event.kind, event.effective_on) == ("fee.scheduled", DAY)
    (event,) = follower.read(page(now, coming), on=DAY)
    assert (event.kind, event.old and event.old["amount"], event.new and event.new["amount"]) == (
        "fee.changed",
        "575",
        "600",
    )


def test_a_deadline_is_told_on_its_day_and_once():
    follower = Follower()
    page = [deadline("Register", DAY), fee("x", 1)]
    follower.read(page, on=START)
    assert follower.not_modified(on=DAY - timedelta(days=1)) == []
    (event,) = follower.read(page, on=DAY)
    assert (event.kind, event.occurred_on, event.key) == ("deadline.reached", DAY, "deadline:s/Register")
    assert event.new == {"label": "Register", "date": DAY.isoformat()}
    assert follower.read(page, on=DAY, hour=21) == []
    assert follower.read(page, on=DAY + timedelta(days=1)) == []


def test_a_deadline_passed_between_two_reads_is_told_at_the_next():
    follower = Follower()
    page = [deadline("Register", DAY), fee("x", 1)]
    follower.read(page, on=START)
    follower.fail(on=DAY)
    assert [event.kind for event in follower.not_modified(on=DAY + timedelta(days=3))] == [
        "source.recovered",
        "deadline.reached",
    ]


def test_a_deadline_that_was_past_when_first_read_is_not_told():
    follower = Follower()
    follower.read([fee("x", 1)], on=DAY)
    follower.read([fee("x", 1), deadline("Register", DAY + timedelta(days=1))], on=DAY + timedelta(days=5))
    assert "deadline.reached" not in kinds(follower)


def test_a_deadline_gone_from_the_page_is_not_told():
    follower = Follower()
    stays = [deadline("Appeal", DAY + timedelta(days=90)), fee("x", 1)]
    follower.read([deadline("Register", DAY), *stays], on=START)
    follower.read(stays, on=DAY - timedelta(days=1))
    follower.read(stays, on=DAY)
    assert "deadline.reached" not in kinds(follower)


def test_a_moved_deadline_is_told_on_the_new_day_only():
    follower = Follower()
    follower.read([deadline("Register", DAY)], on=START)
    moved = [deadline("Register", DAY + timedelta(days=37))]
    follower.read(moved, on=DAY - timedelta(days=10))
    assert "deadline.reached" not in [event.kind for event in follower.read(moved, on=DAY)]
    assert kinds(follower) == ["deadline.changed"]
    (event,) = follower.read(moved, on=DAY + timedelta(days=37))
    assert event.kind == "deadline.reached"
