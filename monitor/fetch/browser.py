"""Pages that a script fills: the system's Chromium, in a process that is watched, capped and killed.

The browser gets a fresh profile, none of our environment, and the gate as its only way out. It is optional: it needs
the extra ``stilltrue[browser]`` and a Chromium of the system, and only sources with ``browser = true`` use it.
"""

import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpcore
from msgspec import Struct

from monitor.errors import FetchError
from monitor.fetch.attempts import Budget
from monitor.fetch.decoding import too_large
from monitor.fetch.exchange import COOKIE_HEADERS, WIRE_HEADERS, Reply
from monitor.fetch.gate import Address, Resolver, check_address, shown
from monitor.fetch.proxy import Passage, open_proxy
from monitor.model import FetchSettings

CHROMIUM = "STILLTRUE_CHROMIUM"
"""The environment variable that names a browser not found by itself."""
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
RENDERED = "x-stilltrue-rendered"
"""The header that says that a snapshot's body is a rendered document, and by which browser."""
MOST_MEMORY = 1_500_000_000
"""Bytes in use by the browser and all its processes; a page that needs more is given up."""
LOOK_SECONDS = 0.25
START_SECONDS = 10.0
"""Starting a browser may take this much beyond the time that the page itself has."""
_SCRIPT = Path(__file__).with_name("rendering.py")
_DOCUMENT = "document.html"
"""Where the script leaves what is shown."""
_NET_ERRORS = {
    "ERR_UNSAFE_REDIRECT": "gate",
    "ERR_UNKNOWN_URL_SCHEME": "gate",
    "ERR_CERT": "tls",
    "ERR_SSL": "tls",
    "ERR_TOO_MANY_REDIRECTS": "too_many_redirects",
    "ERR_TIMED_OUT": "timeout",
    "ERR_": "connect",
}


class View(Struct, frozen=True, kw_only=True):
    """How one page is looked at, and the network it is on."""

    user_agent: str
    language: str
    wait_for: str | None
    settings: FetchSettings
    resolver: Resolver
    network: httpcore.AsyncNetworkBackend


def find_chromium(environ: Mapping[str, str]) -> str | None:
    """The path of the system's browser."""
    named = environ.get(CHROMIUM)
    found = (shutil.which(name) for name in ([named] if named else NAMES))
    return next((path for path in found if path), None)


def find_missing(environ: Mapping[str, str] = os.environ) -> str | None:
    """What keeps pages from being rendered here, with the way out; None when nothing does."""
    absent = [name for name in ("playwright", "psutil") if find_spec(name) is None]
    if absent:
        return f"rendering needs {' and '.join(absent)}; run: pip install 'stilltrue[browser]'"
    if find_chromium(environ) is None:
        return f"rendering needs a Chromium; install it (Debian: apt install chromium) or name it in {CHROMIUM}"
    return None


async def render(address: Address, view: View, budget: Budget) -> Reply:
    """The document as a browser shows it, its scripts run; 5xx and 429 come without a body, as from ``exchange``.

    Raises FetchError ``browser`` when there is none, ``render`` when the page does not show what is waited for, and
    what the gate and plain reads raise: ``gate``, ``dns``, ``connect``, ``tls``, ``timeout``, ``too_large``,
    ``too_many_redirects``.
    """
    if missing := find_missing():
        raise FetchError(f"This page cannot be shown: {missing}.", code="browser", transient=False)
    passage = Passage(own_host=address.host, settings=view.settings, resolver=view.resolver, network=view.network)
    async with open_proxy(passage) as port:
        seconds = budget.left
        with tempfile.TemporaryDirectory(prefix="stilltrue-browser-", ignore_cleanup_errors=True) as folder:
            ask = _ask(address, view, port, seconds)
            async with budget.spend(extra=START_SECONDS), _process(folder) as process:
                answer = await _answer(process, ask)
                body = _document(Path(folder), answer, view.settings.max_bytes)
    if passage.spent or len(body) > view.settings.max_bytes:
        raise too_large(view.settings.max_bytes)
    return _reply(address, answer, body, passage)


