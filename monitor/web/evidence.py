"""The summary of an evidence pack: one HTML page that says to a stranger what is proved, and how to check it."""

from datetime import datetime

from monitor.changes.wording import word_diff
from monitor.evidence.dossier import About, Dossier
from monitor.model import GOOD_OUTCOMES, Cause, VerdictKind, say_moment
from monitor.stillness import chained, told
from monitor.web.engine import plain_environment
from monitor.web.words import SIGNS

_REACH = 220
"""Characters of the page shown on either side of the passage."""


def render_evidence(dossier: Dossier, *, pictures: frozenset[str], files: dict[str, str]) -> str:
    """The page as HTML without scripts or outside loads. ``files``: what each file of the pack is, by name."""
    subject = dossier.subject
    quotes = {one.name: one.quote or "" for one in dossier.exhibits}
    hunks = word_diff(quotes["before"], quotes["after"]) if {"before", "after"} <= quotes.keys() else []
    return (
        plain_environment()
        .get_template("evidence.html.j2")
        .render(
            dossier=dossier,
            subject=subject,
            hunks=hunks,
            near={one.name: one.passage.near(_REACH) for one in dossier.exhibits},
            stills=[(told(still), chained(still)) for still in dossier.still],
            lead=_lead(dossier),
            moment=_moment,
            pictures=pictures,
            files=files,
            signs={kind.value: sign for kind, sign in SIGNS.items()},
        )
    )


def _lead(dossier: Dossier) -> str:
    """What the pack shows, in a sentence for somebody who was not there."""
    subject = dossier.subject
    if dossier.about is About.PAGE:
        return "What this shows: what an official page said, byte for byte, when it was read."
    if dossier.about is About.ASSUMPTION:
        sign, words = SIGNS[VerdictKind(str(subject["verdict"]))]
        said = f"by what the official pages said as of {_moment(subject['as_of'])}, this statement is"
        return f"What this shows: {said}: {sign} {words}."
    at = _moment(subject["observed_at"])
    if subject["cause"] == Cause.SILENCE:
        return (
            f"What this shows: what used to come on an official page has not come. It was noticed at the read of {at}."
        )
    if subject["cause"] == Cause.INCIDENT:
        return f"What this shows: how an official page could be read. It was noticed at {at}."
    if not {"before", "after"} & {one.name for one in dossier.exhibits}:
        return f"What this shows: what an official page said when it was read on {at}."
    first = f"What this shows: an official page changed. It was first read with the change on {at}"
    before = _read_before(dossier, datetime.fromisoformat(str(subject["observed_at"])))
    return f"{first}; the read before, of {say_moment(before)}, did not have it yet." if before else f"{first}."


def _read_before(dossier: Dossier, at: datetime) -> datetime | None:
    """The last good read of the page before a moment, by its chain."""
    links = (link for segment in dossier.segments for link in segment.links if link.outcome in GOOD_OUTCOMES)
    return max((link.checked_at for link in links if link.checked_at and link.checked_at < at), default=None)


def _moment(text: object) -> str:
    """A time of the interface as people write it."""
    return say_moment(datetime.fromisoformat(str(text)))
