import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from reading import DATA, a_source, main_of, page_file, real_pages

from monitor.changes.alignment import align
from monitor.changes.kinds import added_kind, changed_fields, changed_kind, removed_kind
from monitor.extractors import extract
from monitor.extractors.draws import Draws
from monitor.extractors.fees import Fees
from monitor.extractors.notices import Notices
from monitor.extractors.rules import Rules
from monitor.model import Fact, FactKind, KnownFact, Notice, Page, Snapshot
from monitor.pages.json_page import read_json

CARVERS = Draws(program="Crafts", streams=("Carvers",))
STREAMS = (
    "Express Entry Human Capital Priorities",
    "Express Entry French-Speaking Skilled Worker",
    "Express Entry Skilled Trades",
    "Employer Job Offer: Foreign Worker",
    "Employer Job Offer: International Student",
    "Employer Job Offer: In-Demand Skills",
    "Masters Graduate",
    "PhD Graduate",
    "Entrepreneur",
)


PDU = """<table><tr><th>Category</th><th>PDU title</th><th>Date published</th></tr>
<tr><td>pr</td><td><a href="/k">Kite permits</a></td><td>May 04, 2031</td></tr></table>"""


def facts_of(page: Page, *, declaration: Notices | None = None, **others: object) -> list[Fact]:
    return list(extract(page, a_source("news", notices=declaration or Notices(), **others)).facts)


def of_kind(facts: list[Fact], kind: FactKind) -> list[Fact]:
    return [fact for fact in facts if fact.kind is kind]


def notices(page: Page, **others: object) -> list[Notice]:
    found = [fact.value for fact in of_kind(facts_of(page, **others), FactKind.NOTICE)]
    assert all(isinstance(value, Notice) for value in found)
    return found  # type: ignore[return-value]


def titles(page: Page, **others: object) -> list[tuple[str, str]]:
    return [(str(notice.date), notice.title) for notice in notices(page, **others)]


def events(old: Page, new: Page, **others: object) -> Iterator[tuple[str | None, tuple[str, ...]]]:
    """(kind, changed fields) of each difference that has an event, as the differ names them."""
    now = datetime(2031, 1, 1, tzinfo=UTC)
    first = align({}, facts_of(old, rules=Rules(), **others)).added
    known = {fact.key: KnownFact(fact=fact, first_seen=now, last_seen=now, version="v") for fact in first}
    found = align(known, facts_of(new, rules=Rules(), **others))
    yield from ((added_kind(fact), ()) for fact in found.added if added_kind(fact))
    yield from ((kind, ()) for fact in found.missing if (kind := removed_kind(fact, now.date())))
    yield from ((changed_kind(b), changed_fields(a, b)) for a, b in found.pairs if changed_fields(a, b))


def test_news_under_bare_dates() -> None:
    found = notices(page_file(DATA / "notices" / "bc-news.html"))

    assert [(str(notice.date), notice.title) for notice in found] == [
        ("2031-05-04", "Evening intake begins"),
        ("2031-03-02", "Kite permits"),
        ("2031-01-09", "Offices moved"),
        ("2030-12-01", "The BC PNP has a new telephone number"),
    ]
    assert found[0].text.splitlines() == [
        "Lantern makers can register after six. Registrations must name a workshop.",
        "Bring a lamp.",
        "The fee is $40.",
    ]
    assert found[1].text.splitlines() == [
        "Permits are sent by post.",
        "What stays the same",
        "Strings are still inspected.",
    ]
    assert found[3].text == "The BC PNP has a new telephone number. Calls are free."


def test_an_entry_of_index_and_body_is_one_and_draws_are_none() -> None:
    page = page_file(DATA / "notices" / "updates.html")

    found = notices(page, draws=CARVERS)

    assert [(str(notice.date), notice.title) for notice in found] == [
        ("2031-06-20", "Postal addresses"),
        ("2031-06-03", "Notice: the new form is here."),
        ("2031-05-30", "Results of 2030"),
    ]
    assert found[0].text.splitlines()[-1] == "Ask by telephone."
    assert found[2].text.splitlines()[-1] == "Carving | 12"


def test_without_a_draws_extractor_a_round_is_a_notice() -> None:
    page = page_file(DATA / "notices" / "updates.html")

    assert titles(page)[0] == ("2031-06-20", "Carvers stream: carving occupations invited")


def test_keys_hold_date_and_title() -> None:
    [fact] = facts_of(main_of("<h1>News</h1><h2>May 4, 2031</h2><p><b>Kites: new</b></p><p>Up.</p>"))

    assert fact.key == "notice:news/2031-05-04-kites-new"
    assert fact.quote == "Up."
    assert fact.path == ("News", "May 4, 2031", "Kites: new")


def test_the_same_title_on_one_day_gives_two_keys() -> None:
    entry = "<h2>May 4, 2031</h2><h3>Kites</h3><p>{}</p>"
    facts = facts_of(main_of(f"<h1>News</h1>{entry.format('Up.')}{entry.format('Down.')}{entry.format('Up.')}"))

    assert len({fact.key for fact in facts}) == len(facts) == 2


