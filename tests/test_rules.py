import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from reading import DATA, a_source, main_of, page_file, real_pages

from monitor.extractors.extraction import Span
from monitor.extractors.fees import Fees
from monitor.extractors.fees import read as read_fees
from monitor.extractors.rules import Rules, normalise, read
from monitor.model import Block, BlockKind, Fact, Modality, Page, Rule

REAL_PAGES = ("bcpnp-for-workers", "esdc-gts", "esdc-gts-requirements", "ircc-crs", "ircc-fsw", "oinp-foreign-worker")


def facts_of(page: Page, declaration: Rules | None = None, used: frozenset[Span] = frozenset()) -> tuple[Fact, ...]:
    return read(page, a_source(), declaration or Rules(), used).facts


def rule_of(fact: Fact) -> Rule:
    assert isinstance(fact.value, Rule)
    return fact.value


def texts(page: Page, declaration: Rules | None = None, used: frozenset[Span] = frozenset()) -> list[str]:
    return [rule_of(fact).text for fact in facts_of(page, declaration, used)]


def compared(page: Page, used: frozenset[Span] = frozenset()) -> Counter[str | None]:
    return Counter(fact.compare for fact in facts_of(page, used=used))


def differing(old: Page, new: Page) -> tuple[int, int]:
    return difference(compared(old), compared(new))


def difference(before: Counter[str | None], after: Counter[str | None]) -> tuple[int, int]:
    return (before - after).total(), (after - before).total()


def test_the_rules_of_a_made_up_page() -> None:
    facts = facts_of(page_file(DATA / "rules" / "stream.html"))

    lines = [f"{rule_of(fact).modality} | {rule_of(fact).section} | {rule_of(fact).text}" for fact in facts]
    assert lines == (DATA / "rules" / "stream.rules.txt").read_text().splitlines()


