"""Bodies as servers really send them: packed, cut, broken off, without end."""

import gzip
import zlib
from collections.abc import Iterator

import pytest
import zstandard
from fetching import LOCAL, fail, get, source, without_waits
from loopback import Loopback, Reply
from msgspec.structs import replace


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running, without_waits():
        yield running


TEXT = b"<p>The fee is $1,750.</p>" * 4000


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(TEXT)),
        ("x-gzip", gzip.compress(TEXT[:50_000]) + gzip.compress(TEXT[50_000:])),
        ("gzip", gzip.compress(TEXT) + b"\0" * 600),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", zlib.compress(TEXT, wbits=-15)),
        ("zstd", zstandard.ZstdCompressor().compress(TEXT)),
        ("zstd", zstandard.compress(TEXT[:7]) + zstandard.compress(TEXT[7:])),
        ("identity", TEXT),
        ("deflate, gzip", gzip.compress(zlib.compress(TEXT))),
        (None, gzip.compress(TEXT)),
        ("gzip", gzip.compress(gzip.compress(TEXT))),
    ],
)
@pytest.mark.parametrize("step", [1_000_000, 997, 1])
def test_packed_bodies_are_unpacked_however_they_are_cut(
    server: Loopback, coding: str | None, packed: bytes, step: int
) -> None:
    if len(packed) / step > 5000:  # as good as it gets: each chunk is a packet
        step = 997
    headers = {"Content-Encoding": coding} if coding else {}
    chunks = tuple(packed[start : start + step] for start in range(0, len(packed), step))
    server.script("/page", Reply(headers=headers, chunks=chunks))
    snapshot = get(source(server.url("/page")))
    assert snapshot.body == TEXT
    assert snapshot.headers == {}


def test_an_empty_body_may_claim_to_be_packed(server: Loopback) -> None:
    server.script("/page", Reply(headers={"Content-Encoding": "gzip"}))
    assert get(source(server.url("/page"))).body == b""


def test_what_only_looks_like_gzip_is_left_alone(server: Loopback) -> None:
    server.script("/page", Reply(body=b"\x1f\x8bnot really"))
    assert get(source(server.url("/page"))).body == b"\x1f\x8bnot really"


BOMB = gzip.compress(b"\0" * 30_000_000)


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", BOMB),
        ("deflate", zlib.compress(b"\0" * 30_000_000)),
        ("zstd", zstandard.compress(b"\0" * 30_000_000)),
        ("gzip, gzip", gzip.compress(BOMB)),
        (None, BOMB),
        (None, b"x" * 1_000_001),
    ],
)
def test_bombs_are_stopped_at_the_cap(server: Loopback, coding: str | None, packed: bytes) -> None:
    server.script("/page", Reply(headers={"Content-Encoding": coding} if coding else {}, body=packed))
    error = fail(source(server.url("/page"), replace(LOCAL, max_bytes=1_000_000, retries=3)))
    assert (error.code, error.transient) == ("too_large", False)
    assert server.paths() == ["/page"]


def test_a_body_without_end_is_stopped_at_the_cap(server: Loopback) -> None:
    server.script("/page", Reply(chunks=(b"x" * 10_000,) * 200, hang=True))
    assert fail(source(server.url("/page"), replace(LOCAL, max_bytes=1_000_000))).code == "too_large"


def test_a_body_of_just_the_cap_passes(server: Loopback) -> None:
    server.script("/page", Reply(body=b"x" * 1000))
    assert len(get(source(server.url("/page"), replace(LOCAL, max_bytes=1000))).body) == 1000


@pytest.mark.parametrize(
    ("coding", "body", "code"),
    [
        ("gzip", b"<p>plain</p>", "encoding"),
        ("zstd", b"<p>plain</p>", "encoding"),
        ("deflate", b"\xff\xff\xff\xff", "encoding"),
        ("br", b"\x0b\x02\x80hello\x03", "encoding"),
        ("gzip, gzip, gzip", b"x", "encoding"),
        ("gzip", gzip.compress(TEXT)[:-9], "truncated"),
        ("zstd", zstandard.compress(TEXT)[:-9], "truncated"),
        ("gzip", b"\x1f", "truncated"),
    ],
)
def test_bodies_that_cannot_be_unpacked_are_errors(server: Loopback, coding: str, body: bytes, code: str) -> None:
    server.script("/page", Reply(headers={"Content-Encoding": coding}, body=body))
    assert fail(source(server.url("/page"))).code == code


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=b"half a page", length=1000),
        Reply(body=b"half a page", length=1000, reset=True),
        Reply(chunks=(b"half", b"a page"), reset=True),
        Reply(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"),
        Reply(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n"),
    ],
)
def test_a_body_that_breaks_off_is_never_a_page_and_is_tried_again(server: Loopback, reply: Reply) -> None:
    server.script("/page", reply)
    error = fail(source(server.url("/page"), replace(LOCAL, retries=1)))
    assert (error.code, error.transient) == ("truncated", True)
    server.script("/page", reply, Reply(body=b"whole"))
    assert get(source(server.url("/page"), replace(LOCAL, retries=1))).body == b"whole"
