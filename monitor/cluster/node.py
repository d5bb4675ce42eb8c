"""`stilltrue run` in a cluster: a daemon that hands out what is due instead of reading and sending by itself."""

from collections.abc import Iterator
from contextlib import contextmanager

from monitor.app import App
from monitor.cluster import queue
from monitor.cluster.scheduling import Scheduler
from monitor.daemon import run_daemon
from monitor.ports import Store


def run_node(app: App) -> int:
    """Run until told to stop; returns the exit code. Raises what ``run_daemon`` raises."""
    return run_daemon(app, handing_out=_open_scheduler)


@contextmanager
def _open_scheduler(app: App, store: Store) -> Iterator[Scheduler]:
    conninfo = app.conninfo()
    queue.install_queue(conninfo)
    with app.shared() as shared:
        yield Scheduler(queue.open_app(conninfo), conninfo, shared, store)
