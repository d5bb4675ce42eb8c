"""The dated verification report of a guide as one self-contained HTML file."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from monitor.model import Guide, ReadState, Root, Verdict, VerdictKind
from monitor.stillness import Stillness, chained, told
from monitor.web.engine import plain_environment
from monitor.web.words import ORDER, SIGNS, reasons_beside

_UNSURE = frozenset({VerdictKind.UNKNOWN, VerdictKind.STALE, VerdictKind.MANUAL})


class Reported(Struct, frozen=True, kw_only=True):
    """A guide with its verdicts and the guide's own sentences by assumption id."""

    guide: Guide
    verdicts: Sequence[Verdict]
    sentences: Mapping[str, str]

    @property
    def because(self) -> dict[str, str]:
        """Why each assumption matters, where the guide says so."""
        return {item.id: item.because for item in self.guide.assumptions if item.because}


class Proof(Struct, frozen=True, kw_only=True):
    """How the pages were read since they last changed, and the newest daily root over all chains, if there is one."""

    stills: Sequence[Stillness]
    root: Root | None


def render_report(
    guides: Sequence[Reported],
    *,
    reads: Mapping[str, ReadState],
    titles: Mapping[str, str],
    now: datetime,
    proof: Proof,
    fresh: bool,
) -> str:
    """The report as HTML without scripts or outside loads; remote text is escaped by the template engine."""
    verdicts = [verdict for reported in guides for verdict in reported.verdicts]
    return (
        plain_environment()
        .get_template("report.html.j2")
        .render(
            guides=guides,
            reads=reads,
            titles=titles,
            now=now,
            fresh=fresh,
            proof=proof,
            told=told,
            chained=chained,
            order=ORDER,
            signs=SIGNS,
            counts={kind: sum(verdict.verdict == kind for verdict in verdicts) for kind in ORDER},
            sources=_sources(guides),
            unread=[source for source in _sources(guides) if not _is_well(reads.get(source))],
            unconfirmed=_unconfirmed(guides, reads),
            reasons=reasons_beside,
        )
    )


def _unconfirmed(guides: Sequence[Reported], reads: Mapping[str, ReadState]) -> list[tuple[Verdict, list[ReadState]]]:
    """The verdicts no reader may rely on without asking further, each with its pages that could not be read."""
    found = []
    for reported in guides:
        sources = {assumption.id: assumption.sources for assumption in reported.guide.assumptions}
        for verdict in reported.verdicts:
            states = [reads[name] for name in sources.get(verdict.assumption, ()) if name in reads]
            failing = [state for state in states if not _is_well(state)]
            if failing or verdict.verdict in _UNSURE:
                found.append((verdict, failing))
    return found


def _is_well(state: ReadState | None) -> bool:
    return state is not None and state.health == "ok"


def _sources(guides: Sequence[Reported]) -> list[str]:
    """The sources the report rests on, in order, once each."""
    return list(
        dict.fromkeys(
            source for reported in guides for assumption in reported.guide.assumptions for source in assumption.sources
        )
    )
