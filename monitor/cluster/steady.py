"""Procrastinate's dealings with its tables, made to outlast a server that goes away for a moment."""

import asyncio
import random
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any, Self

import psycopg
from procrastinate import App, BaseRetryStrategy, RetryDecision, exceptions
from procrastinate.connector import BaseConnector
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

LISTEN_AGAIN = 2.0
BACK_SECONDS = 10.0
"""A job given back for the first time is taken again after about so long, and after twice that each further time."""
MOST_DOUBLINGS = 3

_END_MINE = """
    DELETE FROM procrastinate_jobs
    WHERE id = %(id)s AND status = 'doing' AND worker_id = %(worker)s AND attempts = %(attempts)s
"""


class Connection(psycopg.AsyncConnection[Any]):
    """Leaves nothing half-made behind when connecting is cancelled.

    Its socket would stay open for as long as the cancelled task is remembered, and a server that is being stopped waits
    a minute for the rest of what was begun there. Nobody is served meanwhile.
    """

    @classmethod
    async def connect(cls, conninfo: str = "", **more: Any) -> Self:
        """A connection, as psycopg makes it."""
        try:
            return await super().connect(conninfo, **more)
        except asyncio.CancelledError as cancelled:
            # What is left of it hangs on the frames in the trace.
            raise cancelled.with_traceback(None) from None


class GivenBack(Exception):  # noqa: N818 - no error: the job is not for now
    """The job is to wait in the queue instead of in a worker: for ``seconds``, or longer each time when None."""

    def __init__(self, seconds: float | None = None) -> None:
        super().__init__()
        self.seconds = seconds


class Back(BaseRetryStrategy):
    """Puts a job that was given back into the queue again, and no other."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """When it may be taken again; None for one that failed."""
        if not isinstance(exception, GivenBack):
            return None
        # Spread, so that what was given back together does not come together.
        spread = BACK_SECONDS * random.uniform(0.5, 1.5)  # noqa: S311 - no secret
        waits = spread * 2 ** min(job.attempts, MOST_DOUBLINGS) if exception.seconds is None else spread
        return RetryDecision(retry_in={"seconds": round(waits + (exception.seconds or 0.0))})


class Steady(JobManager):
    """Keeps in mind what ended without its being noted, for until it is, its lock is taken; beats and listens on.

    Procrastinate gives up a heartbeat or a listening connection at its first error and does not say so: the worker
    would count as dead though it works.
    """

    def __init__(self, connector: BaseConnector) -> None:
        super().__init__(connector)
        self._open: dict[int, Job] = {}

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        """End it. Raises ConnectorException, and then it stays to be noted."""
        try:
            await super().finish_job(job, status=status, delete_job=delete_job)
        except exceptions.ConnectorException:
            self._keep(job)
            raise

    async def retry_job(
        self,
        job: Job,
        retry_at: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        """Put it back into the queue; what was given back until a time and cannot be stays to be ended."""
        try:
            await super().retry_job(job, retry_at, priority, queue, lock)
        except exceptions.ConnectorException:
            if retry_at is not None:
                self._keep(job)
            raise

    async def note_ends(self) -> None:
        """Note the ends that could not be noted. Raises ConnectorException.

        A job that another worker has taken over meanwhile is left to it.
        """
        for number, job in list(self._open.items()):
            mine = {"id": number, "worker": job.worker_id, "attempts": job.attempts}
            await self.connector.execute_query_async(_END_MINE, **mine)
            self._open.pop(number, None)

    async def update_heartbeat(self, worker_id: int) -> None:
        """Give a sign of life; when that fails, the next one follows all the same."""
        # That the server is gone is told where jobs are fetched.
        with suppress(exceptions.ConnectorException):
            await super().update_heartbeat(worker_id)

    async def listen_for_jobs(self, *, on_notification: Any, queues: Iterable[str] | None = None) -> None:
        """Listen until cancelled, anew when the connection is lost."""
        while True:
            try:
                await super().listen_for_jobs(on_notification=on_notification, queues=queues)
            except exceptions.ConnectorException:
                await asyncio.sleep(LISTEN_AGAIN)

    def _keep(self, job: Job) -> None:
        if job.id is not None:
            self._open[job.id] = job


def steady(app: App) -> Steady:
    """Let an app that is not yet connected deal with the queue in this way."""
    made = Steady(app.connector)
    app.job_manager = made
    return made
