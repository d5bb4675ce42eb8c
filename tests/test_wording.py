"""Word diffs give both texts back and mark what changed."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.changes.wording import page_diff, word_diff
from monitor.model import Block, BlockKind, Page


def test_a_changed_amount_is_one_replaced_word():
    hunks = word_diff("The fee is $1,475 CAD.", "The fee is $1,750 CAD.")
    assert [(hunk.old, hunk.new) for hunk in hunks if hunk.op == "replace"] == [("$1,475", "$1,750")]


@given(st.text(), st.text())
def test_the_hunks_joined_are_the_two_texts(old: str, new: str):
    hunks = word_diff(old, new)
    assert "".join(hunk.old for hunk in hunks) == old
    assert "".join(hunk.new for hunk in hunks) == new


def page(*texts: str) -> Page:
    blocks = tuple(Block(kind=BlockKind.PARAGRAPH, text=text, path=("Fees",)) for text in texts)
    return Page(
        title="",
        final_url="",
        canonical_url=None,
        language=None,
        update_marker=None,
        blocks=blocks,
        text="\n".join(texts),
        sha256="",
    )


def test_a_page_diff_shows_changed_blocks_under_their_heading():
    (hunk,) = page_diff(page("One.", "Two.", "Three."), page("One.", "2.", "Three."))
    assert (hunk.op, hunk.old, hunk.new, hunk.path) == ("replace", "Two.", "2.", ("Fees",))
