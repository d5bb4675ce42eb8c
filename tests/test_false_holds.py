"""A wrong "holds" is the worst error: what is in doubt is said to be, and no neighbour's fact props up a claim."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from world import CAPTCHA, World, fee_page, make_world

from monitor.assess import judge
from monitor.model import (
    Assumption,
    Expect,
    Fact,
    FactKind,
    Fee,
    Guide,
    KnownFact,
    Operator,
    ReadState,
    Stream,
    StreamStatus,
    Threshold,
    Value,
    Verdict,
    VerdictKind,
)

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
FEE = '\n[[assumption]]\nid = "fee"\nclaim = "x"\nsources = ["fees"]\nexpect = { %s }\n'
EQUALS = FEE % 'fact = "fee:application", equals = 1475'


@pytest.fixture
def world(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> World:
    return make_world(tmp_path, capsys)


def judged(value: Value, operator: Operator, operand: Any, *, days: int = 0) -> Verdict:
    kind = {Fee: FactKind.FEE, Threshold: FactKind.THRESHOLD, Stream: FactKind.STREAM}[type(value)]
    fact = Fact(key=f"{kind}:s/x", kind=kind, source="s", value=value, quote="x")
    known = KnownFact(fact=fact, first_seen=NOW - dt.timedelta(days=9), last_seen=NOW, version="v")
    read = ReadState(
        source="s",
        url="https://office.example",
        version="v",
        last_good_read=NOW,
        last_change=NOW,
        last_check=NOW,
        checks=1,
        reads_since_change=0,
        health="ok",
    )
    expect = Expect(operator=operator, operand=operand, fact=f"{kind}:*")
    item = Assumption(id="a", claim="c", sources=("s",), expect=expect)
    guide = Guide(id="g", title="G", assumptions=(item,))
    return judge(guide, item, facts=[known], reads={"s": read}, now=NOW + dt.timedelta(days=days))


POINTS = Threshold(label="nomination", amount=Decimal(600), unit="points")
FLOOR = Threshold(label="wage floor", amount=Decimal(40), unit="CAD/hour")
HOURS = Threshold(label="work", amount=Decimal(30), unit="hours/week")


@pytest.mark.parametrize(
    ("value", "operand", "verdict"),
    [
        (POINTS, 600, VerdictKind.HOLDS),
        (POINTS, "600 points", VerdictKind.HOLDS),
        (POINTS, "$600", VerdictKind.UNKNOWN),
        (POINTS, "600%", VerdictKind.UNKNOWN),
        (POINTS, "500 CRS points", VerdictKind.CONTRADICTED),
        (FLOOR, "$40", VerdictKind.HOLDS),
        (FLOOR, "CAD 40", VerdictKind.HOLDS),
        (FLOOR, "40 points", VerdictKind.UNKNOWN),
        (FLOOR, "USD 40", VerdictKind.UNKNOWN),
        (HOURS, "30 days", VerdictKind.UNKNOWN),
        (Fee(label="x", amount=Decimal(85)), "US$85", VerdictKind.UNKNOWN),
        (Fee(label="x", amount=Decimal(85), currency="USD"), "USD 85", VerdictKind.HOLDS),
        (Fee(label="x", amount=Decimal(85)), "85 points", VerdictKind.UNKNOWN),
    ],
)
def test_the_same_number_of_another_measure_does_not_hold(value: Value, operand: Any, verdict: VerdictKind) -> None:
    assert judged(value, Operator.EQUALS, operand).verdict == verdict


def test_a_stream_that_opens_later_is_not_open_yet() -> None:
    stream = Stream(name="S", status=StreamStatus.OPEN, since=dt.date(2026, 6, 20))
    assert judged(stream, Operator.STATUS, StreamStatus.OPEN).verdict == VerdictKind.UNKNOWN
    assert judged(stream, Operator.STATUS, StreamStatus.OPEN, days=20).verdict == VerdictKind.HOLDS


def test_a_page_that_cannot_be_read_holds_only_for_a_while_and_says_so(world: World) -> None:
    world.guide(EQUALS)
    world.read("fees", "2026-03-01T08:00:00Z", fee_page())
    for day in ("02", "20"):
        world.read("fees", f"2026-03-{day}T08:00:00Z", CAPTCHA)
    row = world.board("--at", "2026-03-21")["fee"]
    assert row["verdict"] == "holds"
    assert any("could not be read when it was last checked, 2026-03-20" in reason for reason in row["reasons"])
    assert world.board("--at", "2026-04-02")["fee"]["verdict"] == "stale"
    assert row["last_good_read"] == "2026-03-01T08:00:00Z"


def test_a_page_cut_down_to_a_shell_holds_nothing_for_ever(world: World) -> None:
    world.guide(EQUALS + FEE.replace('"fee"', '"none"') % 'fact = "fee:*surcharge*", present = false')
    world.read("fees", "2026-03-01T08:00:00Z", fee_page())
    shell = '<html lang="en"><body><main><h1>Fees of the office</h1><p>Please come back later.</p></main></body></html>'
    (check,) = world.read("fees", "2026-03-02T08:00:00Z", shell)
    assert check["outcome"] == "layout_changed"
    assert {name: row["verdict"] for name, row in world.board("--at", "2026-03-03").items()} == {
        "fee": "holds",
        "none": "holds",
    }
    assert any("layout changed" in reason for reason in world.board("--at", "2026-03-03")["none"]["reasons"])
    assert {row["verdict"] for row in world.board("--at", "2026-04-10").values()} == {"stale"}
    for day in ("10", "12"):
        world.read("fees", f"2026-03-{day}T08:00:00Z", shell)
    assert world.board("--at", "2026-03-12")["fee"]["verdict"] == "unknown"


def test_a_fact_missing_from_the_last_read_is_said_to_be_missing(world: World) -> None:
    world.guide(EQUALS + FEE.replace('"fee"', '"words"') % 'phrase = "full-time job offer", present = true')
    world.read("fees", "2026-03-01T08:00:00Z", fee_page())
    gone = fee_page("").replace("You must have a full-time job offer.", "Ask the office.")
    world.read("fees", "2026-03-02T08:00:00Z", gone)
    for at in (["--at", "2026-03-02"], []):
        rows = world.board(*at)
        assert "last seen 2026-03-01 08:00 UTC: application: 1475 CAD" in " ".join(rows["fee"]["reasons"])
        assert "The page said so until 2026-03-01 08:00 UTC" in " ".join(rows["words"]["reasons"])
    assert {row["verdict"] for row in world.board("--at", "2026-03-02").values()} == {"holds"}
    assert world.open() == {}
    world.read("fees", "2026-03-03T08:00:00Z", gone)
    assert {name: row["verdict"] for name, row in world.board("--at", "2026-03-03").items()} == {
        "fee": "unknown",
        "words": "contradicted",
    }
    assert set(world.open()) == {"fee", "words"}


def test_of_several_sources_one_that_is_stale_is_enough(world: World) -> None:
    world.guide(EQUALS.replace('["fees"]', '["fees", "news"]'))
    world.read("fees", "2026-03-01T08:00:00Z", fee_page())
    assert world.board("--at", "2026-03-01")["fee"]["verdict"] == "unknown"
    page = '<html lang="en"><body><main><h1>News of the office</h1><p>There is nothing new.</p></main></body></html>'
    world.read("news", "2026-03-01T08:00:00Z", page)
    assert world.board("--at", "2026-03-01")["fee"]["verdict"] == "holds"
    world.read("fees", "2026-04-15T08:00:00Z", fee_page())
    row = world.board("--at", "2026-04-15")["fee"]
    assert (row["verdict"], row["last_good_read"]) == ("stale", "2026-03-01T08:00:00Z")


def test_a_neighbouring_fact_that_differs_is_not_passed_over(world: World) -> None:
    world.guide(
        FEE % 'fact = "fee:*application*", equals = 1475'
        + FEE.replace('"fee"', '"one"') % 'fact = "fee:application", equals = 1475'
        + FEE.replace('"fee"', '"list"') % 'fact = "fee:*", contains = ["application"]'
    )
    rows = "<tr><td>Application of a family member</td><td>$300</td></tr>"
    world.read("fees", "2026-03-01T08:00:00Z", fee_page(rows=rows))
    verdicts = {name: row["verdict"] for name, row in world.board("--at", "2026-03-01").items()}
    assert verdicts == {"fee": "unknown", "one": "holds", "list": "holds"}


def test_the_board_of_a_past_day_shows_the_rechecks_open_then(world: World) -> None:
    world.guide(EQUALS)
    world.read("fees", "2026-03-01T08:00:00Z", fee_page())
    world.read("fees", "2026-03-05T08:00:00Z", fee_page("$1,750"))
    (task,) = world.open().values()
    assert world.board("--at", "2026-03-04")["fee"]["open_rechecks"] == []
    assert world.board("--at", "2026-03-06")["fee"]["open_rechecks"] == [task["id"]]
    assert (world.board("--at", "2026-03-04")["fee"]["verdict"], world.board()["fee"]["verdict"]) == (
        "holds",
        "contradicted",
    )
    world.close("fee", "updated")
    assert world.board()["fee"]["open_rechecks"] == []
    assert world.board("--at", "2026-03-06")["fee"]["open_rechecks"] == [task["id"]]
