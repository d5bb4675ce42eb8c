"""Rechecks and alerts: what waits for a person, and what people were told."""

from monitor.model import Delivery, DeliveryState
from monitor.web.desk import Answer, Asked, Desk, MissingError
from monitor.web.forms import OUTCOMES
from monitor.web.rendering import page
from monitor.web.tasks import open_tasks
from notifiers.headline import headline

_CLOSED_SHOWN = 50
_DELIVERIES_LOOKED_AT = 200
_ALERTS_SHOWN = 40
_TASKS_A_PAGE = 40


def rechecks(desk: Desk, asked: Asked) -> Answer:
    """The open ones, the worst first, then the newest closed ones."""
    guide = desk.get_guide(asked.query["guide"]).id if asked.query.get("guide") else None
    tasks = [task for task in open_tasks(desk) if task.recheck and guide in (None, task.guide.id)]
    number = asked.query.get("page", "1")
    start = (int(number[:6]) - 1 if number.isdecimal() else 0) * _TASKS_A_PAGE
    shown = tasks[max(start, 0) :][:_TASKS_A_PAGE]
    return page(
        desk,
        asked,
        "rechecks.html.j2",
        tasks=shown,
        in_all=len(tasks),
        next_page=start // _TASKS_A_PAGE + 2 if start + len(shown) < len(tasks) else None,
        closed=desk.store.closed_rechecks(guide=guide, limit=_CLOSED_SHOWN) if start <= 0 else (),
        just=asked.query.get("closed"),
        guide=guide,
    )


def recheck(desk: Desk, asked: Asked) -> Answer:
    """One open recheck with all its reasons and the form that closes it."""
    number = asked.params["recheck"]
    for task in open_tasks(desk):
        if task.recheck and str(task.recheck.id) == number:
            return page(desk, asked, "recheck.html.j2", task=task, outcomes=OUTCOMES)
    raise MissingError(f"There is no open recheck {number!r}; it may be closed already.")


def alerts(desk: Desk, asked: Asked) -> Answer:
    """What was told, to whom, with what outcome; newest first."""
    told: dict[str, list[Delivery]] = {}
    for delivery in desk.store.recent_deliveries(limit=_DELIVERIES_LOOKED_AT):
        told.setdefault(delivery.alert, []).append(delivery)
    shown = [(desk.store.get_alert(name), each) for name, each in list(told.items())[:_ALERTS_SHOWN]]
    return page(
        desk,
        asked,
        "alerts.html.j2",
        alerts=[(alert, headline(alert), each) for alert, each in shown],
        more=len(told) > _ALERTS_SHOWN,
        acknowledged=desk.store.acknowledgements(),
        just=asked.query.get("acknowledged"),
        dead=desk.store.outbox_state().counts.get(DeliveryState.DEAD, 0),
    )
