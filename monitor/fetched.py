"""One source in a pass: fetched, then read and recorded. Never lost to a fault of ours."""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from monitor.board import Board
from monitor.changes.reading import Reading
from monitor.errors import ConflictError, FetchError, StilltrueError, StorageError
from monitor.model import (
    Check,
    CheckOutcome,
    CheckRecord,
    Imprint,
    Problem,
    Quality,
    QualityOutcome,
    Snapshot,
    Source,
    Validators,
)
from monitor.ports import Fetcher, LastRead, Store

BUG = "bug"
"""The problem code of a read that our own fault spoilt."""
BEHIND = timedelta(minutes=1)
"""A worker's clock may be behind that of the node which found a check due; the check is dated when it was due at least,
for else it would count as not made."""
STEPPED_BACK = timedelta(days=1)
"""A clock behind the newest check by less than this was set back; by more, one of the two times was wrong."""

_LOG = logging.getLogger(__name__)


class Fetched(Struct, frozen=True, kw_only=True):
    """What one attempt over the network brought: a snapshot, None for "not modified", or why there is none."""

    source: Source
    answer: Snapshot | FetchError | None
    at: datetime
    validators: Validators
    elapsed_ms: int


async def fetch_source(
    source: Source, fetcher: Fetcher, validators: Validators, clock: Callable[[], datetime]
) -> Fetched:
    """One attempt over the network; never raises for what a server may do, nor for a fault of ours.

    Raises StorageError where turns are asked of the database and it does not answer.
    """
    started = time.monotonic()
    answer: Snapshot | FetchError | None
    try:
        answer = await fetcher.fetch(source, validators)
    except FetchError as error:
        answer = error
    except StorageError:
        raise  # whose turn it is at a host is asked of the database, where several processes share it
    except Exception as error:  # noqa: BLE001 - the job boundary: one source's bug must not lose the others' reads
        _LOG.exception("bug while fetching %s", source.id)
        answer = FetchError(_bug_message(error), code=BUG, transient=False)
    elapsed = round((time.monotonic() - started) * 1000)
    return Fetched(source=source, answer=answer, at=clock(), validators=validators, elapsed_ms=elapsed)


def record_all(fetched: Sequence[Fetched], store: Store, board: Board) -> list[Check]:
    """Read, decide and store; what tells nothing goes into one transaction. Raises StorageError."""
    if len({one.source.id for one in fetched}) < len(fetched):
        return [check for one in fetched for check in record_all([one], store, board)]
    known = store.last_reads([one.source.id for one in fetched])
    reads = [_dated(one, known[one.source.id]) for one in fetched]
    glanced = {one.source.id: _glanced(one, known[one.source.id]) for one in reads}
    plain = {
        one.source.id: record
        for one in reads
        if isinstance(reading := glanced[one.source.id], Reading)
        and (record := _find_plain(one.source, reading, known[one.source.id], board))
    }
    if plain:
        try:
            store.record(list(plain.values()))
        except ConflictError:
            plain = {}  # one was recorded by another process meanwhile: each is decided again by itself
    return [
        plain[one.source.id].check if one.source.id in plain else _record_one(one, glanced[one.source.id], store, board)
        for one in reads
    ]


def record_fetched(fetched: Fetched, store: Store, board: Board, *, due: datetime | None = None) -> Check:
    """Read, decide and store; a fault of ours is logged and the read recorded as failed.

    Raises StorageError, and ServedError when another worker has made the check that was ``due`` then.
    """
    last = store.last_reads([fetched.source.id])[fetched.source.id]
    dated = _dated(fetched, last)
    if due is not None and dated.at < due <= dated.at + BEHIND:
        dated = replace(dated, at=due)
    return _record_one(dated, _glanced(dated, last), store, board, due=due)


def _dated(fetched: Fetched, last: LastRead) -> Fetched:
    return replace(fetched, at=not_before(last.last_check, fetched.at))


