"""More processes that read pages and write to the store beside this one: copies of it, each fed through a pipe.

Fetching stays with one process, so that one gate and one pacer see every request. A copy ends when its pipe does, also
when this process is killed; what it had in hand is then whole, or was never recorded.
"""

import asyncio
import gc
import logging
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection

from monitor.board import Board
from monitor.fetched import Fetched, record_all
from monitor.model import Check, Source
from monitor.ports import Store

FEW = 64
"""Fewer sources that another process may record are not worth one."""
MOST = 3
"""Copies: they take turns to write, and each takes memory."""

_LOG = logging.getLogger(__name__)


class WriterBeside:
    """Reads and records in a process of its own what it is given; OSError where none can be made."""

    def __init__(self, store: Store, board: Board, inherited: Sequence[Connection]) -> None:
        context = multiprocessing.get_context("fork")
        self.pipe, theirs = context.Pipe()
        # A copy that kept an end of a pipe open would never see that pipe end.
        arguments = (theirs, [*inherited, self.pipe], store, board)
        self._process = context.Process(target=_serve, args=arguments, name="writer", daemon=True)
        try:
            self._process.start()
        except OSError:
            self.pipe.close()
            raise
        finally:
            theirs.close()
        # One sends and one receives, so that the next reads stand in the pipe when the process has done with these.
        self._sending, self._receiving = (ThreadPoolExecutor(1, thread_name_prefix="writer-beside") for _ in range(2))

    async def record(self, fetched: Sequence[Fetched]) -> list[Check]:
        """Read and record what was fetched, in its order; raises StorageError, and OSError when the process died.

        What is given while it still has something in hand waits in its pipe; answers come in the order of asking.
        """
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._sending, self.pipe.send, fetched)
        try:
            answer = await loop.run_in_executor(self._receiving, self.pipe.recv)
        except EOFError as error:
            raise BrokenPipeError("a process that recorded ended") from error
        if isinstance(answer, BaseException):
            raise answer
        checks: list[Check] = answer
        return checks

    def close(self) -> None:
        """Let it finish what it has in hand, and end."""
        self.pipe.close()
        self._process.join()
        self._sending.shutdown(wait=False)
        self._receiving.shutdown(wait=False)


@contextmanager
def writers_beside(store: Store, board: Board, sources: Sequence[Source]) -> Iterator[list[WriterBeside]]:
    """Copies for a pass over these sources: as many as this machine has processors, at most three; often none.

    None where the system does not allow so many processes: what room it leaves is needed for the threads of this one.
    None where another thread runs: it is not copied, and a copy would wait for ever for what it held, such as SQLite's
    own locks.
    """
    is_large = sum(not board.compares(source.id) for source in sources) >= FEW
    may_fork = sys.platform == "linux" and threading.active_count() == 1
    processors = len(os.sched_getaffinity(0))
    copies = min(processors, MOST) if is_large and may_fork and processors > 1 else 0
    if not copies or not store.disconnect():
        yield []
        return
    gc.freeze()  # what was made so far stays shared between the copies
    started: list[WriterBeside] = []
    try:
        _start(started, copies, store, board)
        yield started
    finally:
        _close(started)
        gc.unfreeze()


def _start(started: list[WriterBeside], copies: int, store: Store, board: Board) -> None:
    try:
        for _ in range(copies):
            started.append(WriterBeside(store, board, [one.pipe for one in started]))
    except OSError as error:
        _LOG.warning("no processes to record in can be made (%s); this one records all", error)
        _close(started)


def _close(started: list[WriterBeside]) -> None:
    while started:
        started.pop().close()


def _serve(pipe: Connection, inherited: Sequence[Connection], store: Store, board: Board) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to all; who made us decides
    for other in inherited:
        other.close()
    while True:
        try:
            fetched = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            answer: object = record_all(fetched, store, board)
        except Exception as error:  # noqa: BLE001 - told where it is waited for
            answer = error
        try:
            pipe.send(answer)
        except OSError:
            return
