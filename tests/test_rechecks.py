"""Every opener of a recheck, walked in a made-up world as a guide's owner would see it; closing is for ever."""

import json
from pathlib import Path

import pytest
from world import CAPTCHA, World, fee_page, make_world, notice_page, rounds

ITEM = '\n[[assumption]]\nid = "%s"\nclaim = "Claim %s."\n%s\n'
FEE = ITEM % ("fee", "fee", 'sources = ["fees"]\nexpect = { fact = "fee:application", equals = 1475 }')
OTHER = ITEM % ("other", "other", 'sources = ["fees"]\nexpect = { fact = "fee:request-for-review", equals = 500 }')
DRAWS = ITEM % (
    "draws",
    "draws",
    'sources = ["rounds"]\nexpect = { fact = "draw:*", where = { category = "stem" }, newest_within = "60d" }',
)


@pytest.fixture
def world(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> World:
    return make_world(tmp_path, capsys)


def test_a_change_of_a_fact_asks_who_rests_on_it_and_nobody_else(world: World) -> None:
    world.guide(FEE + OTHER)
    world.read("fees", "2026-03-01T08:00:00Z", fee_page())
    assert world.open() == {}
    world.read("fees", "2026-03-02T08:00:00Z", fee_page("$1,750"))
    (event,) = world.stilltrue("history", "--json").json
    assert [affect["assumption"] for affect in event["affects"]] == ["fee"]
    task = world.open()["fee"]
    assert task["event"] == event["id"]
    assert task["opened_at"] == "2026-03-02T08:00:00Z"
    assert task["reasons"][0].startswith("fee.changed of a fact it rests on")
    assert any(reason.startswith("now contradicted, was holds") for reason in task["reasons"])
    assert set(world.open()) == {"fee"}


def test_first_sight_asks_only_what_it_already_contradicts(world: World) -> None:
    world.guide(FEE + OTHER)
    world.read("fees", "2026-03-01T08:00:00Z", fee_page("$1,750"))
    assert world.history() == []
    assert {name: task["event"] for name, task in world.open().items()} == {"fee": None}


def test_a_verdict_that_turns_with_time_alone_asks(world: World) -> None:
    world.guide(DRAWS)
    stem = ("1", "2026-01-05", "STEM occupations (Version 1)", 480)
    world.read("rounds", "2026-02-01T08:00:00Z", rounds(stem))
    world.read("rounds", "2026-03-01T08:00:00Z", rounds(stem))
    assert world.open() == {}
    world.read("rounds", "2026-03-10T08:00:00Z", rounds(stem))
    (task,) = world.open().values()
    assert task["event"] is None
    assert task["reasons"][0].startswith("now contradicted, was holds")


def test_a_rule_that_changes_in_scope_asks_and_one_out_of_scope_does_not(world: World) -> None:
    watch = 'watch = { sources = ["fees"], kinds = ["rule"], headings = ["job offer"] }'
    elsewhere = 'watch = { sources = ["fees"], kinds = ["rule"], headings = ["refunds"] }'
    world.guide(ITEM % ("scope", "scope", watch) + ITEM % ("elsewhere", "elsewhere", elsewhere))
    world.read("fees", "2026-03-01T08:00:00Z", fee_page())
    world.read("fees", "2026-03-02T08:00:00Z", fee_page().replace("You must have", "You may have"))
    assert set(world.open()) == {"scope"}
    assert "under “job offer”" in world.open()["scope"]["reasons"][0]


def test_draws_that_stop_and_scores_that_jump_ask(world: World) -> None:
    watch = 'watch = { sources = ["rounds"], kinds = ["draw.silence", "draw.shift"] }'
    world.guide(ITEM % ("pattern", "pattern", watch) + DRAWS.replace("60d", "400d"))
    days = [f"2026-0{month}-{day}" for month in (1, 2, 3) for day in ("05", "12", "19", "26")]
    draws = [(str(n), day, "STEM occupations (Version 1)", 480) for n, day in enumerate(days, start=1)]
    world.read("rounds", "2026-03-27T08:00:00Z", rounds(*draws))
    assert world.open() == {}
    world.read("rounds", "2026-04-30T08:00:00Z", rounds(*draws))
    assert world.history() == ["draw.silence"]
    assert set(world.open()) == {"pattern", "draws"}
    world.close("pattern")
    world.close("draws")
    world.read("rounds", "2026-05-02T08:00:00Z", rounds(*draws, ("13", "2026-05-01", "STEM occupations", 560)))
    assert "draw.shift" in world.history()
    assert "pattern" in world.open()


def test_a_fee_asks_when_it_is_announced_and_again_on_its_day(world: World) -> None:
    world.guide(FEE)
    world.read("fees", "2026-03-01T08:00:00Z", fee_page())
    announced = "<p>The application fee will increase to $1,750 on April 1, 2026.</p>"
    world.read("fees", "2026-03-02T08:00:00Z", fee_page(more=announced))
    assert "fee.scheduled" in world.history()
    assert set(world.open()) == {"fee"}
    assert world.board("--at", "2026-03-02")["fee"]["verdict"] == "holds"
    world.close("fee")
    world.read("fees", "2026-03-31T08:00:00Z", fee_page(more=announced))
    assert world.open() == {}
    world.read("fees", "2026-04-01T20:00:00Z", fee_page("$1,750", more=announced))
    assert set(world.open()) == {"fee"}
    assert world.board("--at", "2026-04-01")["fee"]["verdict"] == "contradicted"


def test_a_fee_that_comes_into_force_asks_though_the_page_did_not_change(world: World) -> None:
    world.guide(FEE)
    announced = "<p>The application fee will increase to $1,750 on April 1, 2026.</p>"
    world.read("fees", "2026-03-01T08:00:00Z", fee_page())
    world.read("fees", "2026-03-02T08:00:00Z", fee_page(more=announced))
    world.close("fee")
    world.read("fees", "2026-04-02T08:00:00Z", fee_page(more=announced))
    assert set(world.open()) == {"fee"}
    assert world.board("--at", "2026-04-02")["fee"]["verdict"] != "holds"


def test_a_notice_that_names_its_words_asks_wherever_it_is_posted(world: World) -> None:
    world.guide(ITEM % ("words", "words", 'sources = ["fees"]\nwatch = { words = ["biometrics"] }') + FEE)
    world.read("fees", "2026-03-01T08:00:00Z", fee_page())
    first = ("March 1, 2026", "Office hours", "The office is open from nine to five on all days.")
    world.read("news", "2026-03-01T08:00:00Z", notice_page(first))
    told = ("March 3, 2026", "Change to biometrics", "From today biometrics are taken in all offices of the country.")
    world.read("news", "2026-03-03T08:00:00Z", notice_page(told, first))
    assert set(world.open()) == {"words"}
    assert "naming “biometrics”" in world.open()["words"]["reasons"][0]


def test_a_source_that_fails_or_moves_asks_who_rests_on_it(world: World) -> None:
    world.guide(FEE + DRAWS)
    world.read("fees", "2026-03-01T08:00:00Z", fee_page())
    for day in range(2, 12):
        world.read("fees", f"2026-03-{day:02}T08:00:00Z", "not here", status=500)
    assert "source.failing" in world.history()
    assert set(world.open()) == {"fee"}
    world.close("fee")
    world.read("fees", "2026-03-12T08:00:00Z", fee_page())
    assert world.open() == {}
    world.read("fees", "2026-03-13T08:00:00Z", fee_page(), url="https://office.example/all-fees")
    assert "page.moved" in world.history()
    assert set(world.open()) == {"fee"}


def test_a_captcha_is_a_matter_for_the_operator_only(world: World) -> None:
    world.guide(FEE)
    world.read("fees", "2026-03-01T08:00:00Z", fee_page())
    world.read("fees", "2026-03-02T08:00:00Z", CAPTCHA)
    assert world.open() == {}


def test_reviews_and_personal_deadlines_ask_in_their_time(world: World) -> None:
    passport = ITEM % ("passport", "passport", 'date = 2027-03-01\nremind = ["90d"]')
    world.guide('review_every = "30d"\n' + FEE + passport)
    world.read("fees", "2020-01-01T08:00:00Z", fee_page())
    world.guide('review_every = "30d"\n' + FEE + passport.replace("2027-03-01", "2020-03-01"))
    world.stilltrue("verify", "g")
    rows = world.open()
    assert rows["passport"]["due"] == "2020-03-01"
    assert rows["passport"]["reasons"][0].startswith("Claim passport. Due 2020-03-01")


def test_one_open_recheck_gathers_the_reasons(world: World) -> None:
    world.guide(FEE)
    world.read("fees", "2026-03-01T08:00:00Z", fee_page())
    world.read("fees", "2026-03-02T08:00:00Z", fee_page("$1,750"))
    first = world.open()["fee"]
    world.read("fees", "2026-03-09T08:00:00Z", fee_page("$1,900"))
    second = world.open()["fee"]
    assert second["id"] == first["id"]
    assert second["opened_at"] == first["opened_at"]
    assert set(first["reasons"]) < set(second["reasons"])


def test_a_closed_recheck_is_history_for_ever_and_the_next_change_opens_another(world: World) -> None:
    world.guide(FEE)
    world.read("fees", "2026-03-01T08:00:00Z", fee_page())
    world.read("fees", "2026-03-02T08:00:00Z", fee_page("$1,750"))
    number = world.open()["fee"]["id"]
    (closed,) = json.loads(world.close("fee", "updated").out)
    assert (closed["outcome"], closed["note"], closed["by"], closed["state"]) == ("updated", "looked", "ana", "closed")
    assert world.stilltrue("recheck", str(number), "--outcome", "holds").code == 2
    world.guide(FEE.replace("1475", "1750"))
    world.read("fees", "2026-03-09T08:00:00Z", fee_page("$1,900"))
    assert world.open()["fee"]["id"] != number
    kept = world.stilltrue("rechecks", "--state", "closed", "--json").json
    assert [(row["id"], row["note"], row["by"]) for row in kept] == [(number, "looked", "ana")]
    assert kept[0]["closed_at"]
    world.guide(OTHER)
    assert [row["id"] for row in world.stilltrue("rechecks", "--state", "closed", "--json").json] == [number]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("1", "--outcome", "fine"), "fine"),
        (("77", "--outcome", "holds"), "there is no recheck 77"),
        (("1",), "outcome"),
    ],
)
def test_closing_needs_an_open_recheck_and_a_known_outcome(world: World, arguments: tuple[str, ...], says: str) -> None:
    answer = world.stilltrue("recheck", *arguments)
    assert answer.code == 2
    assert says in answer.err


def test_an_edit_of_the_guide_takes_effect_with_the_next_check(world: World) -> None:
    world.guide(FEE)
    world.read("fees", "2026-03-01T08:00:00Z", fee_page())
    world.guide(FEE.replace("1475", "1600") + OTHER.replace("500", "499"))
    assert {name: row["verdict"] for name, row in world.board("--at", "2026-03-01").items()} == {
        "fee": "contradicted",
        "other": "contradicted",
    }
    assert world.open() == {}
    world.read("fees", "2026-03-02T08:00:00Z", fee_page())
    assert set(world.open()) == {"fee", "other"}
