"""An entry edited so that no draw can be read in it: told with its old and new words, never as a draw withdrawn."""

import pytest
from test_mutations import follow

from monitor.model import Event

SOURCE = "oinp-updates-2024"
TELLS = "On May 7, 2024, we issued 61 targeted invitations to apply to candidates with a job offer in nursing."
NEXT = (
    "<p>You may apply if you received an invitation on May 7, 2024.</p><p>To apply:</p><ol><li>Read the guide.</li>"
    "<li>You must send all forms within 14 days.</li></ol>"
)
OTHER = (
    "<h3>April 9, 2024</h3><h4>Foreign Worker stream: trades candidates invited</h4><p>On April 9, 2024, we issued 212"
    " invitations to apply to candidates in the trades.</p><p>Keep your profile up to date.</p>"
)


def page(told: str, beside: str = "") -> str:
    return (
        '<html lang="en"><head><title>T</title></head><body><main><h1>2024 OINP updates</h1><h3>May 7, 2024</h3>'
        f"<h4>International Student stream: nurses invited</h4><p>{told}</p>{beside}{NEXT}{OTHER}</main></body></html>"
    )


def brief(events: list[Event]) -> list[tuple[str, tuple[str, ...]]]:
    return [(event.kind, event.changed) for event in events]


@pytest.mark.parametrize(
    "now",
    [
        TELLS.replace("invitations", "letters"),
        TELLS.replace("issued", "gave out"),
        "On May 7, 2024, we let 61 candidates with a job offer in nursing know that they may apply.",
    ],
)
def test_words_in_which_no_draw_is_read_are_the_draws_own_change(now: str):
    (event,) = follow(SOURCE, page(TELLS), page(now))
    assert (event.kind, event.changed, event.severity) == ("draw.amended", ("quote",), "notice")
    assert event.old is not None
    assert event.new is not None
    assert (event.old["quote"], event.new["quote"]) == (TELLS, now)
    assert event.new["invitations"] == 61


def test_it_is_told_once_and_once_more_when_it_can_be_read_again():
    unread = page(TELLS.replace("invitations", "letters"))
    events = follow(SOURCE, page(TELLS), unread, unread, page(TELLS, "<p>Thank you.</p>"), steps=96)
    assert sorted(brief(events)) == [("draw.amended", ("quote",)), ("draw.amended", ("quote",)), ("rule.added", ())]


def test_an_unread_entry_that_then_goes_is_a_draw_withdrawn():
    unread = page(TELLS.replace("invitations", "letters"))
    gone = unread.replace(unread[unread.index("<h3>May") : unread.index("<h3>April")], "")
    events = follow(SOURCE, page(TELLS), unread, gone, steps=96)
    assert [event.kind for event in events if event.kind.startswith("draw")] == ["draw.amended", "draw.withdrawn"]


@pytest.mark.parametrize(
    "now",
    [
        "On May 7, 2024, we cancelled 61 targeted invitations to apply to candidates with a job offer in nursing.",
        "On May 7, 2024, 61 targeted letters to candidates with a job offer in nursing were sent in error.",
    ],
)
def test_words_that_take_a_draw_back_withdraw_it(now: str):
    kinds = [event.kind for event in follow(SOURCE, page(TELLS), page(now))]
    assert "draw.withdrawn" in kinds
    assert "draw.amended" not in kinds


def test_an_entry_that_goes_while_another_is_edited_is_withdrawn():
    before = page(TELLS)
    after = before.replace(f"<p>{TELLS}</p>", "").replace("Keep your profile", "Always keep your profile")
    assert "draw.withdrawn" in [event.kind for event in follow(SOURCE, before, after)]


def test_figures_and_words_of_a_draw_are_both_told():
    now = TELLS.replace("61", "66").replace("with a job offer", "with an offer of permanent work")
    (event,) = follow(SOURCE, page(TELLS), page(now))
    assert (event.kind, event.changed) == ("draw.amended", ("invitations", "invitations_text", "quote"))
    assert event.old is not None
    assert event.new is not None
    assert (event.old["invitations"], event.new["invitations"]) == (61, 66)
    assert "permanent work" in event.new["quote"]


def test_a_score_belongs_to_the_stream_its_paragraph_names():
    first = (
        "On May 7, 2024, we issued invitations to apply to candidates who may qualify for the Masters Graduate stream."
    )
    second = "In a separate draw, we issued {} to candidates who may qualify under the PhD Graduate stream."
    scored = " Candidates only received an invitation if they had a score of {} and above."
    whole = page(f"{first}{scored.format(52)}</p><p>{second.format('invitations to apply')}{scored.format(42)}")
    events = follow(SOURCE, whole, whole.replace(second.format("invitations to apply"), second.format("letters")))
    assert brief(events) == [("rule.changed", ("text",))]
