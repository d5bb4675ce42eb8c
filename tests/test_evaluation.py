"""The benchmark's own arithmetic, its data, and that the program is as good as the figure reached."""

import pytest

from evaluation.__main__ import failures, measure, table
from evaluation.cases import Expected, load_cases
from evaluation.editions import load_editions
from evaluation.following import declared_sources, follow
from evaluation.scoring import CONTENT, Score, agrees, same, wilson
from evaluation.together import load_together
from monitor.model import Event


@pytest.fixture(scope="module")
def score() -> Score:
    return measure(load_cases(), load_together())


def test_the_figure_reached_is_held(score: Score):
    assert failures(score) == [], "\n".join(table(score))


def test_the_benchmark_is_as_large_as_asked(score: Score):
    assert score.found[CONTENT] + score.missed[CONTENT] >= 600
    assert score.quiet >= 600
    names = [case.name for case in load_cases()]
    assert len(names) == len(set(names))


def test_every_edition_is_read_whole_and_every_publisher_has_one():
    sources = declared_sources()
    publishers = {sources[edition.source].publisher for edition in load_editions().values()}
    assert publishers >= {"IRCC", "ESDC", "BC PNP", "OINP"}


def test_a_name_that_an_edition_lacks_is_an_error():
    edition = load_editions()["gts"]
    assert "10 business days" in edition.render()
    assert "An officer may visit" not in edition.render(without=("item_visit",))
    with pytest.raises(KeyError, match="no_such"):
        edition.render({"no_such": "x"})
    with pytest.raises(KeyError, match="no_part"):
        edition.render(without=("no_part",))


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"), [(0, 0, 0.0, 1.0), (8, 10, 0.4902, 0.9433), (50, 50, 0.9287, 1.0)]
)
def test_the_interval_is_wilsons(part: int, whole: int, low: float, high: float):
    assert wilson(part, whole) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


@pytest.mark.parametrize(
    ("wanted", "found", "equal"),
    [
        ("$1,750 CAD", "1750", True),
        ("1,750", "1475", False),
        ("May&nbsp;14, 2026", "2026-05-14", True),
        ("May 14, 2026", "2026-05-15", False),
        ("the employer", "Your employer: the Employer must sign.", True),
        ("the employee", "The employer must sign.", False),
        ("null", None, True),
        ("3", None, False),
        ("must", "must_not", False),
    ],
)
def test_fields_are_compared_by_what_they_say(wanted: str, found: str | None, equal: bool):
    assert same(wanted, found) is equal


def test_a_told_event_must_agree_in_every_expected_field():
    case = next(case for case in load_cases() if case.name == "fees:feed#1")
    (event,) = follow(case).events()
    (expected,) = case.expected
    assert agrees(expected, event)
    wrong = Expected(kind=expected.kind, about=expected.about, old=expected.old, new={"amount": "3"})
    assert not agrees(wrong, event)
    score = Score()
    score.add(case, "IRCC", [event])
    assert (score.recall(), score.precision()) == (1.0, 1.0)
    lost: list[Event] = []
    score.add(case, "IRCC", lost)
    assert (score.recall(), score.precision(), score.missed["fee.changed"]) == (0.5, 1.0, 1)
