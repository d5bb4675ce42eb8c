"""Decides what is wrong with an installation: its database, configuration, channels, clock, disk and reading."""

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from msgspec import Struct

from monitor.app import App
from monitor.config import lint_config
from monitor.deliver import NO_CHANNEL
from monitor.errors import ConfigError, Finding, StilltrueError
from monitor.health import clock_behind, overdue_sources
from monitor.model import DeliveryState, Source
from monitor.ports import Store

if TYPE_CHECKING:
    from storage.flaws import Flaw

LEAST_FREE = 200_000_000
"""Bytes of disk below which a person should look; a tenth of it is a problem now."""
_DIGEST = re.compile(r"[0-9a-f]{16,64}")
WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)
"""No clock is right that is behind the writing of this program."""


class Weight(StrEnum):
    """How much a diagnosis matters: ``error`` needs a person now, ``warning`` soon, ``info`` is told only."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Diagnosis(Struct, frozen=True, kw_only=True):
    """``finding`` of the interface."""

    code: str
    subject: str
    message: str
    severity: Weight


def diagnose(app: App, *, root: str | None = None) -> list[Diagnosis]:
    """Everything found, the serious first. Changes nothing, and works on what is broken.

    ``root``: a daily root or a link's digest noted elsewhere, that the records must still lead to.
    """
    found = [*_clock(app), *_configuration(app)]
    try:
        app.config  # noqa: B018 - whether it can be read
    except ConfigError:
        # Told above. Its database can be examined only when --db names it.
        found += _database(app) if app.database else []
    else:
        found += [*_channels(app), *_database(app)]
    found += _noted_root(app, root) if root else []
    return sorted(found, key=lambda item: list(Weight).index(item.severity))


def _clock(app: App) -> Iterator[Diagnosis]:
    if app.clock() < WRITTEN:
        message = f"The clock says {app.clock():%Y-%m-%d}; set it (NTP): every date recorded would be wrong."
        yield Diagnosis(code="clock_wrong", subject="clock", message=message, severity=Weight.ERROR)
    if "America/Toronto" not in available_timezones():
        message = "There is no time zone database; install the package tzdata."
        yield Diagnosis(code="no_timezones", subject="clock", message=message, severity=Weight.ERROR)


def _configuration(app: App) -> Iterator[Diagnosis]:
    try:
        for finding in lint_config(app.config, today=app.clock().date()):
            yield _of_finding(finding, Weight.WARNING)
        yield from _browser(app)
    except ConfigError as error:
        for finding in error.findings:
            yield _of_finding(finding, Weight.ERROR)
    except StilltrueError as error:
        yield Diagnosis(code="no_config", subject="config", message=str(error), severity=Weight.ERROR)


def _browser(app: App) -> Iterator[Diagnosis]:
    """Pages that need a browser, where there is none, or one without its sandbox."""
    missing = app.lint_browser()
    for finding in missing:
        yield _of_finding(finding, Weight.ERROR)
    if not missing and os.geteuid() == 0 and any(source.browser for source in app.config.sources.values()):
        message = "Chromium has no sandbox for root; run stilltrue as an ordinary user to read pages with a browser."
        yield Diagnosis(code="browser_unsandboxed", subject="browser", message=message, severity=Weight.WARNING)


def _of_finding(finding: Finding, weight: Weight) -> Diagnosis:
    place = finding.file if finding.line is None else f"{finding.file}:{finding.line}"
    return Diagnosis(code=finding.code, subject=place, message=finding.message, severity=weight)


def _channels(app: App) -> Iterator[Diagnosis]:
    try:
        app.notifiers()
    except ConfigError as error:
        for finding in error.findings:
            yield _of_finding(finding, Weight.ERROR)


def _database(app: App) -> Iterator[Diagnosis]:
    from storage.examining import examine, examine_server, find_database  # noqa: PLC0415 - heavy

    try:
        url = app.address
        path = find_database(url)
    except ConfigError as error:
        for finding in error.findings:
            yield _of_finding(finding, Weight.ERROR)
        return
    except StilltrueError as error:
        yield Diagnosis(code="bad_database", subject="database", message=str(error), severity=Weight.ERROR)
        return
    if path is None:
        yield from _examined(app, url, examine_server(url))
        return
    if not path.exists():
        message = f"There is no database {path} yet; the first check makes it."
        yield Diagnosis(code="no_database", subject=str(path), message=message, severity=Weight.INFO)
        return
    yield from _disk(path)
    yield from _examined(app, url, examine(path))


def _examined(app: App, url: str, flaws: "Iterable[Flaw]") -> Iterator[Diagnosis]:
    from storage.flaws import READABLE  # noqa: PLC0415 - heavy

    broken = False
    for flaw in flaws:
        weight = Weight.ERROR if flaw.serious else Weight.WARNING
        unusable = (flaw.serious and flaw.code not in READABLE) or flaw.code in {"older_schema", "empty_database"}
        broken = broken or unusable
        yield Diagnosis(code=flaw.code, subject=flaw.subject, message=flaw.message, severity=weight)
    if not broken:
        yield from _stored(app, url)


def _disk(path: Path) -> Iterator[Diagnosis]:
    try:
        free, size = shutil.disk_usage(path.parent).free, path.stat().st_size
    except OSError as error:
        message = f"The disk of {path} cannot be asked: {error.strerror}."
        yield Diagnosis(code="disk_unreadable", subject=str(path), message=message, severity=Weight.ERROR)
        return
    if free < max(LEAST_FREE, size // 10):
        weight = Weight.ERROR if free < LEAST_FREE // 10 else Weight.WARNING
        message = f"{free / 1e6:.0f} MB are free beside {path} ({size / 1e6:.0f} MB); make room before it is full."
        yield Diagnosis(code="disk_space", subject=str(path), message=message, severity=weight)


def _stored(app: App, url: str) -> Iterator[Diagnosis]:
    """What the records themselves say: a clock behind them, sources nobody reads, alerts nobody got."""
    from storage.holding import is_held  # noqa: PLC0415 - heavy
    from storage.store import open_store  # noqa: PLC0415 - heavy

    try:
        with open_store(url, now=app.clock(), clock=app.clock) as store:
            yield from _records(app, store, running=is_held(url))
    except StilltrueError as error:
        yield Diagnosis(code="unreadable", subject="database", message=str(error), severity=Weight.ERROR)


def _noted_root(app: App, root: str) -> Iterator[Diagnosis]:
    digest = root.strip().lower()
    if not _DIGEST.fullmatch(digest):
        message = f"{root!r} is no digest; give the 64 digits of a root, or 16 or more of a link's as they were noted."
        yield Diagnosis(code="bad_root", subject=root, message=message, severity=Weight.ERROR)
        return
    try:
        with app.store() as store:
            stands = store.has_digest(digest)
    except StilltrueError as error:
        yield Diagnosis(code="unreadable", subject="database", message=str(error), severity=Weight.ERROR)
        return
    if not stands:
        message = "No root or link of these records is the one that was noted: they are not, or no longer, the same."
        yield Diagnosis(code="unknown_root", subject=root, message=message, severity=Weight.ERROR)


def _sources(app: App) -> list[Source]:
    try:
        return app.chosen_sources([])
    except ConfigError:
        return []


def _records(app: App, store: Store, *, running: bool) -> Iterator[Diagnosis]:
    now = app.clock()
    for trouble in clock_behind(store.newest_check(), now):
        yield Diagnosis(code=trouble.code, subject=trouble.subject, message=trouble.message, severity=Weight.ERROR)
    read = {name: due for name, due in store.dues().items() if due.next_due is not None}
    sources = [source for source in _sources(app) if source.id in read]
    for trouble in overdue_sources(sources, read, now=now, since=now - timedelta(days=36500)):
        message = trouble.message if running else f"{trouble.message} No `stilltrue run` works on this database."
        yield Diagnosis(code=trouble.code, subject=trouble.subject, message=message, severity=Weight.WARNING)
    held = [one for one in store.deliveries(state=DeliveryState.HELD) if (one.last_error or "").startswith(NO_CHANNEL)]
    if held:
        names = ", ".join(sorted({one.channel for one in held}))
        message = f"{len(held)} alert(s) are held for want of a channel ({names}); see `stilltrue alerts --state held`."
        yield Diagnosis(code="held_deliveries", subject="outbox", message=message, severity=Weight.WARNING)
    dead = store.outbox_state().counts.get(DeliveryState.DEAD, 0)
    if dead:
        message = f"{dead} alert(s) could not be delivered; see `stilltrue alerts --state dead`."
        yield Diagnosis(code="dead_deliveries", subject="outbox", message=message, severity=Weight.WARNING)
