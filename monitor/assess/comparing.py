"""Judges expectations that compare every matching fact: equals, at_least, at_most, between, one_of and status.

All satisfy: holds; none: contradicted; some, or one that cannot be compared: unknown, naming both sides
(interface, "Verdicts").
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from monitor.assess.outcomes import Outcome, contradicted, found_reason, holds, listed, unknown
from monitor.assess.values import Span, compare, compared, describe_operand, other_measure
from monitor.model import Expect, Fee, KnownFact, Operator, Stream

COMPARISONS = frozenset(
    {
        Operator.EQUALS,
        Operator.AT_LEAST,
        Operator.AT_MOST,
        Operator.BETWEEN,
        Operator.ONE_OF,
        Operator.STATUS,
    }
)
_ENDS = 2
ZONE_SLACK = timedelta(days=1)
"""A day that has come somewhere may still be tomorrow in UTC."""


def judge_comparison(expect: Expect, facts: Sequence[KnownFact], now: datetime) -> Outcome:
    """What a comparison comes to; fees and streams announced for a later day do not count until that day."""
    current = [item for item in facts if _in_force(expect, item, now)]
    if not current:
        return unknown(_nothing(expect, facts), found=listed(facts) or None)
    results = [(item, _satisfies(expect, item)) for item in current]
    good = [item for item, result in results if result is True]
    bad = [item for item, result in results if result is False]
    unclear = [item for item, result in results if result is None]
    found = listed(current)
    if bad and not good:
        return contradicted(found_reason(listed(bad)), found=found, fact=bad[0])
    if bad:
        return unknown(
            f"Some official values agree and some do not: {listed(good)} against {listed(bad).removesuffix('.')}.",
            found=found,
        )
    if unclear:
        return unknown(_unclear(expect, unclear), found=found, fact=unclear[0])
    return holds(found_reason(found), found=found, fact=good[0])


def _satisfies(expect: Expect, item: KnownFact) -> bool | None:
    value = item.fact.value
    operands = expect.operand if isinstance(expect.operand, list | tuple) else (expect.operand,)
    if any(other_measure(operand, value) for operand in operands):
        return None
    return satisfies(expect.operator, expect.operand, compared(value, expect.operand))


def _in_force(expect: Expect, item: KnownFact, now: datetime) -> bool:
    value = item.fact.value
    if isinstance(value, Stream):
        return value.since is None or "since" in expect.where or value.since <= (now + ZONE_SLACK).date()
    if not isinstance(value, Fee) or value.effective_on is None or "effective_on" in expect.where:
        return True
    return value.effective_on <= now.date()


def _nothing(expect: Expect, facts: Sequence[KnownFact]) -> str:
    if facts:
        return f"Only announced, not yet in force: {listed(facts)}."
    return f"No official fact fits {expect.fact}; nothing can be compared."


def _unclear(expect: Expect, facts: Sequence[KnownFact]) -> str:
    return f"Cannot be compared with {describe_operand(expect.operand)}: {listed(facts)}."


def satisfies(operator: Operator, operand: Any, span: Span | None) -> bool | None:
    """Whether a value does what is expected; None when that cannot be told.

    Of a range, ``high`` counts for at_most, ``low`` for at_least, both ends for the others.
    """
    if span is None:
        return None
    match operator:
        case Operator.AT_MOST:
            return _at_most(span, operand)
        case Operator.AT_LEAST:
            return _at_least(span, operand)
        case Operator.BETWEEN:
            return _between(span, operand)
        case Operator.ONE_OF:
            return _one_of(span, operand)
        case _:
            return _equals(span, operand)


def _at_most(span: Span, operand: Any) -> bool | None:
    if span.high is not None:
        order = _order(span.high, operand)
        return None if order is None else order <= 0
    order = _order(span.low, operand)
    return False if order == 1 else None


def _at_least(span: Span, operand: Any) -> bool | None:
    if span.low is not None:
        order = _order(span.low, operand)
        return None if order is None else order >= 0
    order = _order(span.high, operand)
    return False if order == -1 else None


def _order(actual: Any, operand: Any) -> int | None:
    # Words have no order: "at least open" means nothing.
    return None if actual is None or isinstance(actual, str) else compare(actual, operand)


def _between(span: Span, operand: Any) -> bool | None:
    if not isinstance(operand, list | tuple) or len(operand) != _ENDS:
        return None
    least, most = _at_least(span, operand[0]), _at_most(span, operand[1])
    if least is False or most is False:
        return False
    return None if least is None or most is None else True


def _equals(span: Span, operand: Any) -> bool | None:
    ends = [_same(end, operand) for end in (span.low, span.high)]
    if False in ends:
        return False if None not in (span.low, span.high) else _excluded(span, operand)
    return None if None in ends else True


def _same(end: Any, operand: Any) -> bool | None:
    order = None if end is None else compare(end, operand)
    return None if order is None else order == 0


def _excluded(span: Span, operand: Any) -> bool | None:
    # "Up to 10 days" may well be 5 days, but never 20.
    beyond = _at_most(span, operand) if span.low is None else _at_least(span, operand)
    return False if beyond else None


def _one_of(span: Span, operand: Any) -> bool | None:
    if not isinstance(operand, list | tuple):
        return None
    results = [_equals(span, item) for item in operand]
    if True in results:
        return True
    return None if None in results or not results else False
