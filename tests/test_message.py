import os
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from alerts import (
    AT,
    affect,
    alert,
    busy_alert,
    crowded_alert,
    digest_alert,
    draw,
    event,
    fee,
    fee_alert,
    fee_change,
    first_sight_alert,
    incident_alert,
    item,
    quiet_alert,
    rule,
)
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from msgspec.structs import replace

from monitor.assess.combining import combine
from monitor.model import Alert, Delivery, Evidence, Severity
from notifiers.escaping import find_address, one_line
from notifiers.message import Message, render
from notifiers.values import say_event
from notifiers.worddiff import Op, word_diff

GOLDEN = Path(__file__).parent / "data" / "messages"
REWRITE = "STILLTRUE_REWRITE_GOLDEN"
CASES: dict[str, Callable[[], Alert]] = {
    "fee": fee_alert,
    "busy": busy_alert,
    "first-sight": first_sight_alert,
    "incident": incident_alert,
    "digest": digest_alert,
    "all-quiet": quiet_alert,
}
NASTY = (
    "<script>alert(1)</script> <!channel> <@U1> <https://evil.test|click> @here @everyone *b* _i_ ~s~ `c` "
    "[x](https://evil.test) ![i](https://evil.test/p.png) & &lt; | > "
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 \u202egnp \x00 \ud800"
)


def in_every_form(message: Message) -> dict[str, str]:
    return {
        "plain": message.plain,
        "html": message.html,
        "slack": message.slack,
        "markdown": message.markdown,
    }


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("form", ["plain", "html", "slack", "markdown"])
def test_each_rendering_reads_as_agreed(case: str, form: str) -> None:
    text = in_every_form(render(CASES[case]()))[form]
    golden = GOLDEN / f"{case}.{form}.txt"
    if os.environ.get(REWRITE):
        golden.write_text(text)
    assert text == golden.read_text(), f"set {REWRITE}=1 to rewrite it, then review the difference"


@pytest.mark.parametrize(
    ("made", "subject"),
    [
        (fee_alert(), "BC PNP: fee changed, 1 assumption to recheck"),
        (first_sight_alert(), "BC PNP: first reading contradicts the guide, 1 assumption to recheck"),
        (incident_alert(), "BC PNP: source blocks us"),
        (busy_alert(), "BC PNP: fee changed, new draw, rule changed, 2 assumptions to recheck"),
        (
            alert(*[item(event("draw.new", None, draw(str(n)))) for n in range(3)], item(fee_change())),
            "BC PNP: fee changed, 3 new draws",
        ),
        (digest_alert(), "Digest: 3 changes by BC PNP and IRCC, 2 assumptions to recheck"),
        (
            replace(digest_alert(), hidden=1),
            "Digest: 4 messages, 3 changes by BC PNP and IRCC, 2 assumptions to recheck",
        ),
        (alert(item(event("some.new_kind")), item(event("some.new_kind"))), "BC PNP: some new kind (2 times)"),
        (alert(item(event("fee.added")), publisher="A\r\nBcc: x@y.test"), "A Bcc: x@y.test: new fee"),
    ],
)
def test_the_subject_says_publisher_what_and_how_many_assumptions(made: Alert, subject: str) -> None:
    assert render(made).subject == subject


def test_a_crowded_subject_stays_short() -> None:
    kinds = ["fee.added", "fee.changed", "fee.removed", "rule.added", "rule.changed", "draw.new"]
    subject = render(alert(*[item(event(kind), affect()) for kind in kinds], publisher="P" * 90)).subject
    assert len(subject) <= 120
    assert "and 4 more kinds of change" in subject
    assert subject.endswith("1 assumption to recheck")


