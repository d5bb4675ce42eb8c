"""The demo tells its story through the real pipeline."""

from collections import Counter

import pytest
from program import Program

from monitor.demo import Outcome, play, steps


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
    assert numbers == ["324", "415", "416", "417", "418"] or sorted(numbers) == ["324", "415", "416", "417", "418"]
    fees = [(event.old["amount"], event.new["amount"]) for event in events if event.kind == "fee.changed"]  # type: ignore[index]
    assert fees == [("1475", "1750")]
    kinds = Counter(event.kind for event in events)
    assert kinds["draw.withdrawn"] == 0
    assert kinds["source.blocked"] == kinds["source.recovered"] == kinds["page.restamped"] == 1


def test_news_is_told_as_one_notice_and_what_it_closes(outcome: Outcome):
    told = [item.event for item in outcome.events if item.event.source in {"bcpnp-news", "oinp-updates-2026"}]
    assert Counter(event.kind for event in told) == {"notice.posted": 2, "stream.closed": 3}
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
    assert [affect.assumption for affect in item.affects] == ["D4"]
    assert list(item.sentences.values()) == ["Applying costs 1,475 dollars."]


def test_the_board_at_the_end(outcome: Outcome):
    verdicts = {item.assumption: item.verdict for item in outcome.board}
    assert verdicts["D1"] == "contradicted", "the last STEM round was in April 2024"
    assert verdicts["D2"] == "holds"
    assert verdicts["D3"] == "contradicted"
    assert verdicts["D4"] == "contradicted"
    assert verdicts["D7"] == "manual"
    assert verdicts["D8"] == "holds"


def test_its_json_is_events_and_board(stilltrue: Program):
    answer = stilltrue("demo", "--json")
    assert answer.code == 0
    assert set(answer.json) == {"events", "board"}
