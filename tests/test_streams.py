from datetime import date
from pathlib import Path

import pytest
from reading import DATA, a_source, main_of, page_file, real_pages

from monitor.changes.kinds import added_kind, changed_fields, changed_kind, removed_kind, severity_of
from monitor.extractors import extract
from monitor.extractors.notices import Notices
from monitor.extractors.rules import Rules
from monitor.extractors.streams import Streams, read
from monitor.model import Fact, FactKind, Page, Severity, Stream, StreamStatus

CRAFTS = Streams(
    streams=("Carvers", "Weavers", "Glass Makers", "Lamp Lighters", "Night Watch", "Craft Offer: Day Worker"),
    aliases={"draws for glass": "Glass Makers", "Day Worker stream": "Craft Offer: Day Worker"},
)
GRADUATES = Streams(streams=("Masters Graduate", "PhD Graduate", "Job Offer: Cook", "Job Offer: Baker"))


def facts_of(page: Page, declaration: Streams = CRAFTS) -> tuple[Fact, ...]:
    return read(page, a_source("news"), declaration, frozenset()).facts


def states(page: Page, declaration: Streams = CRAFTS) -> dict[str, str]:
    found = [fact.value for fact in facts_of(page, declaration)]
    return {
        value.name: f"{value.status} {value.since}" if value.since else str(value.status)
        for value in found
        if isinstance(value, Stream)
    }


def said(text: str, declaration: Streams = CRAFTS) -> dict[str, str]:
    return states(main_of(f"<h1>Program</h1><p>{text}</p>"), declaration)


def test_the_newest_entry_that_speaks_of_a_stream_wins() -> None:
    assert states(page_file(DATA / "streams" / "news.html")) == {
        "Carvers": "closed 2031-06-20",
        "Weavers": "open 2031-06-18",
        "Glass Makers": "paused 2031-06-20",
        "Lamp Lighters": "closed 2031-05-01",
    }


def test_a_fact_has_its_key_words_and_place() -> None:
    [fact] = facts_of(
        main_of("<h1>P</h1><h2>Now</h2><p>Hello. The Craft Offer &ndash; Day Worker stream is closed.</p>")
    )

    assert fact.key == "stream:news/craft-offer-day-worker"
    assert fact.quote == "The Craft Offer \u2013 Day Worker stream is closed."
    assert fact.path == ("P", "Now")
    assert fact.value == Stream(name="Craft Offer: Day Worker", status=StreamStatus.CLOSED)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("The Carvers stream is closed.", "closed"),
        ("The Carvers stream has reached its yearly limit and is now closed.", "closed"),
        ("The Carvers stream has been replaced.", "closed"),
        (
            "On or after May 1, 2031, the program will not accept applications to the Carvers stream.",
            "paused 2031-05-01",
        ),
        ("The Carvers stream has been created.", "open"),
        ("A stream, the Carvers stream, was established effective May 1, 2031.", "open 2031-05-01"),
        ("The program has introduced the Carvers stream.", "open"),
        ("The Carvers stream came into effect on May 1, 2031.", "open 2031-05-01"),
        ("The Carvers stream began accepting expressions of interest.", "open"),
        ("You can now register under the Carvers stream.", "open"),
        ("The Carvers stream is now available.", "open"),
        ("The Carvers stream is now permanently closed to new applications.", "closed"),
        ("The Carvers stream closed on May 1, 2031.", "closed 2031-05-01"),
        ("The Carvers stream has ended.", "closed"),
        ("We have closed the Carvers stream.", "closed"),
        ("Effective May 1, 2031, the program has discontinued the Carvers stream.", "closed 2031-05-01"),
        ("The Carvers stream is no longer accepting applications.", "closed"),
        ("The Carvers stream is no longer available.", "closed"),
        ("We are no longer accepting registrations for the Carvers stream.", "closed"),
        ("Applications to the Carvers stream are no longer being accepted.", "closed"),
        ("Since May 1, 2031, the Carvers (CRV) stream has been removed.", "closed 2031-05-01"),
        ("The Carvers stream has been paused.", "paused"),
        ("The Carvers stream is temporarily closed.", "paused"),
        ("The Carvers stream is closed until further notice.", "paused"),
        ("Until further notice, the Carvers stream is suspended.", "paused"),
        ("We are not accepting applications under the Carvers stream at this time.", "paused"),
        ("The Carvers stream is not currently accepting expressions of interest.", "paused"),
        ("No new applications or registrations are being accepted for the Carvers stream.", "paused"),
        ("Effective May 1, 2031, we suspended receiving applications to the Carvers stream.", "paused 2031-05-01"),
        ("The program has suspended the Carvers stream.", "paused"),
        ("The Carvers stream's intake is on hold.", "paused"),
        ("The Carvers stream reopened on May 1, 2031.", "open 2031-05-01"),
        ("The Carvers stream is open.", "open"),
        ("The Carvers stream is now accepting applications.", "open"),
        ("We are now accepting registrations for the Carvers stream.", "open"),
        ("Registrations for the Carvers stream are open.", "open"),
        ("The province has launched the Carvers stream.", "open"),
        ("The Carvers stream has resumed.", "open"),
        ("The Carvers pilot is now called Woodland.", "renamed"),
        ("The Carvers program was made permanent and renamed Woodland.", "renamed"),
        ("The Woodland stream (formerly the Carvers stream) has a new page.", "renamed"),
    ],
)
def test_what_words_say_of_a_stream(text: str, status: str) -> None:
    assert said(text) == {"Carvers": status}


