"""Told events against expected ones: hits, misses, false alarms, and how sure their shares are."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct, field

from evaluation.cases import Case, Expected
from monitor.model import Event, EventState

Z = 1.959964
"""For 95 %."""
CONTENT = "content"
"""The name of the figures without the events about the reading itself."""
ABOUT_READING = ("source.", "page.")


class Miss(Struct, frozen=True, kw_only=True):
    """Something expected that did not come, or that came and was not expected; the other is None where nothing did."""

    case: str
    expected: Expected | None
    found: Event | None


class Score(Struct, kw_only=True):
    """Counts by kind and by publisher of events found, missed and false; and of inputs that must yield nothing."""

    found: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    quiet: int = 0
    disturbed: int = 0
    misses: list[Miss] = field(default_factory=list)

    def add(self, case: Case, publisher: str, events: Sequence[Event]) -> None:
        """Take in one case."""
        left = list(events)
        missed = []
        for expected in case.expected:
            match = next((event for event in left if agrees(expected, event)), None)
            if match is None:
                missed.append(expected)
            else:
                left.remove(match)
                self._count(self.found, expected.kind, publisher)
        self._confused(case, publisher, missed, left)
        if all(item.kind.startswith(ABOUT_READING) for item in case.expected):
            self.quiet += 1
            self.disturbed += bool(left)

    def _confused(self, case: Case, publisher: str, missed: Sequence[Expected], left: list[Event]) -> None:
        for expected in missed:
            came = min(left, key=lambda event: event.kind != expected.kind, default=None)
            if came is not None:
                left = [event for event in left if event is not came]
                self._count(self.false, came.kind, publisher)
            self._count(self.missed, expected.kind, publisher)
            self.misses.append(Miss(case=case.name, expected=expected, found=came))
        for event in left:
            self._count(self.false, event.kind, publisher)
            self.misses.append(Miss(case=case.name, expected=None, found=event))

    def _count(self, counter: Counter[str], kind: str, publisher: str) -> None:
        counter.update((kind, f"publisher {publisher}", "total"))
        if not kind.startswith(ABOUT_READING):
            counter.update((CONTENT,))

    def recall(self, name: str = "total") -> float:
        """The share of expected events that came."""
        return share(self.found[name], self.found[name] + self.missed[name])

    def precision(self, name: str = "total") -> float:
        """The share of told events that were expected."""
        return share(self.found[name], self.found[name] + self.false[name])


def share(part: int, whole: int) -> float:
    """Part of whole; 1 of nothing."""
    return part / whole if whole else 1.0


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927); 0 to 1 of nothing."""
    if not whole:
        return 0.0, 1.0
    rate, square = part / whole, Z * Z
    middle = rate + square / (2 * whole)
    reach = Z * math.sqrt(rate * (1 - rate) / whole + square / (4 * whole * whole))
    low, high = (middle - reach) / (1 + square / whole), (middle + reach) / (1 + square / whole)
    return max(low, 0.0), min(high, 1.0)


def agrees(expected: Expected, event: Event) -> bool:
    """Whether the told event is the expected one: kind, words of its subject, and every expected field."""
    if event.kind != expected.kind or event.state == EventState.PROVISIONAL:
        return False
    said = _words(f"{event.subject} {event.key or ''}")
    return (
        set(_words(expected.about)) <= set(said)
        and _fits(expected.old, event.old)
        and _fits(expected.new, event.new)
        and expected.strictness in {"", event.strictness or ""}
    )


def _fits(expected: Mapping[str, Any], value: Mapping[str, Any] | None) -> bool:
    return not expected or (
        value is not None and all(same(wanted, value.get(name)) for name, wanted in expected.items())
    )


def same(wanted: Any, found: Any) -> bool:
    """Whether a field says what is expected: equal numbers or days, or a text that holds the expected words."""
    if found is None or wanted in {"", "null"}:
        return found is None and wanted in {"", "null"}
    if isinstance(found, list):
        return sorted(map(str, found)) == sorted(_words(str(wanted)))
    number, day = _number(str(found)), _day(str(found))
    if number is not None:
        return number == _number(str(wanted))
    if day is not None:
        return day == _day(str(wanted))
    return f" {' '.join(_words(str(wanted)))} " in f" {' '.join(_words(str(found)))} "


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9._]*[a-z0-9]", text.lower().replace(",", "").replace("&nbsp;", " ").replace("&lt;", "<"))


def _number(text: str) -> Decimal | None:
    """The number that is all of the text, but for its currency."""
    match = re.fullmatch(r"\W*(\d[\d,]*(?:\.\d+)?)\W*(?:CAD)?\W*", text)
    return Decimal(match[1].replace(",", "")) if match else None


def _day(text: str) -> date | None:
    for form in ("%Y-%m-%d", "%B %d, %Y", "%B %d %Y"):
        try:
            return datetime.strptime(" ".join(text.replace("&nbsp;", " ").split()), form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def kinds_of(score: Score) -> Iterable[str]:
    """The event kinds that were expected or told, in order."""
    names = {*score.found, *score.missed, *score.false} - {"total", CONTENT}
    return sorted(name for name in names if not name.startswith("publisher "))


def publishers_of(score: Score) -> Iterable[str]:
    """The publishers, in order."""
    names = {*score.found, *score.missed, *score.false}
    return sorted(name for name in names if name.startswith("publisher "))