@pytest.mark.parametrize(
    ("happened", "line"),
    [
        (
            event("draw.new", None, draw()),
            "Round 418, 28 May 2026, French: 4,500 invited, lowest score 409",
        ),
        (
            event(
                "draw.new",
                None,
                draw(None, program="BC PNP", stream="Care: Health", category="care-health", score=None)
                | {"invitations": None, "invitations_text": "<5", "score_text": "N/A", "selection": "Minimum wage"},
            ),
            "BC PNP, 28 May 2026, Care health, Minimum wage: <5 invited",
        ),
        (
            event(
                "draw.new", None, draw(None, program="OINP", kind="notification", category="tech", stream="HCP Tech")
            ),
            "OINP, 28 May 2026, HCP Tech: 4,500 notified, lowest score 409",
        ),
        (
            event("draw.amended", draw(), draw(score=412), changed=("score",)),
            "Round 418, 28 May 2026, French: lowest score 409 → 412",
        ),
        (
            event("draw.amended", None, {"count": 63, "fields": ["pool"], "keys": ["draw:x/1"]}),
            "63 past rounds: edited in pool",
        ),
        (fee_change(), "Application fee: $1,475 → $1,750"),
        (event("fee.added", None, fee("85.5")), "Application fee: $85.50"),
        (
            event("fee.changed", fee("1475"), fee("1475") | {"effective_on": "2026-01-22"}),
            "Application fee: $1,475 → $1,475 from 22 January 2026",
        ),
        (
            event(
                "threshold.changed",
                {"label": "Wage floor", "amount": "70", "unit": "CAD"},
                {"label": "Wage floor", "amount": "62.5", "unit": "CAD"},
            ),
            "Wage floor: $70 → $62.50",
        ),
        (
            event("threshold.added", None, {"label": "Points for a nomination", "amount": "600", "unit": "points"}),
            "Points for a nomination: 600 points",
        ),
        (
            event(
                "processing_time.changed",
                {"label": "Average", "low": None, "high": "8", "unit": "business_days", "text": ""},
                {"label": "Average", "low": "8", "high": "10", "unit": "business_days", "text": ""},
            ),
            "Average: 8 business days → 8\u201310 business days",
        ),
        (
            event("occupation.removed", {"list": "GTS", "code": "21232", "title": "Developers", "teer": 1}),
            "GTS: 21232 Developers",
        ),
        (
            event(
                "stream.closed",
                {"name": "Foreign Worker", "status": "open", "since": None},
                {"name": "Foreign Worker", "status": "closed", "since": "2026-06-25"},
            ),
            "Foreign Worker: open → closed since 25 June 2026",
        ),
        (
            event(
                "allocation.changed",
                {"program": "BC PNP", "year": 2026, "amount": "5254"},
                {"program": "BC PNP", "year": 2026, "amount": "6254"},
            ),
            "BC PNP 2026: 5,254 → 6,254",
        ),
        (
            event(
                "deadline.changed",
                {"label": "Apply by", "date": "2026-08-31"},
                {"label": "Apply by", "date": "2026-10-07"},
            ),
            "Apply by: 31 August 2026 → 7 October 2026",
        ),
        (
            event("notice.posted", None, {"title": "Fees rise", "date": "2026-01-22", "text": "…"}),
            "Fees rise: 22 January 2026",
        ),
        (
            event("draw.silence", None, {"category": "stem", "days": 140}, subject="STEM draws"),
            "STEM draws: category: stem; days: 140",
        ),
        (
            event("page.moved", {"url": "https://a.test"}, {"url": "https://b.test"}, subject="For workers"),
            "For workers: url: https://a.test → url: https://b.test",
        ),
        (
            event(
                "source.recovered", {"code": "blocked", "since": "2026-05-28T17:00:00Z"}, {"at": "x"}, subject="Fees"
            ),
            "Fees: reads well again, after failing since 28 May 2026, 17:00 UTC",
        ),
        (event("deadline.reached", subject="Apply by 31 August"), "Apply by 31 August"),
    ],
)
def test_values_read_to_people(happened: object, line: str) -> None:
    assert say_event(happened) == line  # type: ignore[arg-type]


