"""Health and metrics over HTTP, for this machine only."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, disable_created_metrics, generate_latest
from prometheus_client import Counter as CounterMetric
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from monitor import __version__
from monitor.errors import StilltrueError, UsageError
from monitor.health import Trouble
from monitor.model import GOOD_OUTCOMES, Check, DeliveryState, stamp
from monitor.ports import Store

SECONDS_A_CLIENT_HAS = 10.0


class Metrics:
    """Counts what the daemon does, and asks the store how things stand when somebody looks."""

    def __init__(self, store: Store, troubles: Callable[[], list[Trouble]]) -> None:
        self._store, self._troubles = store, troubles
        disable_created_metrics()  # type: ignore[no-untyped-call] # the library's own omission
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._checks = CounterMetric(
            "stilltrue_checks", "Checks by source and outcome.", ["source", "outcome"], registry=self._registry
        )
        self._events = CounterMetric("stilltrue_events", "Events by source.", ["source"], registry=self._registry)
        self._seconds = Histogram(
            "stilltrue_fetch_seconds",
            "Time from request to answer, waiting for a turn included.",
            buckets=(0.1, 0.3, 1, 3, 10, 30, 100),
            registry=self._registry,
        )
        self._registry.register(_Standing(self._store, self._troubles))

    def count(self, check: Check) -> None:
        """Note one finished check."""
        self._checks.labels(check.source, check.outcome).inc()
        self._seconds.observe(check.elapsed_ms / 1000)
        if check.events and check.outcome in GOOD_OUTCOMES:
            self._events.labels(check.source).inc(len(check.events))

    def text(self) -> bytes:
        """The exposition that Prometheus reads."""
        return generate_latest(self._registry)


class _Standing:
    """How sources, outbox and tasks stand."""

    def __init__(self, store: Store, troubles: Callable[[], list[Trouble]]) -> None:
        self._store, self._troubles = store, troubles

    def describe(self) -> Iterable[Metric]:
        """Nothing is asked when it is registered."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All gauges."""
        yield from self._of_sources()
        outbox = self._store.outbox_state()
        deliveries = GaugeMetricFamily("stilltrue_deliveries", "Deliveries by state.", labels=["state"])
        for state in DeliveryState:
            deliveries.add_metric([state.value], outbox.counts.get(state, 0))
        yield deliveries
        oldest = outbox.oldest_due.timestamp() if outbox.oldest_due else 0
        yield _gauge("stilltrue_outbox_oldest_due_timestamp_seconds", "When the oldest waiting one is due.", oldest)
        yield _gauge("stilltrue_rechecks_open", "Rechecks waiting for a person.", self._store.open_rechecks())
        troubles = GaugeMetricFamily("stilltrue_troubles", "Troubles of the monitor itself by code.", labels=["code"])
        for code, count in Counter(trouble.code for trouble in self._troubles()).items():
            troubles.add_metric([code], count)
        yield troubles
        yield _gauge("stilltrue_healthy", "1 while the monitor has no trouble.", int(not self._troubles()))

    def _of_sources(self) -> Iterator[Metric]:
        good = GaugeMetricFamily(
            "stilltrue_source_last_good_read_timestamp_seconds", "The last good read.", labels=["source"]
        )
        due = GaugeMetricFamily("stilltrue_source_next_due_timestamp_seconds", "The next read.", labels=["source"])
        health = GaugeMetricFamily("stilltrue_source_ok", "1 while the last read was good.", labels=["source"])
        for name, state in self._store.read_states().items():
            good.add_metric([name], state.last_good_read.timestamp() if state.last_good_read else 0)
            due.add_metric([name], state.next_due.timestamp() if state.next_due else 0)
            health.add_metric([name], int(state.health == "ok"))
        yield from (good, due, health)


def _gauge(name: str, words: str, value: float) -> Metric:
    family = GaugeMetricFamily(name, words)
    family.add_metric([], value)
    return family


def health_document(troubles: list[Trouble]) -> dict[str, object]:
    """What ``/healthz`` answers."""
    return {
        "status": "trouble" if troubles else "ok",
        "version": __version__,
        "troubles": [
            {"code": item.code, "subject": item.subject, "message": item.message, "since": stamp(item.since)}
            for item in troubles
        ],
    }


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    metrics: Metrics
    troubles: Callable[[], list[Trouble]]


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = SECONDS_A_CLIENT_HAS
    server_version, sys_version = "stilltrue", ""

    def do_GET(self) -> None:
        """Answer the two addresses there are."""
        if not _is_local(self.headers.get("Host", "")):
            self._answer(HTTPStatus.FORBIDDEN, "text/plain", b"Ask by this machine's own name.\n")
        elif self.path == "/healthz":
            troubles = self.server.troubles()
            status = HTTPStatus.SERVICE_UNAVAILABLE if troubles else HTTPStatus.OK
            self._answer(status, "application/json", json.dumps(health_document(troubles)).encode() + b"\n")
        elif self.path == "/metrics":
            try:
                self._answer(HTTPStatus.OK, CONTENT_TYPE_LATEST, self.server.metrics.text())
            except StilltrueError as error:
                self._answer(HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", f"{error}\n".encode())
        else:
            self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"There are /healthz and /metrics.\n")

    def _answer(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing: who looks how often is no news."""


def _is_local(host: str) -> bool:
    """Whether a request names this machine; a page elsewhere whose name points here does not (DNS rebinding)."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


@contextmanager
def listening(
    address: tuple[str, int] | None, metrics: Metrics, troubles: Callable[[], list[Trouble]]
) -> Iterator[int | None]:
    """Answer while the block runs, if there is an address; gives the port. UsageError when it cannot be had."""
    if address is None:
        yield None
        return
    try:
        server = _Server(("127.0.0.1" if address[0] == "localhost" else address[0], address[1]), _Handler)
    except OSError as error:
        raise UsageError(f"Cannot listen on {address[0]}:{address[1]}: {error.strerror}.") from error
    with server:
        server.metrics, server.troubles = metrics, troubles
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