@pytest.mark.parametrize(
    "text",
    [
        "The Carvers stream replaces it.",
        "The program has introduced the Carvers stream application form.",
        "Changes to the Carvers stream came into effect on May 1, 2031.",
        "You can register under the Carvers stream if you were invited.",
        "New forms for the Carvers stream are now available.",
        "The Carvers stream is not closed.",
        "The Carvers stream will be closed on May 1, 2031.",
        "The Carvers stream may be paused.",
        "Applications under the Carvers stream can be suspended or returned.",
        "If the Carvers stream is closed, you cannot apply.",
        "You can apply until the Carvers stream is closed.",
        "We propose that the Carvers stream be closed.",
        "The Carvers stream is open to workers with a job offer.",
        "Carvers may hold an open work permit.",
        "The list of trades for the Carvers stream is closed.",
        "The page of the Carvers stream has been removed.",
        "The Carvers stream removed the requirement of a degree.",
        "We have removed the requirement for the Carvers stream.",
        "We no longer require the form for applications made under the Carvers stream.",
        "We no longer accept documents by mail for the Carvers stream.",
        "We have paused processing of applications under the Carvers stream.",
        "Your closed application cannot name the Carvers stream.",
        "The Carvers stream was closed from May 1, 2031 to May 9, 2031.",
        "The Potters stream is closed.",
        "The carvers are paused.",
        "The carvers of the stream were closed in.",
        "This stream is closed.",
        "We are not accepting applications.",
    ],
)
def test_words_that_say_nothing_of_a_stream(text: str) -> None:
    assert said(text) == {}


def test_each_stream_of_a_sentence_has_its_own_status() -> None:
    assert said("The Carvers stream is closed, while the Weavers and the Glass Makers streams remain open.") == {
        "Carvers": "closed",
        "Weavers": "open",
        "Glass Makers": "open",
    }


def test_streams_named_among_others() -> None:
    closed = {"Carvers": "closed 2031-06-25", "Craft Offer: Day Worker": "closed 2031-06-25"}
    among = "As of June 25, 2031, eight streams are closed, among them Carvers and Craft Offer: Day Worker."

    assert said(among) == closed
    assert (
        said("As of June 25, 2031, two streams, including Carvers and Craft Offer: Day Worker, are closed.") == closed
    )


def test_streams_listed_under_a_sentence() -> None:
    page = main_of("<p>The following streams are paused:</p><ul><li>Weavers stream</li><li>Potters</li></ul>")

    assert states(page) == {"Weavers": "paused"}


def test_another_wording_of_a_stream() -> None:
    assert said("The program no longer holds draws for glass; the last one was in May.") == {"Glass Makers": "closed"}


def test_names_that_share_their_words() -> None:
    assert said("The Masters and PhD Graduate streams are closed.", GRADUATES) == {
        "Masters Graduate": "closed",
        "PhD Graduate": "closed",
    }
    assert said("The Job Offer: Cook and Baker streams are paused.", GRADUATES) == {
        "Job Offer: Cook": "paused",
        "Job Offer: Baker": "paused",
    }


def test_a_page_that_contradicts_itself_states_nothing() -> None:
    assert said("The Carvers stream is closed. The Carvers stream is open.") == {}


def test_on_a_page_with_one_stream_it_need_not_be_named() -> None:
    one = Streams(streams=("Carvers",))

    assert said("This stream is closed.", one) == {"Carvers": "closed"}
    assert said("We are not accepting applications at this time.", one) == {"Carvers": "paused"}
    assert said("We are not accepting applications by mail.", one) == {}
    assert said("Your application was closed. The position remains open.", one) == {}


def test_under_a_title_with_one_stream_it_need_not_be_named() -> None:
    entry = "<h2>May 4, 2031</h2><h3>{}</h3><p>We are now accepting applications.</p>"

    assert states(main_of(f"<h1>N</h1>{entry.format('News of the Carvers stream')}")) == {"Carvers": "open 2031-05-04"}
    assert states(main_of(f"<h1>N</h1>{entry.format('News of all streams')}")) == {}


def test_the_title_decides_where_an_entry_disagrees_with_itself() -> None:
    entry = "<h2>May 4, 2031</h2><h3>Carvers stream {}</h3><p>The Carvers stream is paused.</p>"

    assert states(main_of(f"<h1>N</h1>{entry.format('closing')}")) == {"Carvers": "closed 2031-05-04"}
    assert states(main_of(f"<h1>N</h1>{entry.format('paused')}")) == {"Carvers": "paused 2031-05-04"}


