"""Whether a reworded rule got stricter, looser, or nobody can say."""

import pytest

from monitor.changes.strictness import strictness_of
from monitor.extractors.modality import modality
from monitor.model import Rule

STRICTER = [
    ("You may register online.", "You must register online."),
    ("You should attach a letter.", "You must attach a letter."),
    ("You may attach a letter.", "You should attach a letter."),
    ("You may include your parents.", "You may not include your parents."),
    ("Applicants are eligible for a refund.", "Applicants are not eligible for a refund."),
    ("You are not required to show funds.", "You are required to show funds."),
    ("You must have at least 12 months of experience.", "You must have at least 24 months of experience."),
    ("You must have at least six months of experience.", "You must have at least one year of experience."),
    ("A minimum score of 60 is needed.", "A minimum score of 67 is needed."),
    ("You must score 48 or higher.", "You must score 52 or higher."),
    ("You must reply within 30 calendar days.", "You must reply within 15 calendar days."),
    ("You may work up to 24 hours a week.", "You may work up to 20 hours a week."),
    ("The offer must be for no more than 3 years.", "The offer must be for no more than 2 years."),
    (
        "With less than 12 months of experience you are not eligible.",
        "With less than 18 months of experience you are not eligible.",
    ),
    ("Tests must be less than 2 years old.", "Tests must be less than 1 year old."),
    ("Work abroad counts.", "Only work abroad counts."),
    ("You must have a job offer or family in Ontario.", "You must have a job offer and family in Ontario."),
    ("Your employer must pay at least $30 an hour.", "Your employer must pay at least $31.50 an hour."),
    ("You must show funds unless you work in Canada.", "You must show funds."),
]
LOOSER = [(new, old) for old, new in STRICTER]
LOOSER.remove(("You may not include your parents.", "You may include your parents."))
LOOSER += [
    ("You may not include your parents.", "You may include your parents."),
    ("You must attach a letter.", "You do not need to attach a letter."),
    ("A medical exam is mandatory.", "A medical exam is optional."),
]
UNKNOWN = [
    ("Apply through the portal.", "Apply through the new portal."),
    ("You must apply online.", "You must apply through the portal."),
    (
        "You must have at least 12 months of experience and reply within 10 days.",
        "You must have at least 24 months of experience and reply within 20 days.",
    ),
    ("The fee was set in 2024.", "The fee was set in 2026."),
    ("You must have 12 months of experience.", "You have 12 months of experience."),
]


def judged(old: str, new: str) -> str:
    rules = [Rule(section="S", text=text, modality=modality(text)) for text in (old, new)]
    return strictness_of(*rules)


@pytest.mark.parametrize(("old", "new"), STRICTER)
def test_what_asks_more_is_stricter(old: str, new: str):
    assert judged(old, new) == "stricter"


@pytest.mark.parametrize(("old", "new"), LOOSER)
def test_what_asks_less_is_looser(old: str, new: str):
    assert judged(old, new) == "looser"


@pytest.mark.parametrize(("old", "new"), UNKNOWN)
def test_where_nothing_says_so_or_two_signs_disagree_it_is_unknown(old: str, new: str):
    assert judged(old, new) == "unknown"
