"""Decides whether an expectation is hardly meant: what no official page will ever say is a mistake, if a legal one."""

import enum
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from monitor.assess.values import as_number
from monitor.model import VALUE_TYPES, Expect, FactKind, Operator

_DATED = frozenset({FactKind.DRAW, FactKind.POOL, FactKind.FEE, FactKind.STREAM, FactKind.DEADLINE, FactKind.NOTICE})
_COMPARED = frozenset({Operator.EQUALS, Operator.AT_LEAST, Operator.AT_MOST, Operator.BETWEEN, Operator.ONE_OF})
_COUNTED = frozenset(
    {FactKind.DRAW, FactKind.POOL, FactKind.FEE, FactKind.THRESHOLD, FactKind.ALLOCATION, FactKind.PROCESSING_TIME}
)


def hardly_meant(expect: Expect) -> str | None:
    """Why no page will ever fit this expectation; None when one could.

    That its operand is of the right sort has been checked (``expectations``).
    """
    return next(_problems(expect), None)


def _problems(expect: Expect) -> Iterator[str]:
    if expect.fact is None:
        return
    if any(letter.isspace() for letter in expect.fact.strip()):
        yield f"{expect.fact!r} has a space in it; the keys of facts have hyphens, `stilltrue facts` lists them"
    kind = FactKind(expect.fact.partition(":")[0].strip().lower())
    yield from _filters(kind, expect.where)
    operands = _several(expect.operand)
    if expect.operator == Operator.NEWEST_WITHIN and kind not in _DATED:
        yield f"a {kind} carries no date of its own, so none is the newest"
    if expect.operator in _COMPARED and kind in _COUNTED and any(_is_negative(item) for item in operands):
        yield f"{expect.operand!r} is below zero; no official amount is"


def _filters(kind: FactKind, where: Mapping[str, Any]) -> Iterator[str]:
    hints = typing.get_type_hints(VALUE_TYPES[kind])
    for name, wanted in where.items():
        choices = hints.get(name)
        if not (isinstance(choices, type) and issubclass(choices, enum.Enum)):
            continue
        allowed = [str(choice.value) for choice in choices]
        for item in _several(wanted):
            if "*" not in str(item) and str(item).lower() not in allowed:
                yield f"no {kind} has {name} = {item!r}; one of: {', '.join(allowed)}"


def _several(operand: Any) -> list[Any]:
    return list(operand) if isinstance(operand, list | tuple) else [operand]


def _is_negative(item: Any) -> bool:
    number = as_number(item)
    return number is not None and number < 0
