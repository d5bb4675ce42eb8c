"""The guides, and one guide's own text with what the facts say of each claim beside it."""

from collections import Counter

from markupsafe import Markup

from monitor.board import guide_sources
from monitor.web.annotating import annotate
from monitor.web.desk import Answer, Asked, Desk
from monitor.web.rendering import page
from monitor.web.words import ORDER


def guides(desk: Desk, asked: Asked) -> Answer:
    """All guides with how much of each still holds."""
    verdicts = desk.verdicts(desk.store.rechecks(state="open"))
    counts = {
        guide.id: Counter(item.verdict for item in verdicts if item.guide == guide.id)
        for guide in desk.app.config.guides
    }
    return page(desk, asked, "guides.html.j2", guides=desk.app.config.guides, counts=counts, order=ORDER)


def guide(desk: Desk, asked: Asked) -> Answer:
    """One guide, annotated; printed, it stands as a dated verification report."""
    wanted = desk.get_guide(asked.params["guide"])
    rechecks = desk.store.rechecks(state="open")
    verdicts = {item.assumption: item for item in desk.verdicts(rechecks) if item.guide == wanted.id}
    passages, unplaced = annotate(wanted, {name: item.verdict for name, item in verdicts.items()})
    return page(
        desk,
        asked,
        "guide.html.j2",
        guide=wanted,
        # Made by our own renderer with HTML switched off: the guide's text cannot bring markup of its own.
        passages=[(Markup(item.html), item.claims) for item in passages],  # noqa: S704
        unplaced=unplaced,
        verdicts=verdicts,
        claims={item.id: item for item in wanted.assumptions},
        counts=Counter(item.verdict for item in verdicts.values()),
        order=ORDER,
        sources=guide_sources([wanted]),
        reads=desk.store.read_states(),
    )
