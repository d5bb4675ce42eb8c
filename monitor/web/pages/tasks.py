"""Rechecks and alerts: what waits for a person, and what people were told."""

from collections.abc import Sequence

from monitor.model import Delivery, Recheck
from monitor.web.desk import Answer, Asked, Desk
from monitor.web.forms import OUTCOMES
from monitor.web.rendering import page
from monitor.web.tasks import open_tasks
from notifiers.headline import headline

_CLOSED_SHOWN = 100
_ALERTS_SHOWN = 60
_TASKS_A_PAGE = 40


def rechecks(desk: Desk, asked: Asked) -> Answer:
    """The open ones with a form each, then the newest closed ones."""
    guide = desk.get_guide(asked.query["guide"]).id if asked.query.get("guide") else None
    tasks = [task for task in open_tasks(desk) if task.recheck and guide in (None, task.guide.id)]
    closed = desk.store.rechecks(guide=guide, state="closed")
    return page(
        desk,
        asked,
        "rechecks.html.j2",
        tasks=tasks,
        full=_TASKS_A_PAGE,
        closed=closed[:_CLOSED_SHOWN],
        closed_in_all=len(closed),
        outcomes=OUTCOMES,
        just=_just_closed(closed, asked.query.get("closed", "")),
        guide=guide,
    )


def _just_closed(closed: Sequence[Recheck], number: str) -> Recheck | None:
    return next((item for item in closed if str(item.id) == number), None)


def alerts(desk: Desk, asked: Asked) -> Answer:
    """What was told, to whom, with what outcome; newest first."""
    deliveries = sorted(desk.store.deliveries(), key=lambda item: -item.id)
    told: dict[str, list[Delivery]] = {}
    for delivery in deliveries:
        told.setdefault(delivery.alert, []).append(delivery)
    shown = [(desk.store.get_alert(name), each) for name, each in list(told.items())[:_ALERTS_SHOWN]]
    return page(
        desk,
        asked,
        "alerts.html.j2",
        alerts=[(alert, headline(alert), each) for alert, each in shown],
        in_all=len(told),
        acknowledged=desk.store.acknowledgements(),
        just=asked.query.get("acknowledged"),
        dead=sum(item.state == "dead" for item in deliveries),
    )
