"""Turns a guide's text into drafted assumptions, each judged by the facts known today."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from monitor.assess.judging import Ground, judge_on
from monitor.model import Assumption, FactKind, Guide, Operator, Severity, Source, Verdict, VerdictKind
from monitor.suggest.choosing import Shelf
from monitor.suggest.claims import Claim, Form, find_claims
from monitor.suggest.proposal import Confidence, Proposal
from monitor.suggest.proposing import propose
from monitor.suggest.quoting import Quotes
from monitor.suggest.sentences import Sentence, read_guide
from monitor.suggest.topics import Topics

_URGENT = frozenset({FactKind.FEE, FactKind.STREAM, FactKind.DEADLINE})
_MILD = frozenset({FactKind.OCCUPATION})
_CLAIM_LENGTH = 240
_GUIDE = "draft"


class Suggestion(Struct, frozen=True, kw_only=True):
    """A drafted assumption and what the facts say of it now.

    ``sources`` are written as a guide writes them: ``x-{year}`` where a page moves every year.
    """

    assumption: Assumption
    sources: tuple[str, ...]
    kind: FactKind
    confidence: Confidence
    sentence: Sentence
    verdict: Verdict

    @property
    def line(self) -> int:
        """The line of the guide's text (from 1) that its sentence begins on."""
        return self.sentence.line


def suggest(
    text: str, *, sources: Mapping[str, Source], ground: Ground, families: Mapping[str, str] | None = None
) -> list[Suggestion]:
    """Draft assumptions for the checkable claims of a guide's text, in its order; opinions are left out.

    ``families`` gives the name ``x-{year}`` for each source that is one year of it. No network, nothing stored.
    """
    shelf = Shelf(sources, ground.kinds_read)
    quotes = Quotes(text)
    found: list[Suggestion] = []
    for claim in find_claims(read_guide(text), Topics(shelf.sources.values(), text)):
        draft = Assumption(
            id=f"S{len(found) + 1:02}", claim=_worded(claim), quote=quotes.choose(claim), severity=_severity(claim)
        )
        chosen = _choose(claim, draft, shelf, ground, families or {})
        found += [chosen] if chosen else []
    return found


def _choose(
    claim: Claim, draft: Assumption, shelf: Shelf, ground: Ground, families: Mapping[str, str]
) -> Suggestion | None:
    """The first proposal the facts can say something about; one that only echoes their words must hold."""
    for proposal in propose(claim, shelf, ground.facts, ground.now):
        written = _written(claim, proposal, families)
        names = tuple(name for source in written for name in _resolved(source, families))
        full = replace(draft, sources=names, expect=proposal.expect, watch=(proposal.watch,) if proposal.watch else ())
        verdict = judge_on(ground, Guide(id=_GUIDE, title=_GUIDE, assumptions=()), full)
        if not proposal.firm or verdict.verdict in {VerdictKind.HOLDS, VerdictKind.STALE}:
            return Suggestion(
                assumption=full,
                sources=written,
                kind=claim.kind,
                confidence=proposal.confidence,
                sentence=claim.sentence,
                verdict=verdict,
            )
    return None


def _written(claim: Claim, proposal: Proposal, families: Mapping[str, str]) -> tuple[str, ...]:
    """The sources as a guide names them: what is said of today rests on a yearly page's every year."""
    lasting = proposal.expect is None or proposal.expect.operator == Operator.NEWEST_WITHIN or claim.form == Form.ENDED
    names = (families.get(name, name) if lasting else name for name in proposal.sources)
    return tuple(dict.fromkeys(names))


def _resolved(name: str, families: Mapping[str, str]) -> tuple[str, ...]:
    years = tuple(source for source, family in families.items() if family == name)
    return years or (name,)


def _worded(claim: Claim) -> str:
    sentence = claim.sentence
    text = f"{sentence.opener.rstrip(':')}: {sentence.text}" if sentence.opener else sentence.text
    if sentence.cells and sentence.headings:
        text = f"{sentence.headings[-1]}: {', '.join(filter(None, sentence.cells))}"
    return text if len(text) <= _CLAIM_LENGTH else text[: _CLAIM_LENGTH - 1].rsplit(" ", 1)[0] + " …"


def _severity(claim: Claim) -> Severity:
    """Urgent what costs a reader money or an application, info what hardly ever moves; notice the rest."""
    if claim.kind in _URGENT:
        return Severity.URGENT
    return Severity.INFO if claim.kind in _MILD else Severity.NOTICE
