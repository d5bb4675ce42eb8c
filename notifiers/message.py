"""Decides how an alert reads in each place: plain text, HTML mail, Slack mrkdwn and Markdown. Pure.

Remote text is data. Every value is cleaned in the view; each template environment then escapes what it prints for its
own place, except markup that we made ourselves.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from msgspec import Struct

from monitor.model import Alert, Delivery
from notifiers.escaping import Trusted, markdown, markdown_code, markdown_link, plain, slack, slack_code, slack_link
from notifiers.headline import headline
from notifiers.view import Limits, view_of
from notifiers.worddiff import Op

_TEMPLATES = Path(__file__).parent / "templates"
_ROOM: Mapping[str, int] = MappingProxyType({"plain": 20_000, "html": 80_000, "slack": 2_900, "markdown": 20_000})
"""Characters each form may take: mail readers clip at 102 kB, a Slack text block at 3,000 characters."""
_STEPS = (
    Limits(),
    Limits(assumptions=40, changes=25, reasons=3, text=600),
    Limits(assumptions=15, changes=10, reasons=2, text=300),
    Limits(assumptions=6, changes=5, reasons=1, text=180, lines=10),
    Limits(assumptions=3, changes=2, reasons=1, text=110, lines=5),
    Limits(assumptions=1, changes=1, reasons=1, text=60, lines=2),
    Limits(assumptions=0, changes=0, reasons=0, text=0, lines=0),
)


class Message(Struct, frozen=True, kw_only=True):
    """One alert in words, in every form; ``subject`` is one line without control characters."""

    subject: str
    plain: str
    html: str
    slack: str
    markdown: str


def render(alert: Alert, delivery: Delivery | None = None, *, room: int | None = None) -> Message:
    """The alert in every form, each within ``room`` characters if given: what does not fit gives way to a pointer.

    A delivery that may have arrived before says so. Below about 300 characters only the subject is left.
    """
    return Message(
        subject=headline(alert),
        plain=_fitting("plain", alert, delivery, room),
        html=_fitting("html", alert, delivery, None),
        slack=_fitting("slack", alert, delivery, room),
        markdown=_fitting("markdown", alert, delivery, room),
    )


def _fitting(form: str, alert: Alert, delivery: Delivery | None, room: int | None) -> str:
    most = min(_ROOM[form], room or _ROOM[form])
    return next((text for text in _attempts(form, alert, delivery) if len(text) <= most), headline(alert)[:most])


def _attempts(form: str, alert: Alert, delivery: Delivery | None) -> Iterator[str]:
    template = _environments()[form].get_template(f"{form}.j2")
    for limits in _STEPS:
        yield template.render(view=view_of(alert, delivery, limits), Op=Op).strip() + "\n"


@cache
def _environments() -> Mapping[str, Environment]:
    html = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return {
        "html": html,
        "plain": html.overlay(autoescape=False, finalize=_plain),
        "slack": _with(html.overlay(autoescape=False, finalize=_slack), link=slack_link, code=slack_code),
        "markdown": _with(html.overlay(autoescape=False, finalize=_markdown), link=markdown_link, code=markdown_code),
    }


def _with(environment: Environment, **markup: Callable[..., Trusted]) -> Environment:
    environment.globals = {**environment.globals, **markup}
    return environment


def _plain(value: object) -> str:
    return plain(str(value)).replace("\n", " ")


def _slack(value: object) -> str:
    return value if isinstance(value, Trusted) else slack(str(value))


def _markdown(value: object) -> str:
    return value if isinstance(value, Trusted) else markdown(str(value))
