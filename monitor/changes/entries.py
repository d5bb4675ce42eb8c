"""One entry, one event: the sentences of a newly dated entry are not news beside the draw it tells of."""

from collections.abc import Iterable, Mapping, Sequence

from monitor.model import Draw, Fact, KnownFact, Rule


def without_told_sentences(added: Sequence[Fact], known: Mapping[str, KnownFact]) -> list[Fact]:
    """The facts that appeared, less the rules that came with the entry of a new draw.

    Those stand under a heading that came with the draw or are one, or repeat words known from an earlier entry of the
    page. They are kept as facts all the same, so that a later edit in them is seen.
    """
    draws = [fact for fact in added if isinstance(fact.value, Draw)]
    if not draws:
        return list(added)
    old_headings = {heading for item in known.values() for heading in item.fact.path}
    came = {heading for fact in draws for heading in fact.path} - old_headings
    wordings = set(_wordings(item.fact for item in known.values()))
    return [fact for fact in added if not (isinstance(fact.value, Rule) and _is_told(fact, came, wordings))]


def _is_told(fact: Fact, came: set[str], wordings: set[str]) -> bool:
    return not came.isdisjoint((*fact.path, fact.quote)) or fact.compare in wordings


def _wordings(facts: Iterable[Fact]) -> Iterable[str]:
    return (fact.compare for fact in facts if isinstance(fact.value, Rule) and fact.compare)
