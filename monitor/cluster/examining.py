"""Decides what is wrong with the queue of a cluster: jobs that nobody takes, and jobs that never end."""

from collections.abc import Iterator

from monitor.app import App
from monitor.cluster import queue
from monitor.cluster.scheduling import SILENT_SECONDS, no_worker_message
from monitor.daemon import NO_WORKER
from monitor.doctor import Diagnosis, Weight
from monitor.errors import StilltrueError

LONGEST_JOB = 3600.0
"""Seconds; no check takes so long, nor what is due to one channel at a time."""


def examine_queue(app: App) -> Iterator[Diagnosis]:
    """Everything found; nothing of a queue that cannot be asked, since its database is examined by itself."""
    try:
        conninfo = app.conninfo()
        state = queue.queue_state(conninfo, alive=SILENT_SECONDS)
        stuck = queue.stuck_locks(conninfo, LONGEST_JOB) if state else []
    except StilltrueError:
        return
    waiting = sum(state.waiting.values()) if state else 0
    if state and waiting and not state.workers:
        message = no_worker_message(f"{waiting} job(s)")
        yield Diagnosis(code=NO_WORKER, subject="queue", message=message, severity=Weight.WARNING)
    for lock in stuck:
        message = (
            f"A job for {lock} has been in hand for more than an hour, and others wait for it; "
            "restart the `stilltrue worker` that has it."
        )
        yield Diagnosis(code="stuck_job", subject=lock, message=message, severity=Weight.WARNING)
