"""What waits for a person: open rechecks and contradicted assumptions as one list, the worst first."""

from datetime import datetime, timedelta

from msgspec import Struct

from monitor.model import SEVERITY_RANK, Assumption, Guide, ReadState, Recheck, Source, Verdict, VerdictKind
from monitor.web.desk import Desk

_LATE = timedelta(days=1)
_RANK = {VerdictKind.CONTRADICTED: 0, VerdictKind.UNKNOWN: 1, VerdictKind.STALE: 2, VerdictKind.MANUAL: 3}


class Task(Struct, frozen=True, kw_only=True):
    """One assumption to look at: the guide's own sentence, what the facts say, and the recheck that asks for it."""

    guide: Guide
    assumption: Assumption
    sentence: str
    verdict: Verdict
    recheck: Recheck | None

    @property
    def order(self) -> tuple[int, int, float]:
        """Contradicted before doubtful, severe before slight, new before old."""
        opened = self.recheck.opened_at.timestamp() if self.recheck else 0.0
        return (_RANK.get(self.verdict.verdict, 4), -SEVERITY_RANK[self.assumption.severity], -opened)


def open_tasks(desk: Desk) -> list[Task]:
    """Everything that waits for a person, the worst first."""
    rechecks = desk.store.rechecks(state="open")
    waiting = {(task.guide, task.assumption): task for task in rechecks}
    verdicts = {(item.guide, item.assumption): item for item in desk.verdicts(rechecks)}
    tasks = [
        Task(
            guide=guide,
            assumption=item,
            sentence=desk.sentences[guide.id, item.id],
            verdict=verdicts[guide.id, item.id],
            recheck=waiting.get((guide.id, item.id)),
        )
        for guide in desk.app.config.guides
        for item in guide.assumptions
        if (guide.id, item.id) in waiting or verdicts[guide.id, item.id].verdict == VerdictKind.CONTRADICTED
    ]
    return sorted(tasks, key=lambda task: task.order)


class Trouble(Struct, frozen=True, kw_only=True):
    """A source that does not read well."""

    source: Source
    state: ReadState


def troubled(desk: Desk) -> list[Trouble]:
    """The switched-on sources whose last read was not good, most failures first."""
    states = desk.store.read_states()
    found = [
        Trouble(source=source, state=states[source.id])
        for source in desk.app.config.sources.values()
        if source.enabled and source.id in states and states[source.id].health != "ok"
    ]
    return sorted(found, key=lambda item: -item.state.failures)


def health_of(state: ReadState | None, now: datetime) -> str:
    """How a source reads: as its last read says, or ``overdue`` when that should have been repeated over a day ago."""
    if state is None:
        return "never"
    late = state.next_due is not None and state.next_due < now - _LATE
    return "overdue" if late and state.health == "ok" else state.health
