"""What a hostile or broken server may send, each with what must come of it, over loopback through the real check.

Each case is read between two good reads of the same page: whatever it does, it ends in time, takes no more memory than
it may, concludes nothing about the facts, and the good read after it finds them as they were.
"""

import asyncio
import gzip
import io
import resource
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest
import zstandard
from fetching import LOCAL, OTHER_PUBLIC, PUBLIC, FakeTime, Names, Rerouted, without_waits
from loopback import Loopback, Reply
from msgspec import Struct, field
from msgspec.structs import replace
from reportlab.pdfgen.canvas import Canvas
from running import rounds

from monitor.board import Board
from monitor.check import check_sources
from monitor.extractors import EXTRACTORS
from monitor.fetch.client import HttpFetcher
from monitor.model import Check, Format, Guards, Source
from monitor.ports import EventQuery, Store
from storage.store import open_store

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOST = "http://official.example"
SETTINGS = replace(LOCAL, allow_private=False, timeout=20.0, max_bytes=8_000_000)
MOST_SECONDS = 5.0
"""Of processor time of this process for one read, twice what the slowest takes; the machine may be busy with others."""
MOST_MEMORY = 400_000_000
BAD = {"failed", "blocked", "layout_changed"}

PAGE = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Fees</title></head><body><main><h1>Fees</h1>'
    "<p>The processing fee is $850. Café and naïve readers pay the same.</p>{more}"
    "<table><tr><th>Fee</th><th>$CAN</th></tr><tr><td>Application fee</td><td>1,000.00</td></tr>"
    "<tr><td>Biometrics</td><td>85.00</td></tr></table></main></body></html>"
)
GOOD = PAGE.format(more="")
FEED = (
    '<?xml version="1.0"?>{head}<rss version="2.0"><channel><title>News</title>'
    "<item><title>Fees stay{more}</title><link>http://official.example/1</link>"
    "<description>The fee stays $850.</description><pubDate>Mon, 04 May 2026 00:00:00 GMT</pubDate></item>"
    "</channel></rss>"
)
TYPES = {
    Format.HTML: "text/html; charset=utf-8",
    Format.JSON: "application/json",
    Format.PDF: "application/pdf",
    Format.FEED: "application/rss+xml",
}


def pdf(*lines: str) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, invariant=True)
    for number, line in enumerate(lines):
        canvas.drawString(72, 700 - 20 * number, line)
    canvas.save()
    return out.getvalue()


GOOD_BODIES = {
    Format.HTML: GOOD.encode(),
    Format.JSON: rounds(1, 2, 3),
    Format.PDF: pdf("Fees", "The application fee is $850."),
    Format.FEED: FEED.format(head="", more="").encode(),
}


class Case(Struct, frozen=True, kw_only=True):
    """What is sent, and what must come of it: the check's outcome and the code of its problem."""

    reply: Reply | Callable[[], Reply]
    outcome: str
    code: str | None = None
    form: Format = Format.HTML
    declarations: Mapping[str, object] = field(default_factory=dict)
    guards: Guards = field(default_factory=Guards)
    alter: Callable[[Source], Source] = lambda source: source


def hurried(source: Source) -> Source:
    return replace(source, fetch=replace(source.fetch, timeout=2.0))


def html(body: str | bytes, **headers: str) -> Reply:
    raw = body.encode() if isinstance(body, str) else body
    return Reply(body=raw, headers={"Content-Type": TYPES[Format.HTML], **headers})


def typed(form: Format, body: bytes, **headers: str) -> Reply:
    return Reply(body=body, headers={"Content-Type": TYPES[form], **headers})


def raw(text: str | bytes) -> Reply:
    return Reply(raw=text.encode("latin-1") if isinstance(text, str) else text)


def led_to(location: str) -> Reply:
    return Reply(status=302, headers={"Location": location})


def bomb_pdf() -> bytes:
    """A page whose packed content unpacks to 100 MB of spaces."""
    packed = zlib.compress(b" " * 100_000_000, 9)
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(packed) + packed + b"\nendstream",
    ]
    return pdf_of(parts)


def pdf_of(parts: list[bytes]) -> bytes:
    out, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + part + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size, start = len(parts) + 1, len(out)
    return (
        out
        + b"xref\n0 %d\n0000000000 65535 f \n" % size
        + table
        + (b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start))
    )