def test_assumptions_come_before_changes_and_say_why() -> None:
    text = render(fee_alert()).plain
    order = [
        "The BC PNP application fee is $1,475.",
        "Why: The guide says 1,475; the page now says 1,750.",
        "[-$1,475-] {+$1,750+}",
        "Seen 28 May 2026, 18:05 UTC; In force 22 January 2026",
        "https://www.example.org/fees?a=1&b=2#:~:text=application%20fee",
        "stilltrue rechecks --guide it-workers",
        "stilltrue recheck ID --outcome holds|updated|dropped",
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places)


def test_contradicted_assumptions_come_first_and_each_once() -> None:
    made = busy_alert()
    text = render(alert(*made.items, *made.items)).plain
    assert text.index("C44 (contradicted)") < text.index("C36 (still holds)")
    assert text.count("Cut-offs in general rounds") == 1


def test_a_repeat_says_so_and_carries_the_same_id() -> None:
    repeat = Delivery(id=7, alert="a1b2c3d4", channel="editors", maybe_duplicate=True)
    for form, text in in_every_form(render(fee_alert(), repeat)).items():
        assert "may have had this message before" in text, form
        assert "a1b2c3d4" in text, form


def nasty_alert() -> Alert:
    hurt = event(
        "rule.changed",
        rule(f"You may {NASTY}", section=NASTY),
        rule(f"You must {NASTY}", section=NASTY),
        subject=NASTY,
        evidence=Evidence(url="https://evil.test/a b\"'<>|)(`*\n"),
    )
    return alert(
        item(hurt, affect(reason=NASTY), C44=NASTY), item(fee_change(), affect("C45")), publisher=NASTY, lines=(NASTY,)
    )


def test_remote_text_stays_text_in_slack() -> None:
    text = render(nasty_alert()).slack
    links = re.findall(r"<([^>]*)>", text)
    assert links
    assert all(re.fullmatch(r"https://[^|<> ]+\|official page", link) for link in links)
    assert not re.search(r"(?<![\w])@(?=\w)", text)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e\ud800]", text)
    assert "&lt;!channel&gt;" in text


def test_remote_text_stays_text_in_html() -> None:
    page = BeautifulSoup(render(nasty_alert()).html, "lxml")
    assert not page.find_all(["script", "img"])
    assert {a["href"] for a in page.find_all("a")} == {
        "https://evil.test/a%20b%22%27%3C%3E%7C%29%28%60%2A",
        "https://www.example.org/fees?a=1&b=2#:~:text=application%20fee",
    }
    assert "<script>alert(1)</script>" in page.get_text()


def test_remote_text_stays_text_in_markdown() -> None:
    page = BeautifulSoup(MarkdownIt().render(render(nasty_alert()).markdown), "lxml")
    assert not page.find_all(["script", "img"])
    assert {a["href"] for a in page.find_all("a")} == {
        "https://evil.test/a%20b%22%27%3C%3E%7C%29%28%60%2A",
        "https://www.example.org/fees?a=1&b=2#:~:text=application%20fee",
    }
    assert "*b* _i_ ~s~ `c` [x](https://evil.test)" in page.get_text()


def test_remote_text_cannot_steer_a_terminal() -> None:
    message = render(nasty_alert())
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800]", message.plain)
    assert "red" in message.plain
    assert "title" not in message.plain
    assert "\n" not in message.subject
    message.plain.encode()


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "data:text/html,x", "//evil.test", "https://", "http://[", "", None, "ftp://x.test/a"],
)
def test_only_web_addresses_become_links(address: str | None) -> None:
    assert find_address(address) is None


def test_a_fragment_too_long_for_mail_clients_is_left_off() -> None:
    assert find_address("https://x.test/a#:~:text=" + "w" * 900) == "https://x.test/a"


