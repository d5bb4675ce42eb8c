"""Judges expectations about the whole set of matching facts: present, count, contains, excludes, newest_within."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from monitor.assess.comparing import ZONE_SLACK
from monitor.assess.durations import Duration, compare_durations, find_duration
from monitor.assess.outcomes import Outcome, contradicted, found_reason, holds, listed, listed_texts, unknown
from monitor.assess.patterns import match_glob
from monitor.assess.values import as_number, describe, describe_operand, names, own_date, same_words
from monitor.model import Expect, FactKind, KnownFact, Occupation, Operator


def judge_set(expect: Expect, facts: Sequence[KnownFact], now: datetime) -> Outcome:
    """What an expectation on the set of matching facts comes to; the page must have been read well."""
    match expect.operator:
        case Operator.PRESENT:
            return _present(expect, facts)
        case Operator.COUNT:
            return _count(expect, facts)
        case Operator.CONTAINS:
            return _contains(expect, facts)
        case Operator.EXCLUDES:
            return _excludes(expect, facts)
        case _:
            return _newest(expect, facts, now)


def _present(expect: Expect, facts: Sequence[KnownFact]) -> Outcome:
    if not isinstance(expect.operand, bool):
        return unknown("present takes true or false.")
    if not facts:
        reason = f"The page was read well and has nothing {_wanted(expect)}."
        return (
            contradicted(reason, found="nothing", by_absence=True) if expect.operand else holds(reason, found="nothing")
        )
    reason, found = found_reason(listed(facts)), listed(facts)
    if expect.operand:
        return holds(reason, found=found, fact=facts[0])
    return contradicted(reason, found=found, fact=facts[0])


def _wanted(expect: Expect) -> str:
    filters = ", ".join(f"{name} {describe_operand(wanted)}" for name, wanted in expect.where.items())
    fact = "" if filters and str(expect.fact).endswith(":*") else f"that fits {expect.fact}"
    return " ".join(filter(None, (fact, f"with {filters}" if filters else "")))


def _count(expect: Expect, facts: Sequence[KnownFact]) -> Outcome:
    wanted = as_number(expect.operand)
    if wanted is None:
        return unknown("count takes a whole number.")
    number = len({_identity(item) for item in facts})
    reason, found = f"Found {number} where {wanted} were expected.", str(number)
    first = facts[0] if facts else None
    if number == wanted:
        return holds(f"Found {number}.", found=found, fact=first)
    return contradicted(reason, found=found, fact=first, by_absence=number < wanted)


def _identity(item: KnownFact) -> str:
    value = item.fact.value
    return value.code if isinstance(value, Occupation) else item.fact.key


def _wanted_names(operand: Any) -> list[str]:
    items = operand if isinstance(operand, list | tuple) else [operand]
    return [str(item) for item in items]


def _fact_named(wanted: str, facts: Sequence[KnownFact]) -> KnownFact | None:
    return next((item for item in facts if any(_named(wanted, name) for name in names(item.fact.value))), None)


def _named(wanted: str, name: str) -> bool:
    return same_words(wanted, name) or ("*" in wanted and match_glob(wanted, name))


def _contains(expect: Expect, facts: Sequence[KnownFact]) -> Outcome:
    if not facts:
        return unknown(f"No official fact {_wanted(expect)}; the list itself was not found.")
    wanted = _wanted_names(expect.operand)
    hits = {name: _fact_named(name, facts) for name in wanted}
    missing = [name for name, item in hits.items() if item is None]
    there = [item for item in hits.values() if item is not None]
    if not wanted:
        return unknown("contains names nothing.")
    if missing:
        reason = f"Not on the list of {len(facts)}: {listed_texts(missing)}."
        return contradicted(reason, found=_there(there), fact=facts[0], by_absence=True)
    return holds(f"On the list: {listed(there)}.", found=_there(there), fact=there[0])


def _there(facts: Sequence[KnownFact]) -> str:
    return listed(facts) if facts else "none of them"


def _excludes(expect: Expect, facts: Sequence[KnownFact]) -> Outcome:
    wanted = _wanted_names(expect.operand)
    if not wanted:
        return unknown("excludes names nothing.")
    there = [item for name in wanted if (item := _fact_named(name, facts)) is not None]
    if there:
        return contradicted(f"On the list: {listed(there)}.", found=listed(there), fact=there[0])
    reason = f"Not on the list of {len(facts)}: {listed_texts(wanted)}."
    return holds(reason, found="none of them", fact=facts[0] if facts else None)


def _newest(expect: Expect, facts: Sequence[KnownFact], now: datetime) -> Outcome:
    limit = find_duration(expect.operand)
    if limit is None:
        return unknown(f"{describe_operand(expect.operand)} is no duration.")
    if not facts:
        return contradicted(_no_match(expect), found="nothing", by_absence=True)
    dated = [(day, item) for item in facts if (day := own_date(item.fact.value)) is not None]
    past = [(day, item) for day, item in dated if day <= (now + ZONE_SLACK).date()]
    if not past:
        return unknown(
            f"None of the {len(facts)} matching facts carries a past date.", found=listed(facts), fact=facts[0]
        )
    day, item = max(past, key=lambda pair: (pair[0], pair[1].fact.key))
    outcome = _aged(day, item, limit, now)
    undated = [fact for fact in facts if own_date(fact.fact.value) is None]
    if outcome.by_absence and undated:
        return unknown(f"{outcome.reason} {len(undated)} more carry no date.", found=outcome.found, fact=item)
    return outcome


def _no_match(expect: Expect) -> str:
    kind = FactKind.DRAW if str(expect.fact).startswith(FactKind.DRAW) else "fact"
    return f"The page was read well and has no {kind} {_wanted(expect)}."


def _aged(day: date, item: KnownFact, limit: Duration, now: datetime) -> Outcome:
    age = max((now.date() - day).days, 0)
    found = f"{day} ({age} days ago)"
    what = describe(item.fact.value).replace(f"{day} ", "", 1)
    if compare_durations(find_duration(timedelta(days=age)) or limit, limit) <= 0:
        return holds(f"The newest is of {found}: {what}.", found=found, fact=item)
    unit = limit.unit.replace("_", " ")
    allowed = f"{float(limit.amount):g} {unit.removesuffix('s') if limit.amount == 1 else unit}"
    reason = f"The newest is of {found}, longer ago than {allowed}: {what}."
    return contradicted(reason, found=found, fact=item, by_absence=True)