def looping_pdf() -> bytes:
    """A page tree whose only child is itself."""
    return pdf_of([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"])


LAUGHS = (
    '<!DOCTYPE lolz [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefghi", "bcdefghij", strict=True))
    + "]>"
)
QUADRATIC = f'<!DOCTYPE q [<!ENTITY a "{"x" * 50_000}">]>'
XXE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
XXE_HTTP = '<!DOCTYPE x [<!ENTITY e SYSTEM "http://inside.example/secret">]>'
DTD = '<!DOCTYPE rss SYSTEM "http://inside.example/evil.dtd">'
ZEROS = bytes(30_000_000)
GOOD_BYTES = GOOD.encode()
SECOND = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n$99999"
OK = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


def fees(**more: object) -> dict[str, object]:
    return {"fees": EXTRACTORS["fees"].declaration(**more)}


def numbers(text: str) -> bytes:
    return b'{"classes": "wb-tables", "rounds": [{"drawNumber": %s}]}' % text.encode()


CASES: dict[str, Case] = {
    # The connection and the head.
    "no answer at all": Case(reply=raw(""), outcome="failed", code="protocol"),
    "silence": Case(reply=Reply(delay=20.0), outcome="failed", code="timeout", alter=hurried),
    "a drip of bytes": Case(
        reply=Reply(chunks=tuple(b"<p>" for _ in range(900)), gap=0.02), outcome="failed", code="timeout", alter=hurried
    ),
    "a drip in the head": Case(
        reply=Reply(raw=OK.encode() + b"X: 1\r\n", hang=True), outcome="failed", code="protocol"
    ),
    "another protocol": Case(reply=raw("SSH-2.0-OpenSSH_9.9\r\n"), outcome="failed", code="protocol"),
    "an HTTP/0.9 answer": Case(reply=raw("<html>hello</html>"), outcome="failed", code="protocol"),
    "a status that is none": Case(reply=raw("HTTP/1.1 999999 OK\r\n\r\n"), outcome="failed", code="protocol"),
    "a head of a hundred megabytes' first": Case(
        reply=raw(OK + "X: " + "x" * 3_000_000 + "\r\n\r\n"), outcome="failed", code="protocol"
    ),
    "a hundred thousand headers": Case(
        reply=lambda: raw(OK + "".join(f"X-{number}: y\r\n" for number in range(100_000)) + "\r\n"),
        outcome="failed",
        code="protocol",
    ),
    "a head with a null": Case(reply=raw(OK + "X: \0\r\n\r\n"), outcome="failed", code="protocol"),
    "a second answer after the first": Case(
        reply=lambda: raw(OK.encode() + b"Content-Length: %d\r\n\r\n" % len(GOOD_BYTES) + GOOD_BYTES + SECOND),
        outcome="unchanged",
    ),
    "answers that announce another, without end": Case(
        reply=lambda: raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 2_000_000), outcome="failed", code="timeout", alter=hurried
    ),
    "two lengths that disagree": Case(
        reply=raw(OK + "Content-Length: 5\r\nContent-Length: 50\r\n\r\nhello"), outcome="failed", code="protocol"
    ),
    "a length below zero": Case(reply=raw(OK + "Content-Length: -5\r\n\r\nhello"), outcome="failed", code="protocol"),
    "not modified, unasked": Case(reply=Reply(status=304), outcome="failed", code="unexpected_304"),
    # The body's frame.
    "less than announced": Case(reply=Reply(body=GOOD.encode(), length=90_000), outcome="failed", code="truncated"),
    "a reset in the middle": Case(
        reply=Reply(body=GOOD.encode()[:300], length=len(GOOD.encode()), reset=True), outcome="failed", code="truncated"
    ),
    "more announced than may be": Case(
        reply=raw(OK + "Content-Length: 99999999999999999999\r\n\r\n<p>"), outcome="failed", code="too_large"
    ),
    "chunks that are none": Case(
        reply=raw(OK + "Transfer-Encoding: chunked\r\n\r\nzzzz\r\n<p>\r\n"), outcome="failed", code="truncated"
    ),
    "a chunk of more than there is": Case(
        reply=raw(OK + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n<p>"), outcome="failed", code="truncated"
    ),
    "chunks without end": Case(reply=Reply(chunks=(b"x" * 65_536,) * 400), outcome="failed", code="too_large"),
    # Packing.
    "a gzip bomb": Case(
        reply=html(gzip.compress(ZEROS), **{"Content-Encoding": "gzip"}), outcome="failed", code="too_large"
    ),
    "a gzip bomb in gzip": Case(
        reply=html(gzip.compress(gzip.compress(ZEROS)), **{"Content-Encoding": "gzip, gzip"}),
        outcome="failed",
        code="too_large",
    ),
    "a deflate bomb": Case(
        reply=html(zlib.compress(ZEROS), **{"Content-Encoding": "deflate"}), outcome="failed", code="too_large"
    ),
    "a zstd bomb": Case(
        reply=html(zstandard.compress(ZEROS), **{"Content-Encoding": "zstd"}), outcome="failed", code="too_large"
    ),
    "brotli, which nobody asked for": Case(
        reply=html(b"\x0b\x02\x80hello\x03", **{"Content-Encoding": "br"}), outcome="failed", code="encoding"
    ),
    "an undeclared gzip bomb": Case(reply=html(gzip.compress(ZEROS)), outcome="failed", code="too_large"),
    "packed ten times over": Case(
        reply=html(b"x", **{"Content-Encoding": ", ".join(["gzip"] * 10)}), outcome="failed", code="encoding"
    ),
    "gzip that breaks off": Case(
        reply=html(gzip.compress(GOOD.encode())[:-20], **{"Content-Encoding": "gzip"}),
        outcome="failed",
        code="truncated",
    ),
    "gzip that is none": Case(reply=html(GOOD, **{"Content-Encoding": "gzip"}), outcome="failed", code="encoding"),
    # Where it leads.
    "redirected in a circle": Case(reply=led_to("/page"), outcome="failed", code="too_many_redirects"),
    "redirected without end": Case(reply=led_to("/next"), outcome="failed", code="too_many_redirects"),
    "redirected nowhere": Case(reply=Reply(status=302), outcome="failed", code="redirect"),
    "redirected to a file": Case(reply=led_to("file:///etc/passwd"), outcome="failed", code="gate"),
    "redirected to gopher": Case(reply=led_to("gopher://127.0.0.1:6379/_INFO"), outcome="failed", code="gate"),
    "redirected to a script": Case(reply=led_to("javascript:alert(1)"), outcome="failed", code="gate"),
    "redirected to a private address": Case(reply=led_to("http://10.0.0.1/"), outcome="failed", code="gate"),
    "redirected to this machine": Case(reply=led_to("http://127.0.0.1:6379/"), outcome="failed", code="gate"),
    "redirected to cloud metadata": Case(
        reply=led_to("http://169.254.169.254/latest/meta-data/"), outcome="failed", code="gate"
    ),
    "redirected to metadata over IPv6": Case(reply=led_to("http://[fd00:ec2::254]/"), outcome="failed", code="gate"),
    "redirected to a mapped address": Case(
        reply=led_to("http://[::ffff:169.254.169.254]/"), outcome="failed", code="gate"
    ),
    "redirected to a decimal address": Case(reply=led_to("http://2130706433/"), outcome="failed", code="gate"),
    "redirected to a hexadecimal address": Case(reply=led_to("http://0x7f000001/"), outcome="failed", code="gate"),
    "redirected to an octal address": Case(reply=led_to("http://0177.0.0.1/"), outcome="failed", code="gate"),
    "redirected to a short address": Case(reply=led_to("http://127.1/"), outcome="failed", code="gate"),
    "redirected with a user name": Case(
        reply=led_to("http://official.example@127.0.0.1/"), outcome="failed", code="gate"
    ),
    "redirected with a backslash": Case(
        reply=led_to("http://official.example\\@127.0.0.1/"), outcome="failed", code="gate"
    ),
    "redirected to a name for a private place": Case(
        reply=led_to("http://inside.example/"), outcome="failed", code="gate"
    ),
    "redirected to a name that changes": Case(
        reply=led_to("http://rebinding.example/page"), outcome="failed", code="gate"
    ),
    "redirected to a host that is not allowed": Case(
        reply=led_to("http://other.example/page"),
        outcome="failed",
        code="gate",
        alter=lambda source: replace(source, fetch=replace(source.fetch, allowed_hosts=("new.example",))),
    ),
    "a refresh in the page": Case(
        reply=html(
            '<html><head><meta http-equiv="refresh" content="0;url=http://127.0.0.1/"></head><body></body></html>'
        ),
        outcome="layout_changed",
        code="empty_page",
    ),
    # XML.
    "a file as an entity": Case(
        reply=typed(Format.FEED, FEED.format(head=XXE, more="&e;").encode()),
        outcome="failed",
        code="xml_entities",
        form=Format.FEED,
    ),
    "an address as an entity": Case(
        reply=typed(Format.FEED, FEED.format(head=XXE_HTTP, more="&e;").encode()),
        outcome="failed",
        code="xml_entities",
        form=Format.FEED,
    ),
    "a billion laughs": Case(
        reply=typed(Format.FEED, FEED.format(head=LAUGHS, more="&j;").encode()),
        outcome="failed",
        code="xml_entities",
        form=Format.FEED,
    ),
    "a quadratic blow-up": Case(
        reply=lambda: typed(Format.FEED, FEED.format(head=QUADRATIC, more="&a;" * 50_000).encode()),
        outcome="failed",
        code="xml_entities",
        form=Format.FEED,
    ),
    "a document type elsewhere": Case(
        reply=typed(Format.FEED, FEED.format(head=DTD, more="").encode()),
        outcome="unchanged",
        form=Format.FEED,
    ),
    "a feed nested 100,000 deep": Case(
        reply=typed(Format.FEED, b"<rss>" + b"<a>" * 100_000), outcome="failed", code="too_deep", form=Format.FEED
    ),
    "a page where a feed is due": Case(reply=html(GOOD), outcome="failed", code="not_feed", form=Format.FEED),
    # PDF.
    "a PDF bomb": Case(
        reply=lambda: typed(Format.PDF, bomb_pdf()), outcome="layout_changed", code="empty_page", form=Format.PDF
    ),
    "a PDF that contains itself": Case(
        reply=typed(Format.PDF, looping_pdf()), outcome="failed", code="pdf_unreadable", form=Format.PDF
    ),
    "a PDF that breaks off": Case(
        reply=typed(Format.PDF, GOOD_BODIES[Format.PDF][:300]), outcome="failed", code="pdf_unreadable", form=Format.PDF
    ),
    "a program called PDF": Case(
        reply=typed(Format.PDF, b"MZ" + b"\0" * 5000), outcome="failed", code="not_pdf", form=Format.PDF
    ),
    # HTML.
    "100,000 nested tags": Case(reply=html(PAGE.format(more="<div>" * 100_000)), outcome="unchanged"),
    "a table of a million cells": Case(
        reply=lambda: html(PAGE.format(more="<table>" + ("<tr>" + "<td>1" * 1000 + "</tr>") * 1000 + "</table>")),
        outcome="failed",
        code="too_large",
    ),
    "a cell that spans a billion": Case(
        reply=html(PAGE.format(more='<table><tr><td rowspan="999999999" colspan="999999999">x</td></tr></table>')),
        outcome="changed",
    ),
    "400,000 attributes": Case(
        reply=lambda: html(PAGE.format(more="<p " + " ".join(f"a{number}=1" for number in range(400_000)) + ">x</p>")),
        outcome="failed",
        code="too_slow",
    ),
    "100,000 unclosed quotes": Case(reply=html(PAGE.format(more='<a href="' * 100_000)), outcome="changed"),
    "nulls between the letters": Case(reply=html("<html><body>\0" * 2000), outcome="failed", code="wrong_type"),
    "a null in a word": Case(
        reply=html(PAGE.format(more="<p>Nothing\0 new here.</p>" + " " * 2000)), outcome="failed", code="wrong_type"
    ),
    "invalid UTF-8": Case(reply=html(GOOD.encode().replace(b"Caf\xc3\xa9", b"Caf\xc3\x28")), outcome="changed"),
    "half a UTF-16 page": Case(
        reply=html(b"\xff\xfe" + GOOD.encode("utf-16-le")[:301]), outcome="failed", code="truncated"
    ),
    "another byte order": Case(reply=html(GOOD.encode("utf-16"), **{"Content-Type": "text/html"}), outcome="unchanged"),
    "a mark before the page": Case(reply=html(b"\xef\xbb\xbf" + GOOD.encode()), outcome="unchanged"),
    "an encoding that it is not in": Case(
        reply=html(GOOD.replace('<meta charset="utf-8">', ""), **{"Content-Type": "text/html; charset=iso-8859-1"}),
        outcome="changed",
    ),
    "an encoding that is none": Case(
        reply=html(GOOD, **{"Content-Type": "text/html; charset=../../etc/passwd"}), outcome="unchanged"
    ),
    "UTF-7": Case(
        reply=html(GOOD.replace('"utf-8"', '"utf-7"'), **{"Content-Type": "text/html; charset=utf-7"}),
        outcome="unchanged",
    ),
    "an empty page": Case(reply=html(""), outcome="failed", code="empty_body"),
    "a captcha with status 200": Case(
        reply=html("<html><head><title>Radware Captcha Page</title></head><body>perfdrive.com</body></html>"),
        outcome="blocked",
        code="captcha",
    ),
    "a picture": Case(reply=html(b"\x89PNG\r\n\x1a\n" + b"\0" * 900), outcome="failed", code="wrong_type"),
    "a zip": Case(reply=html(b"PK\x03\x04" + b"x" * 900), outcome="failed", code="wrong_type"),
    "an error page with status 200": Case(
        reply=html("<html><head><title>404 Not Found</title></head><body><h1>Not found</h1></body></html>"),
        outcome="failed",
        code="soft_404",
    ),
    "commands to a terminal in the title": Case(
        reply=html(GOOD.replace("<title>Fees", "<title>\x1b]0;owned\x07\x1b[31mFees")), outcome="unchanged"
    ),
    "a script in the title": Case(
        reply=html(GOOD.replace("<title>Fees", "<title>&lt;script&gt;alert(1)&lt;/script&gt;")), outcome="unchanged"
    ),
    "a formula in a label": Case(
        reply=html(PAGE.format(more="<p>=HYPERLINK(&quot;http://evil.example&quot;) is new.</p>")), outcome="changed"
    ),
    "a template in the text": Case(
        reply=html(PAGE.format(more="<p>{{ 7*7 }} {% include '/etc/passwd' %} ${7*7} %(x)s {0.__class__}</p>")),
        outcome="changed",
    ),
    "letters that turn the line": Case(
        reply=html(PAGE.format(more="<p>\u202egnp.exe\u202c \u2066isolated\u2069</p>")), outcome="changed"
    ),
    "an expression that explodes": Case(
        reply=html(PAGE.format(more=f"<p>The {'a' * 60}! costs $9.</p>")),
        outcome="failed",
        code="slow_pattern",
        declarations=fees(labels={"trap": r"(?:a|aa)+$"}),
    ),
    "an expression that explodes on headings": Case(
        reply=html(PAGE.format(more=f"<h2>{'a' * 60}!</h2><p>It costs $9.</p>")),
        outcome="failed",
        code="slow_pattern",
        declarations=fees(ignore=(r"(a|aa)+$",)),
    ),
    "a line of two megabytes": Case(reply=html(PAGE.format(more="<p>" + "a" * 2_000_000 + "</p>")), outcome="changed"),
    "20,000 amounts in one line": Case(
        reply=html(PAGE.format(more="<p>" + "$1 fee " * 20_000 + "</p>")), outcome="changed"
    ),
    "100,000 fees": Case(
        reply=lambda: html(PAGE.format(more="<p>" + "The fee is $1. " * 100_000 + "</p>")),
        outcome="failed",
        code="too_many",
    ),
    "2,000 fees of one name": Case(
        reply=lambda: html(
            PAGE.format(more="<p>" + " ".join(f"The filing fee is ${number}." for number in range(1, 2001)) + "</p>")
        ),
        outcome="changed",
    ),
    # JSON.
    "JSON nested 100,000 deep": Case(
        reply=typed(Format.JSON, b"[" * 100_000 + b"]" * 100_000), outcome="failed", code="not_json", form=Format.JSON
    ),
    "a number of a million digits": Case(
        reply=typed(Format.JSON, numbers("9" * 1_000_000)), outcome="failed", code="not_json", form=Format.JSON
    ),
    "a number beyond all": Case(
        reply=typed(Format.JSON, numbers("1e999999999")), outcome="failed", code="not_json", form=Format.JSON
    ),
    "numbers that are none": Case(
        reply=typed(Format.JSON, numbers("NaN")), outcome="layout_changed", code="reduced", form=Format.JSON
    ),
    "the same key twice, differing": Case(
        reply=typed(Format.JSON, rounds(1, 2, 3).replace(b'"classes"', b'"rounds": [], "classes"', 1)),
        outcome="unchanged",
        form=Format.JSON,
    ),
    "half a surrogate": Case(
        reply=typed(Format.JSON, rounds(1, 2, 3).replace(b'"General"', b'"General \\ud800"')),
        outcome="changed",
        form=Format.JSON,
    ),
    "a million keys": Case(
        reply=lambda: typed(Format.JSON, b"{%s}" % b",".join(b'"%d":1' % number for number in range(500_000))),
        outcome="layout_changed",
        code="reduced",
        form=Format.JSON,
    ),
    "a page where JSON is due": Case(reply=html(GOOD), outcome="failed", code="html_not_json", form=Format.JSON),
    "a spreadsheet's error": Case(
        reply=typed(Format.JSON, b"#N/A"), outcome="failed", code="placeholder", form=Format.JSON
    ),
}


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running, without_waits():
        yield running


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    """One for all, each case a source of its own in it."""
    with open_store("sqlite://", now=NOON) as opened:
        yield opened


class Desk(Struct, kw_only=True):
    """One source on one server and its store, read whenever asked to."""

    source: Source
    server: Loopback
    store: Store
    names: Names
    now: datetime = NOON

    def read(self) -> Check:
        return asyncio.run(self._read())

    async def _read(self) -> Check:
        self.now += timedelta(hours=1)
        dialled = dict.fromkeys((PUBLIC, OTHER_PUBLIC, "127.0.0.1", "10.0.0.1"), self.server.port)
        board = Board(sources={self.source.id: self.source})
        clock = FakeTime().clock()
        async with HttpFetcher(
            None, "1", SETTINGS, clock=clock, resolver=self.names, network=Rerouted(dialled)
        ) as door:
            checks = await check_sources(
                [self.source], fetcher=door, store=self.store, board=board, clock=lambda: self.now
            )
        return checks[0]

    def facts(self) -> dict[str, object]:
        return {known.fact.key: known.fact.value for known in self.store.facts(sources=[self.source.id])}


def desk_for(name: str, server: Loopback, store: Store) -> Desk:
    case = CASES[name]
    usual = {Format.HTML: "fees", Format.JSON: "draws", Format.PDF: "fees", Format.FEED: "notices"}[case.form]
    declarations = case.declarations or {usual: EXTRACTORS[usual].declaration()}
    source = Source(
        id=f"page-{list(CASES).index(name)}",
        publisher="Ministry",
        url=f"{HOST}/page",
        format=case.form,
        declarations=declarations,
        guards=case.guards,
        fetch=SETTINGS,
    )
    names = Names(official_example=[PUBLIC], other_example=[OTHER_PUBLIC], inside_example=["10.0.0.1"])
    names.answers["rebinding.example"] = ["127.0.0.1"]
    for number in ("10.0.0.1", "127.0.0.1", "169.254.169.254", "fd00:ec2::254", "::ffff:169.254.169.254"):
        names.answers[number] = [number]
    server.script("/page", typed(case.form, GOOD_BODIES[case.form]))
    server.script("/next", Reply(status=302, headers={"Location": "/next?again"}))
    return Desk(source=case.alter(source), server=server, store=store, names=names)


@pytest.mark.parametrize("name", CASES)
def test_hostile_response(name: str, server: Loopback, store: Store) -> None:
    case, desk = CASES[name], desk_for(name, server, store)
    assert desk.read().outcome == "first_seen"
    before = desk.facts()
    assert before
    server.script("/page", case.reply if isinstance(case.reply, Reply) else case.reply())
    began, memory = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    check = desk.read()
    spent = time.process_time() - began
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) * 1024
    assert (check.outcome.value, check.problem.code if check.problem else None) == (case.outcome, case.code)
    assert spent < MOST_SECONDS
    assert grown < MOST_MEMORY
    told = {one.event.kind for one in store.events(EventQuery(source=desk.source.id))}
    if case.outcome in BAD:
        assert desk.facts() == before
        assert {kind for kind in told if not kind.startswith(("source.", "page."))} == set()
    server.script("/page", typed(case.form, GOOD_BODIES[case.form]))
    assert desk.read().outcome.value in {"unchanged", "changed", "stale_copy"}
    assert before.keys() <= desk.facts().keys()


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 60
