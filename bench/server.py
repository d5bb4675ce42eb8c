"""A quick HTTP/1.1 server on loopback, a process of its own, that plays one scene after the other.

``GET /scene/NAME/SEED/PAGES`` sets the scene; ``GET /page/N`` answers by it:
``same``: always the same bytes; ``cosmetic``: new cosmetics for each seed; ``tenth``: one page in ten has a new fee for
each seed; ``tagged``: as ``same``, with an ETag and "not modified" for whoever knows it.
"""

import asyncio
import sys
from functools import lru_cache

from bench.pages import page

TENTH = 10


class _Stage:
    """What is being played."""

    def __init__(self, size: int) -> None:
        self.size, self.name, self.seed = size, "same", 0
        self._editions: dict[int, int] = {}

    def set(self, name: str, seed: int, pages: int) -> None:
        """Play this from now on; its pages are made beforehand. What has changed once stays so in later scenes."""
        self.name, self.seed = name, seed
        if name == "tenth":
            self._editions |= {number: seed for number in range(pages) if (number + seed) % TENTH == 0}
        for number in range(pages):
            self.body(number)

    def body(self, number: int) -> bytes:
        """The page as it stands in this scene."""
        look = self.seed if self.name == "cosmetic" else 0
        return _page(number, self.size, self._editions.get(number, 0), look)


@lru_cache(maxsize=200_000)
def _page(number: int, size: int, edition: int, look: int) -> bytes:
    return page(number, size, edition=edition, look=look)


class _Talk(asyncio.Protocol):
    """One connection."""

    def __init__(self, stage: _Stage) -> None:
        self._stage, self._received = stage, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every whole request."""
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            self._transport.write(self._answer(head))

    def _answer(self, head: bytes) -> bytes:
        path = head.split(b" ", 2)[1].decode("latin-1").strip("/").split("/")
        stage = self._stage
        if path[0] == "scene":
            stage.set(path[1], int(path[2]), int(path[3]))
            return _reply(b"200 OK", b"ok")
        if path[0] != "page":
            return _reply(b"404 Not Found", b"")
        tag = f'"{path[1]}"'.encode()
        if stage.name != "tagged":
            return _reply(b"200 OK", stage.body(int(path[1])))
        if tag in head:
            return _reply(b"304 Not Modified", None, b"ETag: " + tag + b"\r\n")
        return _reply(b"200 OK", stage.body(int(path[1])), b"ETag: " + tag + b"\r\n")


def _reply(status: bytes, body: bytes | None, more: bytes = b"") -> bytes:
    head = b"HTTP/1.1 " + status + b"\r\nContent-Type: text/html; charset=utf-8\r\n" + more
    if body is None:
        return head + b"\r\n"
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


async def _serve(size: int) -> None:
    stage = _Stage(size)
    server = await asyncio.get_running_loop().create_server(lambda: _Talk(stage), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - how the benchmark learns the port
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
