import json
from decimal import Decimal
from pathlib import Path

import pytest
from reading import DATA, a_source, main_of, page_file, page_of, real_pages

from monitor.extractors import extract
from monitor.extractors.processing_times import ProcessingTimes, read
from monitor.extractors.rules import Rules
from monitor.model import Fact, FactKind, Format, Page, ProcessingTime

CASES = sorted(path for path in (DATA / "processing_times").iterdir() if not path.name.endswith(".facts.json"))


def facts_of(page: Page, declaration: ProcessingTimes | None = None) -> tuple[Fact, ...]:
    return read(page, a_source(), declaration or ProcessingTimes(), frozenset()).facts


def time_of(fact: Fact) -> ProcessingTime:
    assert isinstance(fact.value, ProcessingTime)
    return fact.value


def times_in(inner: str, declaration: ProcessingTimes | None = None) -> list[tuple[str, str, str, str | None]]:
    times = [time_of(fact) for fact in facts_of(main_of(inner), declaration)]
    return [(time.label, str(time.low), str(time.high), time.unit) for time in times]


def plain(fact: Fact) -> list[str | None]:
    time = time_of(fact)
    numbers = [None if number is None else str(number) for number in (time.low, time.high)]
    return [fact.key.partition("/")[2], time.label, *numbers, time.unit, time.text]


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_the_times_of_a_made_up_page(case: Path) -> None:
    expected = json.loads(case.with_suffix(".facts.json").read_text())

    assert [plain(fact) for fact in facts_of(page_file(case))] == expected


@pytest.mark.parametrize(
    ("sentence", "time"),
    [
        ("The processing time is 3 months.", ("processing", "3", "3", "months")),
        (
            "Applications are processed within 10 business days, 80% of the time.",
            ("applications", "10", "10", "business_days"),
        ),
        ("The processing time for a nomination is 2 to 3 months.", ("nomination", "2", "3", "months")),
        ("We process work permits in two weeks.", ("work permits", "2", "2", "weeks")),
        ("We process work permits in sixteen weeks.", ("work permits", "16", "16", "weeks")),
        ("We process work permits in twenty-four months.", ("work permits", "24", "24", "months")),
        ("The service standard for a review is 2\u20133 weeks.", ("review", "2", "3", "weeks")),
        ("Nomination processing usually takes less than 60 days.", ("nomination", "None", "60", "days")),
        ("Processing times for renewals may be more than 1 year.", ("renewals", "12", "None", "months")),
    ],
)
def test_a_sentence_about_processing(sentence: str, time: tuple[str, str, str, str | None]) -> None:
    assert times_in(f"<p>{sentence}</p>") == [time]


@pytest.mark.parametrize(
    "sentence",
    [
        "You must respond within 30 calendar days.",
        "Your registration will remain active for up to 12 months.",
        "You need 2 years of work experience.",
        "The letter is valid for 6 months after processing ends.",
        "The request must be received at least 15 business days before the expiry date.",
        "Applications submitted within 30 days are processed first.",
        "Full time means 30 hours a week for 12 months.",
        "We update processing times every 2 weeks.",
        "Visit our processing centre.",
    ],
)
def test_a_sentence_without_a_processing_time(sentence: str) -> None:
    assert times_in(f"<p>{sentence}</p>") == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("3 months", "three months", True),
        ("3 months", "3&nbsp;months", True),
        ("3 months", "3 weeks", False),
        ("3 months", "2 to 3 months", False),
    ],
)
def test_two_spellings_of_one_time_compare_equal(one: str, other: str, *, same: bool) -> None:
    facts = [facts_of(main_of(f"<p>The processing time is {text}.</p>"))[0] for text in (one, other)]

    assert (facts[0].compare == facts[1].compare) is same


def test_a_section_renamed_from_dash_to_underscore_keeps_its_key() -> None:
    old, new = ('{"work-permit": {"AF": "9 days"}}', '{"work_permit": {"AF": "9 days"}}')

    facts = [facts_of(page_of(text, a_source(form=Format.JSON)))[0] for text in (old, new)]

    assert facts[0].key == facts[1].key
    assert facts[0].compare == facts[1].compare


def test_declared_labels_headings_and_values() -> None:
    inner = "<h2>Ours</h2><p>Processing takes 3 months.</p><h2>Theirs</h2><p>Processing takes 9 months.</p>"

    assert times_in(inner, ProcessingTimes(labels={"nomination": "takes"}, headings=("^ours",))) == [
        ("nomination", "3", "3", "months")
    ]


def test_a_changed_time_is_no_changed_rule() -> None:
    source = a_source(processing_times=ProcessingTimes(), rules=Rules())
    pages = [
        main_of(f"<p>The processing time for a nomination is {text} at most.</p>") for text in ("3 months", "4 months")
    ]

    rules = [[fact.compare for fact in extract(page, source).facts if fact.kind is FactKind.RULE] for page in pages]

    assert rules[0] == rules[1]
    assert len(rules[0]) == 1


def by_label(page: Page) -> dict[str, str]:
    return {time_of(fact).label: time_of(fact).text for fact in facts_of(page)}


def test_every_change_between_the_real_feed_versions(real: Path) -> None:
    versions = json.loads((real / "expected" / "ircc-processing-times.json").read_text())["versions"]
    pages = dict(real_pages(real, "ircc-processing-times"))
    known: dict[str, str] = {}
    changes = 0
    for version in versions:
        times = by_label(pages[version["file"]])
        if version["kind"] == "stale":
            continue
        changed = {key: [known[key], text] for key, text in times.items() if key in known and known[key] != text}
        assert changed == version.get("changed", {}), version["file"]
        if known:
            assert {key: text for key, text in times.items() if key not in known} == version.get("keys_added", {})
            assert set(known) - set(times) == set(version.get("keys_removed", ()))
        changes += len(changed)
        known = times
    assert len(versions) == len(pages) == 101
    assert changes > 400


def test_the_real_times_of_british_columbia(real: Path) -> None:
    expected = json.loads((real / "expected" / "bcpnp-for-workers.json").read_text())["processing_times"]
    [(_, page)] = real_pages(real, "bcpnp-for-workers")

    found = {label.replace(" ", "_").replace("-", "_"): text for label, text in by_label(page).items()}

    assert found == {label: text for label, text in expected.items() if label != "share"}


def test_the_real_service_standards_of_the_global_talent_stream(real: Path) -> None:
    expected = json.loads((real / "expected" / "esdc-gts.json").read_text())["service_standards"]
    [(_, page)] = real_pages(real, "esdc-gts")

    found = {time_of(fact).label: (time_of(fact).high, time_of(fact).unit) for fact in facts_of(page)}

    assert found["LMIA"] == (Decimal(expected["lmia_business_days"]), "business_days")
    assert found["work permit"] == (Decimal(expected["work_permit_business_days"]), "business_days")


@pytest.mark.parametrize(
    "source",
    ["ircc-crs", "ircc-fsw", "oinp-foreign-worker", "oinp-updates-2024", "bcpnp-invitations", "esdc-gts-requirements"],
)
def test_real_pages_without_processing_times(real: Path, source: str) -> None:
    [(_, page)] = real_pages(real, source)

    assert facts_of(page) == ()
