import pytest
from reading import a_source, main_of, page_of
from running import rounds

from monitor.changes.kinds import NAMING, Naming
from monitor.extractors import EXTRACTORS, declarations, extract
from monitor.extractors.fees import Fees
from monitor.extractors.rules import Rules
from monitor.model import FactKind, Format, Page, Source, bounded
from monitor.model.identity import LONGEST_KEY

PAGE = "<h1>Stream</h1><h2>Fees</h2><p>The application fee is ${}. You must pay online.</p>"


def rules_of(page: Page, source: Source) -> list[str | None]:
    return [fact.compare for fact in extract(page, source).facts if fact.kind is FactKind.RULE]


def test_every_extractor_reads_with_its_default_settings() -> None:
    page = main_of(PAGE.format(10))

    for name, extractor in EXTRACTORS.items():
        extraction = extractor.read(page, a_source(), extractor.declaration(), frozenset())
        assert {fact.kind for fact in extraction.facts} <= extractor.kinds, name


@pytest.mark.parametrize(
    ("name", "declaration", "kinds"),
    [
        ("draws", declarations.Draws, {FactKind.DRAW, FactKind.POOL}),
        ("fees", declarations.Fees, {FactKind.FEE}),
        ("thresholds", declarations.Thresholds, {FactKind.THRESHOLD}),
        ("occupations", declarations.Occupations, {FactKind.OCCUPATION}),
        ("deadlines", declarations.Deadlines, {FactKind.DEADLINE}),
    ],
)
def test_a_row_of_the_registry(name: str, declaration: type, kinds: set[FactKind]) -> None:
    assert EXTRACTORS[name].kinds == kinds
    assert EXTRACTORS[name].declaration is declaration


def test_no_kind_that_makes_news_is_read_by_two_extractors() -> None:
    kinds = [kind for extractor in EXTRACTORS.values() for kind in extractor.kinds if NAMING[kind] != Naming()]

    assert len(kinds) == len(set(kinds))


@pytest.mark.parametrize("names", [("fees", "rules"), ("rules", "fees")])
def test_rules_come_last_and_leave_out_what_others_used(names: tuple[str, ...]) -> None:
    settings = {"fees": Fees(), "rules": Rules()}
    source = a_source(**{name: settings[name] for name in names})
    old, new = main_of(PAGE.format("1,475")), main_of(PAGE.format("1,750"))

    assert [fact.kind for fact in extract(new, source).facts] == [FactKind.FEE, FactKind.RULE, FactKind.RULE]
    assert rules_of(old, source) == rules_of(new, source)


def test_only_declared_extractors_run() -> None:
    assert extract(main_of(PAGE.format(10)), a_source(rules=Rules())).used == frozenset()
    assert extract(main_of(PAGE.format(10)), a_source()).facts == ()


def test_all_keys_of_a_page_differ() -> None:
    page = main_of(PAGE.format(10) + PAGE.format(20) + "<p>You must pay online.</p>")

    keys = [fact.key for fact in extract(page, a_source(fees=Fees(), rules=Rules())).facts]

    assert len(keys) == len(set(keys)) > 4


def test_a_key_fits_into_an_index_and_others_stay_as_they_are() -> None:
    name = "".join(map(str, range(3000)))
    for long in (name, f"{name}0"):
        source = a_source(form=Format.JSON, draws=declarations.Draws())
        page = page_of(rounds(1).replace(b'"drawNumber": "1"', f'"drawNumber": "{long}"'.encode()), source)
        keys = {fact.key for fact in extract(page, source).facts}
        assert LONGEST_KEY // 2 < max(len(key.encode()) for key in keys) <= LONGEST_KEY
    assert bounded("fee:page/ao\u00fbt") == "fee:page/ao\u00fbt"
    assert bounded(name) != bounded(f"{name}0")
    assert len(bounded("\u00e9" * 501).encode()) <= LONGEST_KEY
