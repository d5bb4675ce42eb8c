"""Finding a quote in a guide's text, whatever its marks and line breaks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.assess import find_phrase, find_quote
from monitor.pages.fragment import text_fragment

TEXT = """# Canada for **builders**

A nomination *adds 600* points. It comes with
a [two-week](https://x.example/a_b) promise, e.g. “fast” processing! What then?

- First point. Second point here.
- Third

| Code | Title |
| --- | --- |
| 21220 | Cybersecurity specialists |
"""


@pytest.mark.parametrize(
    ("quote", "line", "sentence"),
    [
        ("adds 600 points", 3, "A nomination adds 600 points."),
        ("ADDS  600", 3, "A nomination adds 600 points."),
        ("comes with a two-week promise", 3, "It comes with a two-week promise, e.g. “fast” processing!"),
        ('"fast" processing', 4, "It comes with a two-week promise, e.g. “fast” processing!"),
        ("two‑week", 4, "It comes with a two-week promise, e.g. “fast” processing!"),
        ("What then", 4, "What then?"),
        ("second point", 6, "Second point here."),
        ("for builders", 1, "Canada for builders"),
        ("21220", 11, "21220 Cybersecurity specialists"),
        ("21220 Cybersecurity", 11, "21220 Cybersecurity specialists"),
    ],
)
def test_a_quote_is_found_with_its_line_and_sentence(quote: str, line: int, sentence: str) -> None:
    assert find_quote(TEXT, quote) == (line, sentence)


@pytest.mark.parametrize("quote", ["", "   ", "**", "builders A nomination", "here. Third", "600 dollars"])
def test_what_is_not_there_is_not_found(quote: str) -> None:
    assert find_quote(TEXT, quote) is None


@given(st.text(alphabet="abc ßİé*_`’\u00a0\n", max_size=40), st.text(alphabet="abcßİé", min_size=1, max_size=5))
def test_any_word_put_into_any_text_is_found(text: str, word: str) -> None:
    found = find_quote(f"{text}\n\n{word}\n", word)
    assert found is not None
    assert 1 <= found[0] <= len(f"{text}\n\n{word}\n".splitlines())


@pytest.mark.parametrize(
    ("text", "phrase", "found"),
    [
        ("one\nTEER 0, 1, 2, or 3\n", "teer 0, 1, 2, or 3", "TEER 0, 1, 2, or 3"),
        ("if you’ve been", "you've been", "if you’ve been"),
        ("broken over\ntwo lines", "over two", "broken over two lines"),
        ("$1,750", "750", None),
        ("$1,750", "$1,750", "$1,750"),
        ("21220", "2122", None),
        ("- an item of 2 weeks", "2 weeks", "an item of 2 weeks"),
        ("Job offer | TEER 0 or 1 | none", "TEER 0", "TEER 0 or 1"),
        ("Nomination | 600", "nomination | 600", "Nomination | 600"),
        ("nothing", "", None),
    ],
)
def test_phrases_are_found_as_whole_words(text: str, phrase: str, found: str | None) -> None:
    assert find_phrase(text, phrase) == found


def test_a_figure_in_the_cell_beside_its_label_is_found_by_a_second_directive() -> None:
    address = text_fragment("https://office.example/fees", "Application $1,750 CAD")
    assert address.endswith("#:~:text=Application%20%241%2C750%20CAD&text=Application-,%241%2C750%20CAD")
    sentence = text_fragment("https://office.example/fees", "You must pay $1,000 for each position.")
    assert sentence.count("text=") == 1
