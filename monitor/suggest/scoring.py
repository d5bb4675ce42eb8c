"""Scores suggestions for a guide labelled by hand: which checkable claims were found, which drafts are useless."""

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct

from monitor.model import Source
from monitor.suggest.drafting import Suggestion
from monitor.suggest.sentences import Sentence, read_guide


class Wanted(Struct, frozen=True, kw_only=True):
    """A claim in a labelled sentence: the kinds of fact and the publishers that would do for it."""

    kinds: frozenset[str]
    publishers: frozenset[str]


class Labelled(Struct, frozen=True, kw_only=True):
    """A sentence of the guide with its checkable claims; none for opinion, advice and the like."""

    sentence: Sentence
    claims: tuple[Wanted, ...]


class Score(Struct, frozen=True, kw_only=True):
    """What came of one guide: claims ``wanted`` and ``found``, suggestions ``made`` and ``useless``.

    A suggestion finds a claim of its sentence if kind and publisher are right too, and is useless when none is left
    for it. ``spotted`` counts the claims whose sentence got a suggestion at all, right or not: how well claims are told
    from opinion, apart from how well they are placed.
    """

    wanted: int
    found: int
    made: int
    useless: int
    spotted: int
    missed: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()

    @property
    def recall(self) -> float:
        """The share of checkable claims found, 0 to 1."""
        return self.found / self.wanted if self.wanted else 1.0

    @property
    def noise(self) -> float:
        """The share of suggestions for sentences that hold no claim, or no further one, 0 to 1."""
        return (self.made - self.spotted) / self.made if self.made else 0.0

    @property
    def waste(self) -> float:
        """The share of useless suggestions, 0 to 1."""
        return self.useless / self.made if self.made else 0.0

    def __add__(self, other: "Score") -> "Score":
        return Score(
            wanted=self.wanted + other.wanted,
            found=self.found + other.found,
            made=self.made + other.made,
            useless=self.useless + other.useless,
            spotted=self.spotted + other.spotted,
            missed=self.missed + other.missed,
            idle=self.idle + other.idle,
        )


def read_labels(text: str, labels: str) -> list[Labelled]:
    """The guide's sentences with their labels; raises ValueError when they do not pair off in order."""
    sentences = read_guide(text)
    entries = tomllib.loads(labels)["sentences"]
    if len(sentences) != len(entries):
        raise ValueError(f"the guide has {len(sentences)} sentences, the labels {len(entries)}")
    return [_labelled(sentence, entry) for sentence, entry in zip(sentences, entries, strict=True)]


def _labelled(sentence: Sentence, entry: Mapping[str, object]) -> Labelled:
    starts = str(entry["starts"]).removeprefix("| ")
    if not sentence.text.startswith(starts):
        raise ValueError(f"line {sentence.line}: the label says {starts!r}, the guide {sentence.text[:40]!r}")
    claims = entry["claims"]
    return Labelled(sentence=sentence, claims=tuple(map(_wanted, claims if isinstance(claims, list) else ())))


def _wanted(label: str) -> Wanted:
    kinds, _, publishers = label.partition(": ")
    return Wanted(kinds=frozenset(kinds.split("|")), publishers=frozenset(publishers.split("|")))


def score(found: Sequence[Suggestion], labelled: Sequence[Labelled], sources: Mapping[str, Source]) -> Score:
    """The score of suggestions for a labelled guide; every claim may be found once."""
    left = {id(item): list(item.claims) for item in labelled}
    by_text = {(item.sentence.line, item.sentence.text): item for item in labelled}
    drafts = Counter((item.sentence.line, item.sentence.text) for item in found)
    idle = []
    for suggestion in found:
        place = suggestion.sentence
        item = by_text.get((place.line, place.text))
        open_claims = left[id(item)] if item else []
        hit = next((claim for claim in open_claims if _fits(suggestion, claim, sources)), None)
        if hit is None:
            idle.append(f"{place.line}: {suggestion.kind} {' '.join(suggestion.sources)} | {place.text[:80]}")
        else:
            open_claims.remove(hit)
    wanted = sum(len(item.claims) for item in labelled)
    missed = tuple(f"{item.sentence.line}: {item.sentence.text[:90]}" for item in labelled for _ in left[id(item)])
    return Score(
        wanted=wanted,
        found=wanted - len(missed),
        made=len(found),
        useless=len(idle),
        spotted=sum(min(len(item.claims), drafts[place]) for place, item in by_text.items()),
        missed=missed,
        idle=tuple(idle),
    )


def _fits(suggestion: Suggestion, claim: Wanted, sources: Mapping[str, Source]) -> bool:
    publishers = {sources[name].publisher for name in suggestion.assumption.sources}
    return str(suggestion.kind) in claim.kinds and bool(publishers & claim.publishers)
