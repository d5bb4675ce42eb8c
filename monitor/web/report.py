"""The dated verification report of a guide as one self-contained HTML file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from monitor.model import Guide, ReadState, Verdict, VerdictKind

ORDER = (VerdictKind.CONTRADICTED, VerdictKind.UNKNOWN, VerdictKind.STALE, VerdictKind.MANUAL, VerdictKind.HOLDS)
"""What needs a person first."""

SIGNS = {
    VerdictKind.HOLDS: ("✓", "holds"),
    VerdictKind.CONTRADICTED: ("✗", "contradicted"),
    VerdictKind.STALE: ("…", "not read recently enough"),
    VerdictKind.UNKNOWN: ("?", "cannot be confirmed"),
    VerdictKind.MANUAL: ("☞", "for a person to judge"),
}
"""Verdicts by sign and words, never by colour alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A guide with its verdicts and the guide's own sentences by assumption id."""

    guide: Guide
    verdicts: Sequence[Verdict]
    sentences: Mapping[str, str]


def render_report(
    guides: Sequence[Reported],
    *,
    reads: Mapping[str, ReadState],
    titles: Mapping[str, str],
    now: datetime,
    proof: Sequence[str] = (),
    fresh: bool,
) -> str:
    """The report as HTML without scripts or outside loads; remote text is escaped by the template engine.

    ``proof``: sentences on how the pages were read since they last changed.
    """
    verdicts = [verdict for reported in guides for verdict in reported.verdicts]
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            guides=guides,
            reads=reads,
            titles=titles,
            now=now,
            fresh=fresh,
            proof=proof,
            order=ORDER,
            signs=SIGNS,
            counts={kind: sum(verdict.verdict == kind for verdict in verdicts) for kind in ORDER},
            sources=_sources(guides),
            unread=[source for source in _sources(guides) if not _is_well(reads.get(source))],
            reasons=reasons_beside,
        )
    )


def _is_well(state: ReadState | None) -> bool:
    return state is not None and state.health == "ok"


def reasons_beside(verdict: Verdict) -> list[str]:
    """The reasons without what the report shows apart: what was expected, and the official words."""
    quote = verdict.evidence.quote if verdict.evidence else ""
    lead = f"Expected {verdict.expected}. " if verdict.expected else ""
    return [
        reason.removeprefix(lead)
        for number, reason in enumerate(verdict.reasons)
        if not (number and quote and reason.startswith(f"“{quote}”"))
    ]


def _sources(guides: Sequence[Reported]) -> list[str]:
    """The sources the report rests on, in order, once each."""
    return list(
        dict.fromkeys(
            source for reported in guides for assumption in reported.guide.assumptions for source in assumption.sources
        )
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("monitor.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