@pytest.mark.parametrize(
    ("sentence", "modality"),
    [
        ("You must apply.", Modality.MUST),
        ("A test is required.", Modality.MUST),
        ("You need to apply.", Modality.MUST),
        ("You have to apply.", Modality.MUST),
        ("The employer shall keep records.", Modality.MUST),
        ("You must not work.", Modality.MUST_NOT),
        ("You may not work.", Modality.MUST_NOT),
        ("You cannot work.", Modality.MUST_NOT),
        ("You can\u2019t work.", Modality.MUST_NOT),
        ("Visitors are not eligible.", Modality.MUST_NOT),
        ("You must apply, but you must not work.", Modality.MUST_NOT),
        ("You may work.", Modality.MAY),
        ("You can work.", Modality.MAY),
        ("You do not need to apply.", Modality.MAY),
        ("A test is not required.", Modality.MAY),
        ("We may require an interview.", Modality.MAY),
        ("You may also have to pay.", Modality.MAY),
        ("You should apply early.", Modality.SHOULD),
        ("It is recommended to apply early.", Modality.SHOULD),
        ("The program opened in May 2026 in Canada.", Modality.IS),
        ("The pool holds profiles.", Modality.IS),
    ],
)
def test_how_binding_a_sentence_is(sentence: str, modality: Modality) -> None:
    [fact] = facts_of(main_of(f"<p>{sentence}</p>"))

    assert rule_of(fact).modality is modality


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("You\u2019ll need \u201cproof\u201d \u2013 now", 'You\'ll need "proof" - now'),
        ("at least 1,560 hours", "at least 1560&nbsp;hours"),
        ("a full-time job", "a full\u2011time <b>j</b>ob"),
        ("( OINP ) rules", "(<abbr>OINP</abbr>) rules."),
    ],
)
def test_typography_never_differs(one: str, other: str) -> None:
    assert differing(main_of(f"<p>{one}</p>"), main_of(f"<p>{other}</p>")) == (0, 0)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("you may apply", "you must apply"),
        ("2 years", "3 years"),
        ("$59/hour", "$62/hour"),
        ("CLB 4 or more", "CLB 4"),
        ("2.5", "25"),
    ],
)
def test_meaning_differs(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


@pytest.mark.parametrize(
    "inner",
    [
        "<p>Learn more</p>",
        "<p>Back to top</p>",
        '<p><a href="/x">Apply here today</a></p>',
        "<p>Date modified: 2026-06-03</p>",
        "<p>Last updated: June 3, 2026</p>",
        "<p>***</p>",
        '<h2>Related links</h2><ul><li><a href="/x">Another page</a></li></ul>',
        '<ul><li><a href="#a">Our rules</a></li></ul><h2 id="a">Our rules</h2>',
        '<p><img src="x.png" alt=""></p>',
    ],
)
def test_what_says_nothing_is_left_out(inner: str) -> None:
    assert texts(main_of(inner)) == []


def test_a_link_that_is_a_sentence_stays() -> None:
    assert texts(main_of('<p><a href="/x">You must read the guide</a></p>')) == ["You must read the guide"]


def test_only_declared_headings_and_nothing_ignored() -> None:
    page = main_of("<h2>Ours</h2><p>You must apply. You must wait.</p><h2>Theirs</h2><p>You may go.</p>")

    assert texts(page, Rules(headings=("ours",), ignore=("wait",))) == ["You must apply."]


def test_an_amount_another_fact_carries_makes_no_difference() -> None:
    pages = [main_of(f"<p>The application fee is ${amount} for all.</p>") for amount in ("1,475", "1,750")]
    used = [read_fees(page, a_source(), Fees(), frozenset()).used for page in pages]

    assert compared(pages[0], used[0]) == compared(pages[1], used[1])
    assert texts(pages[1], used=used[1]) == ["The application fee is $1,750 for all."]
    assert differing(pages[0], pages[1]) == (1, 1)


def test_what_is_used_entirely_is_no_rule() -> None:
    page = main_of(
        "<h2>Fees</h2><ul><li>Application: $10</li></ul>"
        "<table><tr><th>Step</th><th>Fee</th></tr><tr><td>A</td><td>$1</td></tr></table>"
    )
    used = read_fees(page, a_source(), Fees(), frozenset()).used

    assert texts(page, used=used) == []


def test_repeated_sentences_have_keys_of_their_own() -> None:
    facts = facts_of(main_of("<p>You must apply.</p><p>You must apply.</p>"))

    assert len({fact.key for fact in facts}) == 2
    assert facts[1].key == f"{facts[0].key}-2"


def test_a_key_holds_while_other_rules_come_and_go() -> None:
    [first] = facts_of(main_of("<p>You must apply.</p>"))
    later = facts_of(main_of("<p>New words come first.</p><p>You must apply.</p>"))

    assert later[1].key == first.key


@pytest.mark.parametrize(
    ("old", "new", "counts"),
    [
        ("<li>have 3 workers</li>", "<li>have 3 workers</li><li>have an office</li>", (0, 1)),
        ("You may not apply", "You may apply", (1, 1)),
        ("18 years", "19 years", (1, 1)),
        ("60 points", "65 points", (1, 1)),
        ('rowspan="2">Language', 'rowspan="2">Speech', (1, 1)),
        ("<th>Remote</th>", "<th>Far away</th>", (1, 1)),
        ("Test Two", "Test Three", (1, 1)),
        (
            "<td>Score</td><td>60 points</td><td>50 points</td></tr>",
            "<td>Score</td><td>60 points</td><td>50 points</td></tr><tr><td>Age</td><td>30</td><td>40</td></tr>",
            (0, 1),
        ),
    ],
)
def test_one_edit_is_one_differing_rule(old: str, new: str, counts: tuple[int, int]) -> None:
    body = (DATA / "rules" / "stream.html").read_text()
    inner = re.search(r"<main>(.*)</main>", body, re.DOTALL)
    assert inner

    assert differing(main_of(inner[1]), main_of(inner[1].replace(old, new))) == counts


def _edited_numbers(page: Page) -> Iterator[Page]:
    """The page with the first number of one paragraph or item raised by one, for each in turn."""
    for index, block in enumerate(page.blocks):
        number = re.search(r"(?<![\d,.])\d{1,2}(?![\d,.])", block.text)
        if block.kind in {BlockKind.PARAGRAPH, BlockKind.ITEM} and number:
            raised = str(int(number[0]) + 1)
            yield _with_text(page, index, block.text[: number.start()] + raised + block.text[number.end() :])


def _with_text(page: Page, index: int, text: str) -> Page:
    blocks: list[Block] = list(page.blocks)
    blocks[index] = replace(blocks[index], text=text, links=())
    return replace(page, blocks=tuple(blocks))


def test_each_changed_number_of_a_real_page_is_one_differing_rule(real: Path) -> None:
    edits = 0
    for name in REAL_PAGES:
        [(_, page)] = real_pages(real, name)
        plain = replace(page, blocks=tuple(replace(block, links=()) for block in page.blocks))
        before = compared(plain)
        for edited in _edited_numbers(plain):
            assert difference(before, compared(edited)) == (1, 1)
            edits += 1
    assert edits > 60


def test_each_changed_modal_verb_of_a_real_page_is_one_differing_rule(real: Path) -> None:
    edits = 0
    for name in REAL_PAGES:
        [(_, page)] = real_pages(real, name)
        before = compared(page)
        for index, block in enumerate(page.blocks):
            if block.kind in {BlockKind.PARAGRAPH, BlockKind.ITEM} and " must " in block.text:
                text = block.text.replace(" must ", " may ", 1)
                assert difference(before, compared(_with_text(page, index, text))) == (1, 1)
                edits += 1
    assert edits > 80


def test_real_pages_give_rules_with_keys_of_their_own(real: Path) -> None:
    for name in REAL_PAGES:
        [(_, page)] = real_pages(real, name)
        facts = facts_of(page)

        assert len(facts) > 80
        assert len({fact.key for fact in facts}) == len(facts)


def test_the_real_list_of_referral_partners_is_kept(real: Path) -> None:
    [(_, page)] = real_pages(real, "esdc-gts-requirements")

    assert {"MaRS Discovery District", "Accelerate Okanagan"} <= set(texts(page))
