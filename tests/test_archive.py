"""WARC in and out: a source's past carried to another database, captures of web archives taken in, open data."""

import csv
import gzip
import http.client
import io
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import zstandard
from loopback import Loopback, Reply
from program import Program
from warcio.capture_http import capture_http
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from monitor.cli.program import run
from monitor.demo import played
from storage.unpacking import unpack
from storage.warc_reading import Leftovers, read_warc

URL = "https://www.example.org/fees/"
CONFIG = f"""
[[source]]
id = "fees"
publisher = "P"
url = "{URL}"
format = "html"
every = "6h"
extract = ["fees"]
"""


def page(amount: int, note: str = "") -> bytes:
    return f"<html lang=en><main><h1>Fees</h1><p>Application fee: ${amount} CAD</p></main>{note}</html>".encode()


@pytest.fixture
def program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Program:
    config = tmp_path / "sources.toml"
    config.write_text(CONFIG)
    return Program(capsys=capsys, database=tmp_path / "kept.db", config=config)


def content(program: Program) -> dict[str, Any]:
    """All that makes up the history: versions, facts over time, events."""
    names = [item["id"] for item in program("status", "--json").json if item["checks"]]
    return {
        "versions": [program("versions", name, "--json").json for name in names],
        "facts": program("facts", "--json").json,
        "events": [program("history", "--state", state, "--json").json for state in ("confirmed", "retracted")],
    }


def digests(program: Program) -> list[tuple[str, ...]]:
    """What the reads whose bytes were not kept are known by."""
    with closing(sqlite3.connect(program.database)) as raw:
        return raw.execute("SELECT source, checked_at, body FROM check_ ORDER BY 1, 2, 3").fetchall()


def carried(program: Program, to: Path) -> Program:
    """A fresh database that read the export of this one."""
    warc = to / "all.warc.gz"
    assert program("export", "--warc", "-o", warc).code == 0
    other = Program(capsys=program.capsys, database=to / "other.db", config=program.config)
    answer = other("import", warc, "--json")
    assert answer.code in {0, 1}, answer.err
    return other