def _glanced(fetched: Fetched, last: LastRead) -> Reading | Imprint | None:
    try:
        return _glance(fetched, last)
    except Exception:  # noqa: BLE001 - the job boundary: a fault here is met again, and told, when the page is read
        return None


def _find_plain(source: Source, reading: Reading, last: LastRead, board: Board) -> CheckRecord | None:
    from monitor.plain import find_plain_record

    try:
        return find_plain_record(source, reading, last, board)
    except Exception:  # noqa: BLE001 - the same boundary
        return None


def _record_one(
    fetched: Fetched, glanced: Reading | Imprint | None, store: Store, board: Board, *, due: datetime | None = None
) -> Check:
    from monitor.recording import record_reading

    source = fetched.source
    try:
        reading = glanced if isinstance(glanced, Reading) else _read(fetched, glanced)
        return record_reading(source, reading, store, board, due=due).check
    except StorageError as error:
        if not error.refused:
            raise
        _LOG.exception("what %s says is refused by the database", source.id)
        return _record_bug(fetched, error, store, board)
    except StilltrueError:
        raise
    except Exception as error:  # noqa: BLE001 - the same boundary
        _LOG.exception("bug while reading %s", source.id)
        return _record_bug(fetched, error, store, board)


def not_before(last: datetime | None, now: datetime) -> datetime:
    """``now``, or just after the last check when the clock was set back a little meanwhile."""
    if last is None or now > last or last - now > STEPPED_BACK:
        return now
    return last + timedelta(microseconds=1)


def _glance(fetched: Fetched, last: LastRead) -> Reading | Imprint | None:
    """The reading of what is known without reading it: "not modified", or a page that says what it said before.

    Else what ``glance`` says of it.
    """
    answer = fetched.answer
    if answer is None:
        return Reading(
            checked_at=fetched.at,
            quality=Quality(outcome=QualityOutcome.OK),
            not_modified=True,
            http_status=304,
            validators=fetched.validators,
            elapsed_ms=fetched.elapsed_ms,
        )
    if isinstance(answer, FetchError):
        return None
    from monitor.glance import glance

    seen = glance(fetched.source, replace(answer, fetched_at=fetched.at), last.memory.imprint)
    return replace(seen, elapsed_ms=fetched.elapsed_ms) if isinstance(seen, Reading) else seen


def _read(fetched: Fetched, seen: Imprint | None) -> Reading:
    from monitor.read import failed_reading, read_snapshot

    answer = fetched.answer
    if isinstance(answer, Snapshot):
        reading = read_snapshot(fetched.source, replace(answer, fetched_at=fetched.at), seen=seen)
        return replace(reading, elapsed_ms=fetched.elapsed_ms)
    assert isinstance(answer, FetchError)  # noqa: S101 - a bare "not modified" never gets here
    return replace(failed_reading(answer, fetched.at), elapsed_ms=fetched.elapsed_ms)


def _record_bug(fetched: Fetched, error: Exception, store: Store, board: Board) -> Check:
    """The bytes are kept: once the fault is mended, the source is derived again from them."""
    from monitor.read import failed_quality
    from monitor.recording import record_reading

    source, answer = fetched.source, fetched.answer
    message = _bug_message(error)
    snapshot = replace(answer, fetched_at=fetched.at) if isinstance(answer, Snapshot) else None
    reading = Reading(
        checked_at=fetched.at,
        quality=failed_quality(BUG, message),
        snapshot=snapshot,
        http_status=snapshot.status if snapshot else None,
        elapsed_ms=fetched.elapsed_ms,
    )
    try:
        return record_reading(source, reading, store, board).check
    except StilltrueError:
        raise
    except Exception:  # noqa: BLE001 - the same boundary
        _LOG.exception("bug while recording %s; nothing of this read was stored", source.id)
        problem = Problem(code=BUG, message=message)
        return Check(source=source.id, checked_at=fetched.at, outcome=CheckOutcome.FAILED, problem=problem)


def _bug_message(error: Exception) -> str:
    return f"A fault of this program spoilt the read ({type(error).__name__}); see the log and report it."
