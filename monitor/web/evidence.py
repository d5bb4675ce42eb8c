"""The summary of an evidence pack: one HTML page that says to a stranger what is proved, and how to check it."""

from monitor.changes.wording import word_diff
from monitor.evidence.dossier import Dossier
from monitor.stillness import told
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
            stills=[told(still) for still in dossier.still],
            pictures=pictures,
            files=files,
            signs={kind.value: sign for kind, sign in SIGNS.items()},
        )
    )