def test_the_demo_carried_over_has_the_same_versions_facts_and_events(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with played(tmp_path / "demo") as (app, _):
        program = Program(capsys=capsys, database=tmp_path / "demo" / "demo.db", config=app.config_file)
    other = carried(program, tmp_path)
    assert content(other) == content(program)
    again = other("import", tmp_path / "all.warc.gz", "--json")
    assert again.json == []
    (tmp_path / "back").mkdir()
    assert other("export", "--warc", "-o", tmp_path / "back" / "all.warc.gz").code == 0
    names = ("all.warc.gz", "back/all.warc.gz")
    first, second = (gzip.decompress((tmp_path / name).read_bytes()) for name in names)
    assert len(first) == len(second)


def test_the_real_copies_carried_over_have_the_same_versions_facts_and_events(
    real: Path, tmp_path: Path, stilltrue: Program
) -> None:
    lines: dict[str, list[dict[str, Any]]] = {}
    for line in map(json.loads, (real / "manifest.jsonl").read_text().splitlines()):
        lines.setdefault(line["source"], []).append(line)
    sample = {"ircc-ee-rounds": 2, "ircc-processing-times": 12, "bcpnp-invitations": 1, "ircc-crs": 1, "esdc-gts": 1}
    chosen = [line for source, count in sample.items() for line in lines[source][-count:]]
    for line in chosen:
        line["file"] = str(real / line["file"])
    (tmp_path / "manifest.jsonl").write_text("\n".join(map(json.dumps, chosen)))
    stilltrue("import", tmp_path / "manifest.jsonl")
    other = carried(stilltrue, tmp_path)
    assert content(other) == content(stilltrue)
    assert digests(other) == digests(stilltrue)


def test_other_tools_find_the_export_sound(program: Program, tmp_path: Path) -> None:
    for day, body in enumerate((page(100), page(200), b"\x00\xff not a page"), start=1):
        (tmp_path / f"{day}.html").write_bytes(body)
    line = (
        '{{"source": "fees", "fetched_at": "2026-01-0{0}T00:00:00.5Z", "file": "{0}.html", "headers": {{"ETag": "é"}}}}'
    )
    (tmp_path / "m.jsonl").write_text("\n".join(line.format(day) for day in (1, 2, 3)))
    program("import", tmp_path / "m.jsonl")
    for name in ("all.warc", "all.warc.gz", "again.warc.gz"):
        assert program("export", "fees", "--warc", "-o", tmp_path / name).code == 0
        checked = subprocess.run(
            [sys.executable, "-m", "warcio.cli", "check", "-v", str(tmp_path / name)], capture_output=True, check=False
        )
        assert checked.returncode == 0, checked.stdout
        assert b"digest pass" in checked.stdout
    assert (tmp_path / "all.warc.gz").read_bytes() == (tmp_path / "again.warc.gz").read_bytes()
    refused = program("export", "fees", "--warc", "-o", tmp_path / "all.warc")
    assert (refused.code, "never overwrites" in refused.err) == (2, True)


class Archive:
    """A WARC as crawlers and web archives write it."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._writer = WARCWriter(self._file, gzip=path.suffix == ".gz", warc_version="WARC/1.0")

    def add(
        self, url: str, at: str, body: bytes = b"", *, status: str = "200 OK", kind: str = "response", **more: str
    ) -> None:
        told = {"WARC-Date": at, **{name.replace("_", "-"): value for name, value in more.items() if name[0] == "W"}}
        sent = [(name.replace("_", "-"), value) for name, value in more.items() if name[0] != "W"]
        http = StatusAndHeaders(status, [("Content-Type", "text/html"), *sent], protocol="HTTP/1.1")
        payload = None if kind == "revisit" else io.BytesIO(body)
        record = self._writer.create_warc_record(
            url, kind, payload=payload, length=len(body), http_headers=http, warc_headers_dict=told
        )
        self._writer.write_record(record)

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._file.tell()

    def close(self) -> None:
        self._file.close()


@pytest.mark.parametrize("name", ["captures.warc", "captures.warc.gz"])
def test_captures_of_a_web_archive_fill_a_sources_past(program: Program, tmp_path: Path, name: str) -> None:
    archive = Archive(tmp_path / name)
    archive.add("http://www.example.org/fees", "2025-01-01T00:00:00Z", page(100))
    archive.add(
        "https://example.org:443/fees/", "2025-02-01T00:00:00Z", gzip.compress(page(110)), Content_Encoding="gzip"
    )
    chunked = page(120)
    archive.add(
        "https://web.archive.org/web/20250301000000id_/https://www.example.org/fees/",
        "2025-03-01T00:00:00Z",
        b"%x\r\n%b\r\n0\r\n\r\n" % (len(chunked), chunked),
        Transfer_Encoding="chunked",
    )
    archive.add(
        "https://www.example.org/fees/",
        "2025-04-01T00:00:00Z",
        kind="revisit",
        WARC_Refers_To_Target_URI="http://www.example.org/fees",
        WARC_Refers_To_Date="2025-01-01T00:00:00Z",
        WARC_Profile="http://netpreserve.org/warc/1.0/revisit/identical-payload-digest",
    )
    archive.add("https://www.example.org/fees", "2025-05-01T00:00:00Z", status="301 Moved", Location="/fees/")
    archive.add("https://www.example.org/style.css", "2025-05-01T00:00:00Z", b"body {}")
    archive.add("https://www.example.org/fees/?print=1", "2025-05-01T00:00:00Z", page(999))
    archive.add("https://www.example.org/fees/", "2025-06-01T00:00:00Z", page(130), Set_Cookie="secret=1")
    archive.add(
        "https://www.example.org/fees/",
        "2025-07-01T00:00:00Z",
        kind="revisit",
        WARC_Refers_To_Date="2019-01-01T00:00:00Z",
        WARC_Payload_Digest="sha1:NOWHERE",
    )
    archive.close()
    answer = program("import", tmp_path / name, "--json")
    read = [(item["checked_at"][:10], item["outcome"]) for item in answer.json if item["outcome"] != "failed"]
    assert read == [
        ("2025-01-01", "first_seen"),
        ("2025-02-01", "changed"),
        ("2025-03-01", "changed"),
        ("2025-04-01", "changed"),
        ("2025-06-01", "changed"),
    ]
    (lost,) = [item for item in answer.json if item["outcome"] == "failed"]
    assert "not in this file" in lost["problem"]["message"]
    assert "2 record(s) of addresses that no source has" in answer.err
    assert "style.css" in answer.err
    assert "1 redirect(s) skipped" in answer.err
    history = program("history", "--kind", "fee", "--json").json
    assert [(event["observed_at"][:10], event["new"]["amount"]) for event in reversed(history)] == [
        ("2025-02-01", "110"),
        ("2025-03-01", "120"),
        ("2025-04-01", "100"),
        ("2025-06-01", "130"),
    ]
    exported = tmp_path / "out.warc"
    program("export", "--warc", "-o", exported)
    assert b"secret=1" not in exported.read_bytes()


PACKED = {
    "gzip": gzip.compress,
    "br": lambda body: pytest.importorskip("brotli").compress(body),
    "zstd": zstandard.compress,
}


@pytest.mark.parametrize("packing", PACKED)
def test_what_another_program_captured_is_read(program: Program, tmp_path: Path, packing: str) -> None:
    """Several sources, requests beside responses, chunks and packings, as they come over the wire."""
    with Loopback() as server, capture_http(str(tmp_path / "captured.warc.gz")):
        addresses = [server.url(path) for path in ("/fees", "/second", "/style.css")]
        for path, amount in (("/fees", 100), ("/second", 500)):
            packed = PACKED[packing](page(amount))
            headers = {"Content-Type": "text/html", "Content-Encoding": packing}
            server.script(path, Reply(headers=headers, chunks=(packed[:9], packed[9:])))
        server.script("/style.css", Reply(body=b"body {}"))
        for address in addresses:
            host, _, path = address.removeprefix("http://").partition("/")
            asking = http.client.HTTPConnection(host)
            asking.request("GET", f"/{path}")
            asking.getresponse().read()
            asking.close()
    assert program.config is not None
    second = CONFIG.replace('"fees"\npub', '"second"\npub')
    settings = [part.replace(URL, address) for part, address in zip((CONFIG, second), addresses, strict=False)]
    program.config.write_text("".join(settings))
    answer = program("import", tmp_path / "captured.warc.gz", "--json")
    assert answer.code == 0, answer.err
    assert [(item["source"], item["outcome"]) for item in answer.json] == [
        ("fees", "first_seen"),
        ("second", "first_seen"),
    ]
    assert [fact["value"]["amount"] for fact in program("facts", "--json").json] == ["100", "500"]
    assert "1 record(s) of addresses that no source has" in answer.err
    assert "/style.css" in answer.err


@pytest.mark.parametrize("packing", PACKED)
def test_half_a_packed_body_is_never_taken_for_the_whole(packing: str) -> None:
    body = b"".join(b"Fee %d: $%d CAD\n" % (number, number * number) for number in range(3000))
    packed = PACKED[packing](body)
    assert unpack(packed, packing, len(body)) == body
    assert unpack(body, packing, len(body)) == body  # whoever kept it had unpacked it
    with pytest.raises((EOFError, ValueError)):
        unpack(packed[: len(packed) // 2], packing, len(body))
    with pytest.raises(ValueError, match="larger than max_bytes"):
        unpack(packed, packing, len(body) - 1)


def test_a_capture_packed_in_an_unknown_way_is_left_out_and_the_rest_read(program: Program, tmp_path: Path) -> None:
    archive = Archive(tmp_path / "a.warc")
    archive.add(URL, "2025-01-01T00:00:00Z", page(100))
    archive.add(URL, "2025-02-01T00:00:00Z", b"\x01\x02", Content_Encoding="sdch")
    archive.add(URL, "2025-03-01T00:00:00Z", page(100), Content_Encoding="gzip")  # unpacked by who captured it
    archive.add(URL, "2025-04-01T00:00:00Z", page(130), kind="resource")
    archive.close()
    answer = program("import", tmp_path / "a.warc", "--json")
    assert [item["outcome"] for item in answer.json if item["outcome"] != "failed"] == [
        "first_seen",
        "unchanged",
        "changed",
    ]
    (lost,) = [item for item in answer.json if item["outcome"] == "failed"]
    assert "packed as 'sdch'" in lost["problem"]["message"]


def test_older_captures_are_filed_in_their_place(program: Program, tmp_path: Path) -> None:
    (tmp_path / "now.html").write_bytes(page(200))
    (tmp_path / "m.jsonl").write_text('{"source": "fees", "fetched_at": "2026-01-01T00:00:00Z", "file": "now.html"}')
    program("import", tmp_path / "m.jsonl")
    archive = Archive(tmp_path / "past.warc.gz")
    archive.add("https://www.example.org/fees/", "2025-01-01T00:00:00Z", page(100))
    archive.close()
    assert program("import", tmp_path / "past.warc.gz").code == 0
    (event,) = program("history", "--kind", "fee.changed", "--json").json
    assert (event["observed_at"][:10], event["cause"], event["old"]["amount"]) == ("2026-01-01", "reextraction", "100")
    assert {item["code"] for item in program("doctor", "--json").json} <= {"source_overdue"}
    # A fresh database has all pages from the start: it finds the same by content.
    other = carried(program, tmp_path)
    (found,) = other("history", "--kind", "fee.changed", "--json").json
    assert found == {**event, "cause": "content"}
    assert content(other)["facts"] == content(program)["facts"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw[: len(raw) // 2],
        lambda raw: b"WARC/1.0\r\n" + raw[40:],
        lambda raw: raw[:300] + b"\xff" * 90 + raw[390:],
    ],
    ids=["cut off", "no header", "garbled"],
)
def test_a_damaged_warc_is_said_to_be_one(program: Program, tmp_path: Path, damage: Any) -> None:
    archive = Archive(tmp_path / "a.warc")
    archive.add("https://www.example.org/fees/", "2025-01-01T00:00:00Z", page(100))
    archive.add("https://www.example.org/fees/", "2025-02-01T00:00:00Z", page(110))
    archive.close()
    (tmp_path / "a.warc").write_bytes(damage((tmp_path / "a.warc").read_bytes()))
    answer = program("import", tmp_path / "a.warc", "--json")
    assert answer.code in {0, 1}, answer.err
    assert "Traceback" not in answer.err


def archived(path: Path) -> list[int]:
    """Three captures in this file; returns where each of them ends."""
    archive, ends = Archive(path), []
    for month in (1, 2, 3):
        archive.add(URL, f"2025-0{month}-01T00:00:00Z", page(100 + month))
        ends.append(archive.size)
    archive.close()
    return ends


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
def test_a_warc_cut_off_anywhere_gives_whole_pages_and_says_so(tmp_path: Path, name: str) -> None:
    ends, path = archived(tmp_path / name), tmp_path / name
    raw = path.read_bytes()
    # Behind its last byte a record has a mark of its end: two empty lines, a checksum.
    marks = {end - step for end in ends for step in range(13)}
    for cut in range(ends[0] - 12, len(raw) + 1):
        path.write_bytes(raw[:cut])
        leftovers = Leftovers()
        bodies = [found.load(1_000) for found in read_warc(path, {"fees": [URL]}, leftovers) if found.load]
        whole = sum(end <= cut for end in ends)
        assert bodies in [[page(100 + month) for month in (1, 2, 3)[:most]] for most in (whole, whole + 1)]
        assert len(leftovers.unreadable) == 1 or cut in marks
        assert all(place.startswith(f"{name}@") for place, _ in leftovers.unreadable)


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
def test_nothing_is_imported_of_a_capture_that_is_cut_off(program: Program, tmp_path: Path, name: str) -> None:
    ends, path = archived(tmp_path / name), tmp_path / name
    raw = path.read_bytes()
    path.write_bytes(raw[: ends[2] - 30])
    answer = program("import", path)
    assert answer.code == 1
    assert f"{name}@{ends[1]}: the file ends" in answer.err
    assert f"byte {ends[2] - 30}" in answer.err
    (told,) = program("import", path, "--json").json
    assert (told["outcome"], told["problem"]["code"]) == ("failed", "warc_record")
    assert [item["seen_at"][:7] for item in program("versions", "fees", "--json").json] == ["2025-02", "2025-01"]
    path.write_bytes(raw)
    assert program("import", path).code == 0
    assert [fact["value"]["amount"] for fact in program("facts", "--json").json] == ["103"]


def test_a_read_whose_bytes_were_cut_off_is_told_of(program: Program, tmp_path: Path) -> None:
    (tmp_path / "1.html").write_bytes(page(100))
    line = {"source": "fees", "fetched_at": "2026-01-01T00:00:00Z", "file": "1.html"}
    (tmp_path / "m.jsonl").write_text(json.dumps(line))
    program("import", tmp_path / "m.jsonl")
    program("export", "fees", "--warc", "-o", tmp_path / "all.warc")
    raw = (tmp_path / "all.warc").read_bytes()
    last = raw.rindex(b"WARC/1.1\r\n")
    (tmp_path / "cut.warc").write_bytes(raw[:last])
    other = Program(capsys=program.capsys, database=tmp_path / "other.db", config=program.config)
    answer = other("import", tmp_path / "cut.warc")
    assert answer.code == 1
    assert "fees at 2026-01-01" in answer.err


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("a.warc.gz", b"", "it is empty"),
        ("a.warc", b"", "it is empty"),
        ("a.warc.gz", b"<html>\n<p>Not found</p>\n</html>\n", "as neither a WARC nor gzip"),
        ("a.warc", b"<html>\n<p>Not found</p>\n</html>\n", "as neither a WARC nor gzip"),
        ("a.warc.gz", gzip.compress(b"<html>\n</html>\n"), "packed with gzip"),
        ("captures.gz", gzip.compress(b"{}\n{}\n"), "packed with gzip"),
        ("a.warc.gz", gzip.compress(b"WARC/1.0\r\n")[:11], "unpacked"),
        ("a.warc.gz", b"\x1f\x8b" + b"\xff" * 40, "unpacked"),
        ("a.warc.gz", gzip.compress(b"")[:10] + b"\xff" * 40, "unpacked"),
    ],
    ids=["empty", "empty, plain", "page", "page, plain", "packed page", "packed manifest", "cut", "bad", "bad within"],
)
def test_what_is_called_a_warc_and_is_none_is_said_to_be_none(
    program: Program, tmp_path: Path, name: str, raw: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(raw)
    answer = program("import", tmp_path / name)
    assert answer.code == 2
    assert f"{tmp_path / name}: is no WARC" in answer.err
    assert said in answer.err
    assert len(answer.err.splitlines()) <= 4


def test_open_data_is_what_the_commands_say(program: Program, tmp_path: Path) -> None:
    trick = b"<table><tr><th>Fee</th><th>Amount</th></tr><tr><td>=HYPERLINK(1) fee</td><td>$10 CAD</td></tr></table>"
    bodies = (page(100), page(200, trick.decode()))
    lines = []
    for day, body in enumerate(bodies, start=1):
        (tmp_path / f"{day}.html").write_bytes(body)
        lines.append(f'{{"source": "fees", "fetched_at": "2026-01-0{day}T00:00:00Z", "file": "{day}.html"}}')
    (tmp_path / "m.jsonl").write_text("\n".join(lines))
    program("import", tmp_path / "m.jsonl")
    out = tmp_path / "open"
    answer = program("export", "-o", out, "--json")
    assert answer.code == 0, answer.err
    events = [json.loads(line) for line in (out / "events.jsonl").read_text().splitlines()]
    told = program("history", "--json").json
    assert [event["id"] for event in events] == [event["id"] for event in reversed(told)]
    assert [event["new"] for event in events] == [event["new"] for event in reversed(told)]
    with (out / "facts.csv").open(newline="", encoding="utf-8") as file:
        facts = list(csv.DictReader(file))
    assert [json.loads(fact["value"])["amount"] for fact in facts if "application" in fact["key"]] == ["100", "200"]
    assert [fact["current"] for fact in facts if "application" in fact["key"]] == ["0", "1"]
    texts = [io.StringIO(name.read_text(encoding="utf-8"), newline="") for name in out.glob("*.csv")]
    cells = [cell for text in texts for row in csv.reader(text) for cell in row]
    assert not [cell for cell in cells if cell[:1] in {"=", "+", "-", "@"}]
    with closing(sqlite3.connect(out / "open-data.db")) as database:
        rows = database.execute("SELECT count(*), sum(current) FROM facts").fetchone()
        assert rows == (len(facts), len(program("facts", "--json").json))
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found = database.execute("SELECT count(*) FROM facts_fts WHERE facts_fts MATCH 'application'").fetchone()
        assert found == (2,)
        columns = {
            (table, column[1])
            for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            if "fts" not in table
            for column in database.execute(f"PRAGMA table_info({table})").fetchall()
        }
    dictionary = (out / "DICTIONARY.md").read_text()
    assert all(f"| `{column}` |" in dictionary and f"## {table}" in dictionary for table, column in columns)
    metadata = json.loads((out / "metadata.json").read_text())
    assert set(metadata["databases"]["open-data"]["tables"]) == {table for table, _ in columns}
    assert program("export", "-o", out).code == 2
    assert program("export", "-o", tmp_path / "x", "--format", "xls").code == 2
    assert program("export").code == 2
    assert run(["export", "--help"]) == 0
