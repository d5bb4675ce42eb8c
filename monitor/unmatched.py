"""Expectations that no fact known today fits: a pattern misspelt, or a page that never said such a thing."""

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches

from monitor.app import App
from monitor.assess import match_pattern
from monitor.assess.patterns import pattern_kind, split_key
from monitor.config import Config
from monitor.errors import Finding
from monitor.model import Expect, KnownFact, Operator, ReadState

_BY_ABSENCE = frozenset({Operator.EXCLUDES, Operator.COUNT})
"""Comparisons that may well be meant of nothing."""
_SHOWN = 3


def find_unmatched(app: App) -> list[Finding]:
    """What the database of this configuration says of the guides' fact patterns; nothing where there is none yet."""
    from storage.examining import find_database  # noqa: PLC0415 - heavy

    path = find_database(app.address)
    if path is not None and not path.exists():
        return []
    with app.store() as store:
        return list(unmatched(app.config, store.facts(), store.read_states()))


def unmatched(config: Config, facts: Collection[KnownFact], reads: Mapping[str, ReadState]) -> Iterator[Finding]:
    """A finding for each pattern that fits no fact though all its sources were read; it names those most like it."""
    by_place: dict[tuple[str, str], list[str]] = {}
    for item in facts:
        by_place.setdefault((item.fact.source, str(item.fact.kind)), []).append(item.fact.key)
    for guide in config.guides:
        for assumption in guide.assumptions:
            expect = assumption.expect
            if expect is None or expect.fact is None or _meant_of_nothing(expect):
                continue
            if not all(source in reads and reads[source].last_good_read for source in assumption.sources):
                continue
            kind = pattern_kind(expect.fact)
            keys = [key for source in assumption.sources for key in by_place.get((source, str(kind)), ())]
            if any(match_pattern(expect.fact, key) for key in keys):
                continue
            message = (
                f'assumption "{assumption.id}": no fact known today fits {expect.fact}{_nearest(expect.fact, keys)}'
            )
            line = assumption.line_of("expect")
            yield Finding(file=guide.file, line=line, code="fact_not_found", message=message)


def _meant_of_nothing(expect: Expect) -> bool:
    return expect.operator in _BY_ABSENCE or (expect.operator == Operator.PRESENT and expect.operand is False)


def _nearest(pattern: str, keys: Collection[str]) -> str:
    kind, _, glob = pattern.partition(":")
    names = {split_key(key).name: key for key in keys}
    near = get_close_matches(glob.replace("*", ""), names, n=_SHOWN, cutoff=0.3)
    if near:
        return f"; nearest: {', '.join(f'{kind}:{name}' for name in near)}"
    return f"; these sources have {len(names)} facts of kind {kind}" if names else f"; these sources have no {kind}"