class Balance(HTMLParser):
    """Counts tags left open."""

    void = frozenset({"meta", "br", "hr", "img"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the parser's signature
        self.open += [] if tag in self.void else [tag]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize(("count", "length"), [(1, 20_000), (60, 300), (300, 3_000)])
def test_long_messages_are_cut_with_a_pointer_and_never_broken(count: int, length: int) -> None:
    message = render(crowded_alert(count, length))
    assert len(message.slack) <= 2_900
    assert len(message.html.encode()) <= 102_000
    assert Balance(message.html).open == []
    assert message.slack.count("<") == message.slack.count(">") - message.slack.count("\n> ")
    for form, text in in_every_form(message).items():
        assert re.search(r"stilltrue show r0|more changes: stilltrue history --since 2026-05-28", text), form
        assert text.count("stilltrue rechecks") >= 1, form


@pytest.mark.parametrize("room", [40, 160, 300, 1_000, 4_000])
def test_a_message_fits_the_room_there_is(room: int) -> None:
    message = render(crowded_alert(5, 2_000), room=room)
    assert len(message.plain) <= room
    assert len(message.markdown) <= room
    assert message.plain.startswith("BC PNP: 5 rules changed, 5 assumptions"[:room])


def test_an_alert_without_items_still_reads() -> None:
    assert "stilltrue status" in render(alert()).plain


@given(st.text(), st.text())
@settings(max_examples=150)
def test_a_word_diff_keeps_both_wordings(old: str, new: str) -> None:
    runs = word_diff(old, new, context=10_000)
    before = " ".join(run.text for run in runs if run.op is not Op.INSERT)
    after = " ".join(run.text for run in runs if run.op is not Op.DELETE)
    assert before.split() == old.split()
    assert after.split() == new.split()


def test_a_word_diff_marks_only_what_differs_and_drops_far_words() -> None:
    kept = " ".join(f"w{n}" for n in range(40))
    runs = word_diff(f"{kept} may apply", f"{kept} must apply", context=3)
    assert [(run.op, run.text) for run in runs] == [
        (Op.EQUAL, "… w37 w38 w39"),
        (Op.DELETE, "may"),
        (Op.INSERT, "must"),
        (Op.EQUAL, "apply"),
    ]


def test_wordings_without_likeness_are_shown_whole() -> None:
    assert [run.op for run in word_diff("a b c d", "e f g h")] == [Op.DELETE, Op.INSERT]


@given(st.text())
@settings(max_examples=150)
def test_any_text_can_be_told(text: str) -> None:
    made = alert(
        item(event("rule.added", None, rule(text, section=text), subject=text), affect(reason=text), C44=text),
        publisher=text,
        severity=Severity.URGENT,
    )
    message = render(made)
    assert "\n" not in message.subject
    assert one_line(message.subject) == message.subject
    assert Balance(message.html).open == []
    assert AT.strftime("%B %Y") in message.plain


def test_a_crowded_digest_is_cut_with_a_pointer_and_fits_everywhere() -> None:
    crowd = [replace(crowded_alert(40, 900), id=f"a{number}", publisher=f"P{number}") for number in range(20)]
    digest = combine(crowd, name="digest-1", more=["a98", "a99"])
    message = render(digest)
    assert len(message.slack) <= 2900
    assert len(message.plain) <= 20_000
    assert "2 more messages are not shown here: stilltrue alerts, stilltrue history" in message.plain
    assert "more changes: stilltrue history" in message.slack
    assert "more assumptions to recheck: stilltrue rechecks" in message.slack


def test_why_a_claim_matters_stands_in_every_form_escaped() -> None:
    made = fee_alert()
    told = replace(
        made, items=tuple(replace(one, because={"C44": f"Readers budget with it. {NASTY}"}) for one in made.items)
    )
    for form, text in in_every_form(render(told)).items():
        assert "It matters: Readers budget with it" in text.replace("\\", ""), form
        assert "<script>" not in text or form == "plain"
    assert "It matters" not in render(made).plain
