"""The demo tells its story through the real pipeline."""

import datetime as dt
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from program import Program

from monitor.config import load_config, starter_path
from monitor.demo import Outcome, local_sources, play, steps


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return play()


def test_every_read_ends_as_the_story_says(outcome: Outcome):
    told = {(step.source, step.at.isoformat()): check.outcome for step, check, _ in outcome.told}
    assert len(told) == len(steps())
    counts = Counter(told.values())
    assert counts["blocked"] == 1
    assert counts["restamped"] == 1
    assert counts["stale_copy"] == 2
    assert counts["failed"] == counts["layout_changed"] == 0


def test_each_change_is_an_event_once(outcome: Outcome):
    events = [item.event for item in outcome.events]
    numbers = [
        event.new["number"] for event in events if event.kind == "draw.new" and event.new and event.new["number"]
    ]
    assert sorted(numbers) == ["324", "415", "416", "417", "418"]
    fees = [(event.old["amount"], event.new["amount"]) for event in events if event.kind == "fee.changed"]  # type: ignore[index]
    assert fees == [("1475", "1750")]
    kinds = Counter(event.kind for event in events)
    assert kinds["draw.withdrawn"] == 0
    assert kinds["source.blocked"] == kinds["source.recovered"] == kinds["page.restamped"] == 1


def test_the_silent_end_of_the_tech_draws_is_an_event(outcome: Outcome):
    (silence,) = (item.event for item in outcome.events if item.event.kind == "draw.silence")
    assert silence.source == "bcpnp-invitations"
    assert silence.new is not None
    assert silence.new["category"] == "tech"


def test_news_is_told_as_one_notice_and_what_it_closes(outcome: Outcome):
    told = [item.event for item in outcome.events if item.event.source in {"bcpnp-news", "oinp-updates-2026"}]
    closed = {event.subject for event in told if event.kind == "stream.closed"}
    assert closed == {
        "BC PNP Tech",
        "Express Entry Human Capital Priorities",
        "Employer Job Offer: Foreign Worker",
    }
    notices = {event.subject: event.new for event in told if event.kind == "notice.posted"}
    assert set(notices) == {"Program update", "Regulatory changes"}
    assert notices["Program update"] is not None
    assert str(notices["Program update"]["text"]).startswith("The program no longer holds draws for technology")


def test_the_fee_alert_names_the_sentence_to_revisit(outcome: Outcome):
    (alert,) = (
        alert
        for _, _, alerts in outcome.told
        for alert in alerts
        if any(item.event and item.event.kind == "fee.changed" for item in alert.items)
    )
    (item,) = alert.items
    assert [affect.assumption for affect in item.affects] == ["C44"]
    (sentence,) = item.sentences.values()
    assert "plan with the current fees" in sentence


def test_at_its_end_each_claim_of_the_sample_guide_is_judged_as_it_should(outcome: Outcome):
    verdicts = {item.assumption: item.verdict for item in outcome.board}
    tasks = {f"C{number}" for number in range(43, 50)}
    holding = {"C03", *(f"C{number:02}" for number in range(9, 20)), "C23", "C25", "C26", "C27", "C29"}
    holding |= {"C35", "C40", "C42"}
    assert {name for name, verdict in verdicts.items() if verdict == "manual"} == tasks
    assert {name for name, verdict in verdicts.items() if verdict == "holds"} == holding
    assert {name for name, verdict in verdicts.items() if verdict == "contradicted"} == {*verdicts} - tasks - holding
    assert len(verdicts) == 47


def test_a_contradiction_by_facts_shows_the_official_words(outcome: Outcome):
    bare = [item.assumption for item in outcome.board if item.verdict == "contradicted" and item.evidence is None]
    assert bare == []


def test_its_sources_are_the_starter_s_but_for_address_and_pace():
    starter = load_config(starter_path(), now=dt.date(2026, 6, 1)).sources
    text = local_sources(starter_path().read_text(encoding="utf-8"), "http://127.0.0.1:1")
    local = {data["id"]: data for data in tomllib.loads(text)["source"]}
    official = {data["id"]: data for data in tomllib.loads(starter_path().read_text(encoding="utf-8"))["source"]}
    assert official.keys() == local.keys()
    for name, data in official.items():
        apart = {key for key in {*data, *local[name]} if data.get(key) != local[name].get(key)}
        assert apart <= {"url", "pause"}, name
        assert local[name]["url"].startswith("http://127.0.0.1:1/")
    assert {step.source for step in steps()} <= set(starter)


def test_it_leaves_the_user_s_own_database_alone(stilltrue: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    answer = stilltrue("demo", "--json")
    assert answer.code == 0
    assert set(answer.json) == {"events", "board"}
    assert [path.name for path in tmp_path.iterdir() if path.name != "stilltrue.db"] == []


def test_its_story_is_told_in_lines_that_fit(outcome: Outcome, stilltrue: Program, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "80")
    told = stilltrue("demo").out.splitlines()
    steps_told = [line for line in told if line[:4].isdigit()]
    assert len(steps_told) == len(steps()) == len(outcome.told)
    board = told[told.index("The board: what still holds of the guide") :]
    assert max(map(len, board)) <= 80
    assert [line.split()[0] for line in board if line and not line.startswith((" ", "The"))] == [
        "contradicted",
        "manual",
        "holds",
    ]
    assert sum(line.startswith("  C") for line in board) == 47