def _ask(address: Address, view: View, port: int, seconds: float) -> bytes:
    ask = {
        "url": str(address.url),
        "proxy": port,
        "chromium": find_chromium(os.environ),
        "sandbox": os.geteuid() != 0,  # Chromium has no sandbox for root
        "user_agent": view.user_agent,
        "language": view.language,
        "wait_for": view.wait_for,
        "seconds": seconds,
    }
    return json.dumps(ask).encode()


@asynccontextmanager
async def _process(folder: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The renderer, killed with all its children when the block ends."""
    environ = {"PATH": os.environ.get("PATH", os.defpath), "HOME": folder, "TMPDIR": folder, "LANG": "C.UTF-8"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", str(_SCRIPT)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environ,
        cwd=folder,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        _kill_tree(process.pid)
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _answer(process: asyncio.subprocess.Process, ask: bytes) -> dict[str, Any]:
    assert process.stdin is not None  # noqa: S101 - pipes were asked for
    assert process.stdout is not None  # noqa: S101 - same
    process.stdin.write(ask)
    process.stdin.close()
    watching = asyncio.create_task(_watch_memory(process))
    try:
        line = await process.stdout.readline()
        if not line:
            message = "The browser used too much memory." if watching.done() else "The browser ended by itself."
            raise FetchError(message, code="too_large" if watching.done() else "browser", transient=False)
        answer: dict[str, Any] = json.loads(line)
    finally:
        watching.cancel()
    return answer


def _document(folder: Path, answer: Mapping[str, Any], max_bytes: int) -> bytes:
    """What the renderer left in its file: one killed with a full pipe is never seen to end while nobody reads that."""
    if "error" in answer:
        return b""
    document = folder / _DOCUMENT
    if document.stat().st_size > max_bytes:
        raise too_large(max_bytes)
    return document.read_bytes()


async def _watch_memory(process: asyncio.subprocess.Process) -> None:
    while _memory(process.pid) <= MOST_MEMORY:  # noqa: ASYNC110 - nobody tells when memory grows
        await asyncio.sleep(LOOK_SECONDS)
    _kill_tree(process.pid)


def _tree(pid: int) -> Iterator[Any]:
    import psutil  # noqa: PLC0415 - optional

    with suppress(psutil.Error):
        top = psutil.Process(pid)
        yield from top.children(recursive=True)
        yield top


def _memory(pid: int) -> int:
    import psutil  # noqa: PLC0415 - optional

    used = 0
    for process in _tree(pid):
        with suppress(psutil.Error):
            used += process.memory_info().rss
    return used


def _kill_tree(pid: int) -> None:
    import psutil  # noqa: PLC0415 - optional

    for process in list(_tree(pid)):
        with suppress(psutil.Error):
            process.send_signal(signal.SIGKILL)


def _reply(address: Address, answer: Mapping[str, Any], body: bytes, passage: Passage) -> Reply:
    if "error" in answer:
        raise _failure(address, answer, passage)
    final = check_address(answer["url"])
    if final.host in passage.refusals:
        raise passage.refusals[final.host]
    left_out = WIRE_HEADERS | COOKIE_HEADERS | {"content-type"}
    kept = {name: value for name, value in answer["headers"].items() if name not in left_out}
    headers = {**kept, "content-type": "text/html; charset=utf-8", RENDERED: f"chromium/{answer['browser']}"}
    moved = str(final.url) != str(address.url.copy_with(fragment=None))
    return Reply(address=final if moved else address, status=answer["status"], headers=headers, body=body)


def _failure(address: Address, answer: Mapping[str, Any], passage: Passage) -> FetchError:
    """What kept the page from being shown: our own refusal of the host it led to, or what the browser says."""
    for wanted in answer.get("wanted", ()):
        with suppress(FetchError):
            if refusal := passage.refusals.get(check_address(wanted).host):
                return refusal
    message = ascii(str(answer["message"]))[1:-1][:200]
    code = answer["error"]
    if code == "net":
        code = next((ours for theirs, ours in _NET_ERRORS.items() if f"net::{theirs}" in message), "render")
    lasting = code in {"too_many_redirects", "tls", "browser", "gate"}
    return FetchError(f"{shown(address.host)} could not be shown: {message}.", code=code, transient=not lasting)
