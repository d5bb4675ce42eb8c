"""``expect`` of an assumption: which keys go together, and whether its comparison can ever be told from such facts."""

import math
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from monitor.assess.durations import Duration, compare_durations, find_duration
from monitor.assess.values import as_date, as_number
from monitor.config.document import Document
from monitor.config.scalars import did_you_mean
from monitor.config.shapes import AssumptionShape
from monitor.config.tables import Part
from monitor.config.toml_lines import TomlPath
from monitor.model import VALUE_TYPES, Expect, FactKind, Operator, StreamStatus

_ORDERED = frozenset({Operator.AT_LEAST, Operator.AT_MOST, Operator.BETWEEN})
_COMPARED = _ORDERED | {Operator.EQUALS, Operator.ONE_OF}
_NUMBER = re.compile(r"[\d,.\s]+")
_WANTED: Mapping[FactKind, str] = {
    FactKind.DRAW: "score; write a number, such as 480",
    FactKind.POOL: "count; write a number, such as 500",
    FactKind.FEE: "amount; write a number, such as 1750",
    FactKind.THRESHOLD: 'amount; write a number, or a duration such as "2 years"',
    FactKind.ALLOCATION: "amount; write a number, such as 5000",
    FactKind.PROCESSING_TIME: 'length; write a duration such as "10 business days", or a number',
    FactKind.DEADLINE: "date; write a day, such as 2027-03-01",
    FactKind.NOTICE: "date; write a day, such as 2027-03-01",
    FactKind.OCCUPATION: "title; write it as text, or a whole number for the TEER",
    FactKind.RULE: "text; write it as text",
    FactKind.STREAM: f"status; write one of: {', '.join(StreamStatus)}",
}
"""What of a fact is compared, and what it can be compared with (docs/sources.md, "expect")."""


def read_expect(
    document: Document, path: TomlPath, data: Any, part: Part[AssumptionShape], subject: str
) -> Expect | None:
    """What the assumption at this path expects of ``data``, which stands under ``expect``.

    What cannot be read or never be told is a finding; then the fact alone is expected, or nothing without one.
    """
    shape = part.value.expect
    if shape is None or not isinstance(data, dict):
        return None
    place = (*path, "expect")
    operators = [operator for operator in Operator if operator.value in data]
    before = len(document.findings)
    for combination in _ill_assorted(data, operators):
        document.report(place, "bad_value", f"{subject}: {combination}")
    kind = FactKind(shape.fact.partition(":")[0]) if shape.fact else None
    if kind:
        _check_where(document, (*place, "where"), kind, data.get("where"), subject)
    for operator in operators:
        readable = not part.is_faulty("expect", operator) and not part.is_faulty("expect", "fact")
        if readable and (problem := _operand_problem(kind, operator, data[operator.value])):
            document.report((*place, operator.value), "bad_value", f"{subject}: {problem}")
    if len(document.findings) != before or part.is_faulty("expect"):
        # What the fact is can still be checked beside its sources.
        return Expect(operator=Operator.PRESENT, operand=True, fact=shape.fact, where=shape.where) if kind else None
    operand = getattr(shape, operators[0].value)
    return Expect(operator=operators[0], operand=operand, fact=shape.fact, phrase=shape.phrase, where=shape.where)


def _ill_assorted(data: Mapping[str, Any], operators: list[Operator]) -> list[str]:
    problems = []
    if ("fact" in data) == ("phrase" in data):
        problems.append('"expect" needs either "fact" or "phrase"')
    elif "phrase" in data and operators and operators != [Operator.PRESENT]:
        problems.append("of a phrase only present = true or false can be told")
    if len(operators) != 1:
        found = " and ".join(operators) or "none"
        problems.append(f'"expect" needs one comparison, found {found}; one of: {", ".join(Operator)}')
    if "where" in data and "fact" not in data:
        problems.append('"where" chooses among facts; it needs "fact"')
    return problems


def _check_where(document: Document, path: TomlPath, kind: FactKind, where: Any, subject: str) -> None:
    fields = VALUE_TYPES[kind].__struct_fields__
    for name in where if isinstance(where, dict) else ():
        if name not in fields:
            message = f'{subject}: a {kind} has no field "{name}"{did_you_mean(name, fields)}'
            document.report((*path, name), "unknown_key", message)


def _operand_problem(kind: FactKind | None, operator: Operator, operand: Any) -> str | None:
    """Why this comparison can never be told of facts of this kind; None when it can."""
    if kind is None:
        return None
    if operator == Operator.STATUS and kind != FactKind.STREAM:
        return f"status is said of streams; a {kind} has none"
    return _comparison_problem(kind, operator, operand) if operator in _COMPARED else None


def _comparison_problem(kind: FactKind, operator: Operator, operand: Any) -> str | None:
    items = operand if isinstance(operand, list) else [operand]
    measures = [_measure(kind, item) for item in items]
    if None in measures:
        given = items[measures.index(None)]
        return f"{operator}: {_shown(given)} cannot be compared with a {kind}'s {_WANTED[kind]}"
    if operator in _ORDERED and any(isinstance(measure, str) for measure in measures):
        return f"{operator}: a {kind} is compared by words, which have no order; use equals or one_of"
    if operator == Operator.BETWEEN and _is_less(measures[-1], measures[0]):
        return f"between = [{_shown(items[0])}, {_shown(items[-1])}] holds nothing; swap the two"
    return None


def _shown(item: Any) -> str:
    return repr(item) if isinstance(item, str) else str(item)


def _measure(kind: FactKind, item: Any) -> Any:  # noqa: PLR0911 - one return a kind of fact
    """What an operand amounts to beside facts of this kind: number, duration, day or words; None when nothing."""
    match kind:
        case FactKind.PROCESSING_TIME:
            is_bare = not isinstance(item, str) or _NUMBER.fullmatch(item)
            return find_duration(item) or (_number(item) if is_bare else None)
        case FactKind.THRESHOLD:
            return find_duration(item) or _number(item)
        case FactKind.DEADLINE | FactKind.NOTICE:
            return as_date(item)
        case FactKind.STREAM:
            return item if isinstance(item, str) and item.casefold() in list(StreamStatus) else None
        case FactKind.OCCUPATION if not isinstance(item, str):
            return item if isinstance(item, int) and not isinstance(item, bool) else None
        case FactKind.OCCUPATION | FactKind.RULE:
            return item if isinstance(item, str) else None
        case _:
            return _number(item)


def _number(item: Any) -> Decimal | None:
    return None if isinstance(item, float) and not math.isfinite(item) else as_number(item)


def _is_less(left: Any, right: Any) -> bool:
    """Whether the one is certainly less than the other; a number and a duration do not tell."""
    if isinstance(left, Duration) and isinstance(right, Duration):
        return compare_durations(left, right) < 0
    same_sort = any(isinstance(left, sort) and isinstance(right, sort) for sort in (Decimal, int, date))
    return same_sort and left < right
