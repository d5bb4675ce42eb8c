"""Today: what needs a person first, then what is new."""

from monitor.model import VerdictKind
from monitor.ports import EventQuery
from monitor.web.desk import Answer, Asked, Desk
from monitor.web.rendering import page
from monitor.web.tasks import health_of, open_tasks, troubled

_TASKS_SHOWN = 6
_EVENTS_SHOWN = 12


def today(desk: Desk, asked: Asked) -> Answer:
    """The first page."""
    tasks, states = open_tasks(desk), desk.store.read_states()
    sources = [source for source in desk.app.config.sources.values() if source.enabled]
    return page(
        desk,
        asked,
        "today.html.j2",
        tasks=tasks[:_TASKS_SHOWN],
        waiting=len(tasks),
        contradicted=sum(task.verdict.verdict == VerdictKind.CONTRADICTED for task in tasks),
        troubles=troubled(desk),
        unread=sum(source.id not in states for source in sources),
        sources=len(sources),
        last_check=max((state.last_check for state in states.values() if state.last_check), default=None),
        overdue=sum(health_of(states.get(source.id), desk.now) == "overdue" for source in sources),
        events=desk.store.events(EventQuery(limit=_EVENTS_SHOWN)),
        guides=desk.app.config.guides,
    )