@pytest.mark.parametrize(
    "body",
    [
        "<ul><li>May 4, 2031 – <a href='/k'>Kite permits</a></li></ul>",
        "<ul><li><a href='/k'>Kite permits</a> (May 4, 2031)</li></ul>",
        "<ul><li><a href='/k'>Kite permits</a> – Posted: May&nbsp;4, 2031</li></ul>",
        "<ul><li><a href='/k'>Kite permits</a><br>May 4, 2031</li></ul>",
        "<ul><li>2031-05-04: <a href='/k'>Kite permits</a></li></ul>",
        "<dl><dt>May 4, 2031</dt><dd><a href='/k'>Kite permits</a></dd></dl>",
        "<h2>May 4, 2031</h2><ul><li><a href='/k'>Kite permits</a></li></ul>",
        "<h2>Kite permits</h2><p>May 4, 2031</p><p>Sent by post.</p>",
        "<h3>Kite permits (May 4, 2031)</h3><p>Sent by post.</p>",
        "<p><strong>May 4, 2031</strong></p><p><strong>Kite permits</strong></p><p>Sent by post.</p>",
        "<p><strong>May 4, 2031 – Kite permits</strong><br>Sent by post.</p>",
        "<p><strong>May 4, 2031</strong> – Kite permits</p><p>Sent by post.</p>",
        PDU,
        "<table><tr><th>Date</th><th>Notice</th></tr><tr><td>2031-05-04</td><td>Kite permits</td></tr></table>",
    ],
)
def test_the_shapes_of_a_dated_entry(body: str) -> None:
    assert titles(main_of(f"<h1>Notices</h1><p>What is new.</p>{body}")) == [("2031-05-04", "Kite permits")]


def test_a_second_notice_of_one_title_and_day_leaves_the_first_its_key() -> None:
    first = "<h2>May 4, 2031</h2><h3>Kites</h3><p>Up.</p>"
    old, new = main_of(f"<h1>N</h1>{first}"), main_of(f"<h1>N</h1>{first.replace('Up', 'Background')}{first}")

    assert list(events(old, new)) == [("notice.posted", ())]


def test_each_link_under_a_date_is_an_entry_of_its_own() -> None:
    page = main_of(
        "<h1>Notices</h1><h2>May 4, 2031</h2><ul><li><a href='/a'>Kites</a></li><li><a href='/b'>Lamps</a></li></ul>"
    )

    assert [title for _, title in titles(page)] == ["Kites", "Lamps"]


def test_items_below_a_dated_item_are_its_text() -> None:
    [notice] = notices(
        main_of("<h1>N</h1><ul><li>May 4, 2031 – Kites<ul><li>Strings</li><li>Tails</li></ul></li></ul>")
    )

    assert notice.text.splitlines() == ["Strings", "Tails"]


@pytest.mark.parametrize(
    "body",
    [
        "<h2>Fees</h2><p>The fee is $40 as of May 4, 2031.</p>",
        "<h2>Changes take effect May 4, 2031</h2><p>Bring a lamp.</p>",
        "<h2>Deadlines</h2><ul><li>Apply before May 4, 2031.</li><li>Send the form by May 4, 2031</li></ul>",
        "<p>May 4, 2031 is the last day.</p>",
        "<p><strong>Effective May 4, 2031</strong>, bring a lamp.</p>",
        "<p><strong>May 4, 2031</strong> is the last day.</p>",
        "<table><tr><th>Fee</th><th>Sum</th><th>Day</th></tr><tr><td>A</td><td>4</td><td>May 4, 2031</td></tr></table>",
        "<h2>2031</h2><p>May was warm.</p>",
    ],
)
def test_dates_inside_other_text_open_no_entry(body: str) -> None:
    assert titles(main_of(f"<h1>Program</h1>{body}")) == []


def test_a_page_about_one_dated_notice_is_no_list_of_them() -> None:
    assert titles(main_of("<h1>Program update – May 4, 2031</h1><p>Bring a lamp.</p>")) == []


def test_dates_inside_an_entry_belong_to_it() -> None:
    page = main_of(
        "<h1>N</h1><h2>May 4, 2031</h2><p><b>Kites</b></p><h3>June 1, 2031</h3><p>First flight.</p>"
        "<p>July 1, 2031</p><ul><li>Landing (July 2, 2031)</li></ul>"
    )

    assert titles(page) == [("2031-05-04", "Kites")]


def test_declared_headings_and_titles_to_leave_out() -> None:
    page = main_of(
        "<h1>N</h1><h2>News</h2><h3>May 4, 2031</h3><h4>Kites</h4><p>Up.</p><h3>May 3, 2031</h3><h4>Closure of the "
        "counter</h4><p>Today.</p><h2>Speeches</h2><h3>May 2, 2031</h3><h4>Welcome</h4><p>All.</p>"
    )

    found = titles(page, declaration=Notices(headings=("News",), ignore=("counter",)))

    assert [title for _, title in found] == ["Kites"]


