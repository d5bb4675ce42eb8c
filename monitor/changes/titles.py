"""Listed occupations whose title takes in less or more than before: the code stays, and with it the fact."""

import re
from collections.abc import Iterator, Sequence

from monitor.changes.entries import Pair
from monitor.changes.events import changed, quoted_by
from monitor.changes.reading import Reader
from monitor.model import Event, Fact, FactKind, Modality, Occupation, Rule, digest

_LIMITS = re.compile(
    r"\b(?:sub-?sets?|except\w*|exclu\w+|inclu\w+|only|other than|limited|with|without|not|no longer|if|unless|must)\b",
    re.IGNORECASE,
)
"""Words on which it hangs who is meant; a title spelled otherwise without them means the same people."""


def title_changes(reader: Reader, pairs: Sequence[Pair], told: Sequence[Event], version: str | None) -> Iterator[Event]:
    """A rule.changed for each code whose title says otherwise who is meant, unless an event ``told`` quotes it."""
    quoted = quoted_by(told)
    for old, new in pairs:
        before, after = (_title(fact) for fact in (old, new))
        if before and after and _limits(before) != _limits(after) and after not in quoted:
            event = changed(reader, _as_rule(old, before), _as_rule(new, after), version=version)
            if event is not None:
                yield event


def _title(fact: Fact) -> str | None:
    return fact.value.title if isinstance(fact.value, Occupation) else None


def _limits(title: str) -> list[str]:
    return sorted(word.casefold() for word in _LIMITS.findall(title))


def _as_rule(fact: Fact, title: str) -> Fact:
    assert isinstance(fact.value, Occupation)  # noqa: S101 - only these have a title
    return Fact(
        key=f"{FactKind.RULE}:{fact.source}/title-{digest(fact.key, length=10)}",
        kind=FactKind.RULE,
        source=fact.source,
        value=Rule(section=fact.value.list, text=f"{fact.value.code} {title}", modality=Modality.IS),
        quote=fact.quote,
        path=fact.path,
    )
