"""A small HTTP/1.1 server on 127.0.0.1 for tests: scripted replies per path, requests recorded, bad manners on demand.

    with Loopback() as server:
        server.script("/page", Reply(status=503), Reply(body=b"hello"))   # the last one repeats
        ... read server.url("/page") ...
        assert server.paths() == ["/page", "/page"]

It runs in a thread of its own, so synchronous and asynchronous tests use it alike. Paths without a script are 404.
"""

import asyncio
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Self

from msgspec import Struct, field

REASONS = {200: "OK", 204: "No Content", 301: "Moved Permanently", 302: "Found", 304: "Not Modified", 404: "Not Found"}
LONGEST_HANG = 30.0
TLS_HANDSHAKE = b"\x16"


class Request(Struct, frozen=True, kw_only=True):
    """One request as received. Header names are lower case; ``target`` holds the query, ``path`` does not."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    at: float

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


class Reply(Struct, frozen=True, kw_only=True):
    """What to answer. The plain ones need only ``status``, ``headers`` and ``body``.

    ``chunks``: send these instead of ``body``, ``gap`` seconds apart, chunked unless ``length`` is set.
    ``length``: the Content-Length to claim, whatever the body is. ``delay``: seconds before the head is sent.
    ``reset``: close with a TCP reset after the last byte sent, without ending a chunked body.
    ``hang``: after the head and body, keep silent until the client leaves. ``raw``: send just these bytes, then close.
    ``behind``: bytes that nobody asked for, sent together with the whole answer. ``leave``: close without any answer.
    """

    status: int = 200
    headers: Mapping[str, str] | Sequence[tuple[str, str]] = field(default_factory=dict)
    body: bytes = b""
    chunks: tuple[bytes, ...] | None = None
    gap: float = 0.0
    length: int | None = None
    delay: float = 0.0
    reset: bool = False
    hang: bool = False
    raw: bytes | None = None
    behind: bytes = b""
    leave: bool = False

    def head(self) -> bytes:
        pairs = list(self.headers.items()) if isinstance(self.headers, Mapping) else list(self.headers)
        lines = [f"HTTP/1.1 {self.status} {REASONS.get(self.status, 'Status')}"]
        lines += [f"{name}: {value}" for name, value in pairs]
        if self.chunked:
            lines.append("Transfer-Encoding: chunked")
        elif self.status not in (204, 304):
            lines.append(f"Content-Length: {len(self.body) if self.length is None else self.length}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    @property
    def chunked(self) -> bool:
        return self.chunks is not None and self.length is None


Answer = Callable[[Request], Reply]


class Loopback:
    """The server; a context manager. ``requests`` grows as they come; ``peak``: the most under way at once.

    ``connections``: those ever accepted; ``left`` is set when the last of them is closed.
    """

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.peak = 0
        self.connections = 0
        self.left = threading.Event()
        self.port = 0
        self._tls = tls
        self._under_way = 0
        self._open = 0
        self._scripts: dict[str, list[Reply] | Answer] = {}
        self._lock = threading.Lock()
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="loopback")

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10), "the loopback server did not start"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def script(self, path: str, *replies: Reply) -> None:
        """Answer this path with these replies in turn; the last one repeats."""
        with self._lock:
            self._scripts[path] = list(replies)

    def answer(self, path: str, make: Answer) -> None:
        """Answer this path with what ``make`` returns for each request."""
        with self._lock:
            self._scripts[path] = make

    def url(self, path: str = "/", *, host: str = "127.0.0.1") -> str:
        scheme = "http" if self._tls is None else "https"
        return f"{scheme}://{host}:{self.port}{path}"

    def paths(self, *, robots: bool = False) -> list[str]:
        """The paths asked for, in order; without /robots.txt unless wanted."""
        return [seen.path for seen in self.requests if robots or seen.path != "/robots.txt"]

    def seen(self, path: str) -> list[Request]:
        """The requests for one path, in order."""
        return [seen for seen in self.requests if seen.path == path]

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        talks: set[asyncio.Task[None]] = set()

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            talks.add(task)
            self.connections += 1
            self._open += 1
            self.left.clear()
            try:
                await self._talk(reader, writer)
            except (OSError, EOFError, asyncio.CancelledError):
                pass  # the client left, speaks TLS to a plain port, or the test is over
            finally:
                talks.discard(task)
                self._open -= 1
                if not self._open:
                    self.left.set()
                writer.close()

        server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=self._tls)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in list(talks):
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await asyncio.sleep(0)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            request = await _read_request(reader)
            reply = self._note(request)
            try:
                await _send(reply, reader, writer)
            finally:
                with self._lock:
                    self._under_way -= 1
            if reply.leave or reply.reset or reply.hang or reply.raw is not None or reply.length is not None:
                return

    def _note(self, request: Request) -> Reply:
        with self._lock:
            self.requests.append(request)
            self._under_way += 1
            self.peak = max(self.peak, self._under_way)
            script = self._scripts.get(request.path)
            if isinstance(script, list):
                return script.pop(0) if len(script) > 1 else script[0]
        return Reply(status=404, body=b"no script for this path") if script is None else script(request)


async def _read_request(reader: asyncio.StreamReader) -> Request:
    first = await reader.readexactly(1)
    if first == TLS_HANDSHAKE:
        raise EOFError
    lines = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = lines[0].split(" ", 2)
    pairs = (line.partition(":") for line in lines[1:] if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method=method, target=target, headers=headers, body=body, at=time.monotonic())


async def _send(reply: Reply, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(reply.delay)
    if reply.leave:
        return
    if reply.raw is not None or reply.behind:
        writer.write(reply.head() + reply.body + reply.behind if reply.raw is None else reply.raw)
        await writer.drain()
        return
    writer.write(reply.head())
    await _send_body(reply, writer)
    if reply.hang:
        await asyncio.wait_for(reader.read(), LONGEST_HANG)
    if reply.reset:
        _reset(writer)


async def _send_body(reply: Reply, writer: asyncio.StreamWriter) -> None:
    for chunk in (reply.body,) if reply.chunks is None else reply.chunks:
        writer.write(b"%x\r\n%s\r\n" % (len(chunk), chunk) if reply.chunked else chunk)
        await writer.drain()
        await asyncio.sleep(reply.gap)
    if reply.chunked and not reply.reset and not reply.hang:
        writer.write(b"0\r\n\r\n")
    await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    raw: socket.socket = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
