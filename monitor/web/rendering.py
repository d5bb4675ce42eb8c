"""Templates to HTML: every value is escaped by the engine, and said the way messages say it."""

from datetime import date, datetime
from functools import cache
from typing import Any

from jinja2 import Environment

from monitor import __version__
from monitor.model import EventState, Severity
from monitor.web.desk import Answer, Asked, Desk
from monitor.web.engine import new_environment
from monitor.web.tasks import health_of
from monitor.web.words import (
    HEALTH,
    SIGNS,
    ago,
    category_words,
    day,
    finding,
    kind_words,
    moment,
    outcome_words,
    plural,
    tell,
    web_address,
)
from notifiers.headline import say_reason

PLACES = (
    ("/", "Today"),
    ("/guides", "Guides"),
    ("/timeline", "Timeline"),
    ("/draws", "Draws"),
    ("/sources", "Sources"),
    ("/rechecks", "Rechecks"),
    ("/alerts", "Alerts"),
)
"""The navigation; a page counts as part of the place its path begins with."""


def page(desk: Desk, asked: Asked, template: str, *, status: int = 200, **context: Any) -> Answer:
    """The template as a page of ours, within the common frame."""
    html = (
        environment()
        .get_template(template)
        .render(
            desk=desk,
            asked=asked,
            link=asked.link,
            live=desk.live,
            now=desk.now,
            places=PLACES,
            here=place_of(asked.path),
            **context,
        )
    )
    return Answer(content=html, status=status)


def place_of(path: str) -> str:
    """The entry of the navigation a page belongs to; empty for none."""
    first = "/" + path.strip("/").split("/", maxsplit=1)[0]
    return first if any(place == first for place, _ in PLACES) else ""


@cache
def environment() -> Environment:
    """The template engine; autoescape is on for everything."""
    made = new_environment()
    made.filters |= {
        "day": day,
        "moment": moment,
        "kind": kind_words,
        "outcome": outcome_words,
        "tell": tell,
        "why": say_reason,
        "finding": finding,
        "category": category_words,
        "address": web_address,
        "iso": iso,
    }
    made.globals |= {
        "ago": ago,
        "plural": plural,
        "signs": SIGNS,
        "health": HEALTH,
        "health_of": health_of,
        "release": __version__,
        "URGENT": Severity.URGENT,
        "PROVISIONAL": EventState.PROVISIONAL,
        "RETRACTED": EventState.RETRACTED,
    }
    return made


def iso(value: date | datetime) -> str:
    """For machines, as ``<time datetime>`` wants it."""
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value.isoformat()