NEWS = "<h1>News</h1><h2>May 4, 2031</h2><h3>Kites</h3><p>Kites {}. Strings cost ${}.</p><p>Ask us.</p>"
OLDER = "<h2>May 1, 2031</h2><h3>Lamps</h3><p>Lamps must be lit. They may be red.</p>"


def test_one_new_notice_is_one_event() -> None:
    old, new = main_of(f"<h1>News</h1>{OLDER}"), main_of(NEWS.format("must be big", 4) + OLDER)

    assert list(events(old, new)) == [("notice.posted", ())]


def test_a_changed_sentence_in_an_old_notice_is_posted_again() -> None:
    old, new = main_of(NEWS.format("must be big", 4) + OLDER), main_of(NEWS.format("may be big", 4) + OLDER)

    assert list(events(old, new)) == [("notice.posted", ("text",))]


def test_what_another_extractor_tells_of_a_notice_is_not_told_twice() -> None:
    old, new = main_of(NEWS.format("soar", 4)), main_of(NEWS.format("soar", 5))

    assert list(events(old, new, fees=Fees())) == [("fee.changed", ("amount",))]


@pytest.mark.parametrize("order", [("fees", "notices", "rules"), ("notices", "rules", "fees")])
def test_the_order_of_declarations_changes_nothing(order: tuple[str, ...]) -> None:
    settings = {"fees": Fees(), "notices": Notices(), "rules": Rules()}
    source = a_source("news", **{name: settings[name] for name in order})

    facts = extract(main_of(NEWS.format("soar", 4)), source).facts

    assert [fact.kind for fact in facts] == [FactKind.FEE, FactKind.NOTICE]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<p>Kites &amp; lamps: “new”</p>", '<p>Kites  &amp;&nbsp;lamps: "new"</p>'),
        ("<p>Kites – new</p>", "<p><b></b>Kites - n<b>e</b>w.</p>"),
        ("<p>Costs 1,000 points</p>", "<p>Costs 1000 points</p>"),
    ],
)
def test_typography_is_no_new_text(one: str, other: str) -> None:
    page = "<h1>News</h1><h2>May 4, 2031</h2><h3>Title</h3><p>First.</p>{}"

    assert list(events(main_of(page.format(one)), main_of(page.format(other)))) == []


def test_a_notice_that_leaves_the_page_is_no_event() -> None:
    old, new = main_of(NEWS.format("soar", 4) + OLDER), main_of(NEWS.format("soar", 4))

    assert list(events(old, new)) == []


def test_ontario_s_other_entries_are_those_checked_by_hand(real: Path) -> None:
    wanted = json.loads((real / "expected" / "oinp-updates-2024.json").read_text())["other_entries"]
    [(_, page)] = real_pages(real, "oinp-updates-2024")

    found = titles(page, draws=Draws(program="OINP", streams=STREAMS))

    assert sorted(found) == sorted((entry["date"], entry["title"]) for entry in wanted)


def test_real_pages_without_news_give_no_notices(real: Path) -> None:
    sources = ("bcpnp-for-workers", "esdc-gts", "esdc-gts-requirements", "ircc-crs", "ircc-fsw", "oinp-foreign-worker")
    found = {file: titles(page) for file, page in real_pages(real, *sources)}

    assert len(found) == len(sources)
    assert not any(found.values())


def test_draws_in_tables_are_no_notices(real: Path) -> None:
    [(_, page)] = real_pages(real, "bcpnp-invitations")

    facts = facts_of(page, draws=Draws(program="Skills Immigration"))

    assert len(of_kind(facts, FactKind.DRAW)) == 20
    assert of_kind(facts, FactKind.NOTICE) == []


def test_a_notice_has_its_day() -> None:
    [notice] = notices(main_of("<h1>N</h1><h2>Friday, May 4, 2031</h2><p><b>Kites</b></p><p>Up.</p>"))

    assert notice == Notice(title="Kites", date=date(2031, 5, 4), text="Up.")


def test_a_record_of_a_document_with_a_day_and_prose_is_one_notice() -> None:
    rounds = [
        {
            "drawNumber": "9",
            "drawName": "Trades",
            "drawDateFull": "February 9, 2031",
            "mitext": "<p>Invite <b>9</b>.</p>",
        },
        {"drawNumber": "8", "drawName": "Trades", "drawDateFull": "February 2, 2031", "mitext": "no markup"},
        {"drawNumber": "7", "drawName": "Trades", "lastupdated": "February 2, 2031", "mitext": "<p>No day.</p>"},
    ]
    body = json.dumps({"rounds": rounds, "stamp": "x"}).encode()
    shot = Snapshot(
        source="s", fetched_at=datetime(2031, 2, 10, tzinfo=UTC), status=200, final_url="https://x.ca/a.json",
        headers={}, body=body,
    )  # fmt: skip
    (notice,) = notices(read_json(shot, a_source("s")))
    assert (notice.title, notice.date, notice.text) == ("#9 Trades", date(2031, 2, 9), "Invite 9.")