def test_an_announcement_counts_once_its_day_has_come() -> None:
    page = "<h1>N</h1><h2>May 4, 2031</h2><h3>News</h3><p>Effective {}, the Carvers stream will be closed.</p>"

    assert states(main_of(page.format("May 4, 2031"))) == {"Carvers": "closed 2031-05-04"}
    assert states(main_of(page.format("June 4, 2031"))) == {}


def test_declared_words_mean_open() -> None:
    declaration = Streams(streams=("Carvers", "Weavers"), open_when="choose one of")
    page = "<h1>P</h1><p>Choose one of these streams: Carvers stream.</p><p>Weavers stream.</p>{}"

    assert states(main_of(page.format("")), declaration) == {"Carvers": "open"}
    assert states(main_of(page.format("<p>The Carvers stream is paused.</p>")), declaration) == {"Carvers": "paused"}
    assert states(main_of("<p>Carvers stream.</p>"), declaration) == {}


def test_declared_headings_and_sentences_to_leave_out() -> None:
    page = main_of(
        "<h1>P</h1><h2>Now</h2><p>The Carvers stream is closed.</p><h2>Then</h2><p>The Weavers stream was closed.</p>"
    )

    assert states(page, Streams(streams=CRAFTS.streams, headings=("Now",))) == {"Carvers": "closed"}
    assert states(page, Streams(streams=CRAFTS.streams, ignore=(r"\bwas closed",))) == {"Carvers": "closed"}


def test_an_alias_of_no_declared_stream_is_refused() -> None:
    with pytest.raises(ValueError, match="Potters"):
        Streams(streams=("Carvers",), aliases={"Clay": "Potters"})


def test_rules_do_not_repeat_a_status() -> None:
    page = main_of("<h1>P</h1><p>The Carvers stream is closed. You must not apply.</p>")
    facts = extract(page, a_source("p", streams=CRAFTS, rules=Rules())).facts

    assert [fact.kind for fact in facts] == [FactKind.STREAM, FactKind.RULE]
    assert facts[1].quote == "You must not apply."


def test_a_stream_and_its_notice_are_both_told() -> None:
    page = page_file(DATA / "streams" / "news.html")
    facts = extract(page, a_source("p", streams=CRAFTS, notices=Notices(), rules=Rules())).facts

    assert {fact.kind for fact in facts} == {FactKind.STREAM, FactKind.NOTICE}


def a_fact(status: StreamStatus, since: date | None = None) -> Fact:
    value = Stream(name="Carvers", status=status, since=since)
    return Fact(key="stream:p/carvers", kind=FactKind.STREAM, source="p", value=value, quote="q")


@pytest.mark.parametrize(
    ("status", "kind", "severity"),
    [
        (StreamStatus.OPEN, "stream.opened", Severity.NOTICE),
        (StreamStatus.PAUSED, "stream.paused", Severity.URGENT),
        (StreamStatus.CLOSED, "stream.closed", Severity.URGENT),
        (StreamStatus.RENAMED, "stream.renamed", Severity.NOTICE),
    ],
)
def test_the_event_is_named_after_the_new_status(status: StreamStatus, kind: str, severity: Severity) -> None:
    assert (added_kind(a_fact(status)), changed_kind(a_fact(status))) == (kind, kind)
    assert severity_of(kind) is severity


def test_a_name_that_is_gone_closes_nothing_and_a_date_alone_is_no_change() -> None:
    known, today = a_fact(StreamStatus.CLOSED), a_fact(StreamStatus.CLOSED, date(2031, 5, 4))

    assert removed_kind(known, date(2031, 5, 5)) is None
    assert changed_fields(known, today) == ()
    assert changed_fields(a_fact(StreamStatus.OPEN), today) == ("status",)


def test_ontario_s_entrepreneur_stream_closed_in_november(real: Path) -> None:
    [(_, page)] = real_pages(real, "oinp-updates-2024")
    names = ("Entrepreneur", "Masters Graduate", "Employer Job Offer: Foreign Worker", "Expression of Interest system")

    assert states(page, Streams(streams=names)) == {"Entrepreneur": "closed 2024-11-04"}


def test_real_program_pages_state_no_status(real: Path) -> None:
    names = ("Global Talent Stream", "Federal Skilled Worker", "Skilled Worker", "Health Authority", "Foreign Worker")
    sources = ("bcpnp-for-workers", "bcpnp-invitations", "esdc-gts", "esdc-gts-requirements", "ircc-crs", "ircc-fsw")
    pages = list(real_pages(real, *sources, "oinp-foreign-worker"))

    assert len(pages) == len(sources) + 1
    assert [states(page, Streams(streams=names)) for _, page in pages] == [{}] * len(pages)
    assert [states(page, Streams(streams=("Foreign Worker",))) for _, page in pages] == [{}] * len(pages)
