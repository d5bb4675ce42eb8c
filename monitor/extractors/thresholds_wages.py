"""What a wage floor is called: the positions it is for, else the name that the sentence gives it."""

import re

from monitor.extractors import thresholds_labels as labels
from monitor.extractors.amounts import straight
from monitor.extractors.fee_prose import Around
from monitor.extractors.thresholds_quantities import Quantity

_POSITION = re.compile(
    r"\bfor (?:the |any |each |an? |all )*(?P<np>(?:[\w-]+\s){0,5}?(?:positions?|occupations?|jobs?|workers?|"
    r"applicants?))\b",
    re.IGNORECASE,
)
_OPENED = re.compile(
    r"\W*(?:an? |the |any )?(?P<np>(?:[\w-]+\s){0,5}?(?:positions?|occupations?|jobs?|workers?))\b", re.IGNORECASE
)
_NAMED_WAGE = re.compile(
    r"(?i:\b(?:(?!(?:the|an?|at|least|of|your|their|is|be|or|and)\b)[a-z-]+\s){0,3}(?:wage|salary)\b"
    r"(?:\s(?:floor|threshold|rate)\b)?)(?:\s(?:in|for|across|outside)\s(?:the\s)?[A-Z][\w.]*(?:\s[A-Z][\w.]*)*)?"
)
"""A wage that has a name of its own: "minimum wage in Ontario", "hourly wage"."""


def wage_label(text: str, item: Quantity, before: str, around: Around) -> str:
    """The label of a sum by the hour or year; ``before``: the words of its clause before it."""
    spoken = (_POSITION.search(text, 0, item.start), _OPENED.match(straight(around.lead_in)), _POSITION.search(text))
    position = next(filter(None, spoken), None)
    wages = [match[0] for match in _NAMED_WAGE.finditer(before) if " " in match[0].strip()]
    if wages and position is None:
        return labels.row(wages[-1])
    who = labels.row(labels.clean(position["np"])) if position else labels.nearest(around.path)
    return labels.joined("wage for", who) if who else "wage"


def without_bound(before: str) -> str:
    """The words before a number without those that make it a limit: "a wage of at least" gives "a wage"."""
    return re.sub(
        r"\b(?:at least|at most|(?:a )?(?:minimum|maximum)(?: of)?|(?:no|not) (?:less|more|fewer) than|more than|"
        r"less than|up to|level|of|is)\W*$",
        "",
        before.rstrip(),
        flags=re.IGNORECASE,
    ).rstrip()
