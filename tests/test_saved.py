import gzip
import json
import os
from pathlib import Path

import pytest

from monitor.errors import UsageError
from monitor.model import Format, Snapshot, Source
from monitor.saved import SavedPage, Unreadable, load_snapshot, read_manifests

GOOD = {"source": "one", "fetched_at": "2026-02-01T00:00:00Z", "file": "page.html"}
SOURCE = Source(id="one", publisher="IRCC", url="https://www.example.org/one", format=Format.HTML)


def read(folder: Path, *lines: object) -> tuple[list[SavedPage], list[Unreadable]]:
    written = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path = folder / "manifest.jsonl"
    path.write_text("\n".join(written) + "\n", encoding="utf-8")
    return read_manifests([path])


def test_a_line_needs_source_time_and_file(tmp_path: Path) -> None:
    (page,), problems = read(tmp_path, GOOD)
    assert problems == []
    assert (page.source, page.place, page.status, page.gzipped) == ("one", "manifest.jsonl:1", 200, False)
    assert page.path == tmp_path / "page.html"


def test_every_key_of_a_line(tmp_path: Path) -> None:
    more = {
        "url": "https://www.example.org/there",
        "status": 404,
        "headers": {"ETag": "x", "Age": 3},
        "content_type": "text/html",
    }
    (page,), problems = read(tmp_path, GOOD | more | {"encoding": "gzip", "sha256": "unknown keys are let be"})
    assert problems == []
    assert (page.url, page.status, page.gzipped) == ("https://www.example.org/there", 404, True)
    assert page.headers == {"etag": "x", "age": "3", "content-type": "text/html"}


@pytest.mark.parametrize("key", ["url", "status", "headers", "content_type", "encoding"])
def test_null_is_as_good_as_absent(tmp_path: Path, key: str) -> None:
    (page,), problems = read(tmp_path, GOOD | {key: None})
    assert (page.status, page.gzipped, problems) == (200, False, [])


def test_lines_are_replayed_by_time(tmp_path: Path) -> None:
    pages, _ = read(tmp_path, GOOD, GOOD | {"fetched_at": "2026-01-31T20:00:00-03:00"}, GOOD | {"source": "a"})
    assert [page.place.rpartition(":")[2] for page in pages] == ["2", "3", "1"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"encoding": "brotli"}, "\"encoding\" 'brotli'; only gzip or identity"),
        ({"encoding": True}, '"encoding" that is not a text'),
        ({"status": "200"}, '"status" that is not a whole number'),
        ({"status": 200.5}, '"status" that is not a whole number'),
        ({"status": True}, '"status" that is not a whole number'),
        ({"status": 0}, '"status" 0, which is none of HTTP'),
        ({"status": 2000}, '"status" 2000, which is none of HTTP'),
        ({"fetched_at": 1769904000}, '"fetched_at" that is not a text'),
        ({"fetched_at": True}, '"fetched_at" that is not a text'),
        ({"fetched_at": "yesterday"}, "not an ISO 8601 time: 'yesterday'"),
        ({"fetched_at": "0001-01-01T00:00:00+14:00"}, "not an ISO 8601 time"),
        ({"fetched_at": ""}, 'has no "fetched_at"'),
        ({"source": 7}, '"source" that is not a text'),
        ({"source": False}, '"source" that is not a text'),
        ({"source": None}, 'has no "source"'),
        ({"file": ["page.html"]}, '"file" that is not a text'),
        ({"file": "a\0b"}, '"file" that is no file name'),
        ({"url": 3}, '"url" that is not a text'),
        ({"url": False}, '"url" that is not a text'),
        ({"content_type": ["text/html"]}, '"content_type" that is not a text'),
        ({"headers": "ETag: x"}, '"headers" that are not an object'),
        ({"headers": False}, '"headers" that are not an object'),
        ({"headers": {"ETag": ["x"]}}, '"headers" whose "ETag" is not a text'),
        ({"headers": {"ETag": True}}, '"headers" whose "ETag" is not a text'),
    ],
)
def test_what_is_wrong_with_a_line_is_told_and_the_rest_go_on(
    tmp_path: Path, change: dict[str, object], words: str
) -> None:
    pages, (problem,) = read(tmp_path, "", GOOD | change, GOOD)
    assert [page.place for page in pages] == ["manifest.jsonl:3"]
    assert (problem.code, problem.place) == ("manifest_line", "manifest.jsonl:2")
    assert words in problem.message
    assert problem.message.startswith("manifest.jsonl:2: ")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "is not JSON"),
        ("[1]", "is not a JSON object"),
        ("3", "is not a JSON object"),
        ("[" * 100_000, "is not JSON"),
        ("9" * 5000, "is not JSON"),
    ],
)
def test_what_is_no_object_is_told(tmp_path: Path, line: str, words: str) -> None:
    pages, (problem,) = read(tmp_path, line, GOOD)
    assert len(pages) == 1
    assert (problem.code, problem.place, problem.source) == ("manifest_line", "manifest.jsonl:1", None)
    assert words in problem.message


def test_a_manifest_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_manifests([tmp_path / "none.jsonl"])


@pytest.mark.parametrize("encoding", [None, "identity", "gzip"])
def test_bytes_come_unpacked(tmp_path: Path, encoding: str | None) -> None:
    body = b"<p>The fee is $5.</p>"
    (tmp_path / "page.html").write_bytes(gzip.compress(body) if encoding == "gzip" else body)
    (page,), _ = read(tmp_path, GOOD | ({"encoding": encoding} if encoding else {}))
    snapshot = load_snapshot(page, SOURCE)
    assert isinstance(snapshot, Snapshot)
    assert (snapshot.body, snapshot.final_url) == (body, SOURCE.url)


@pytest.mark.parametrize(
    ("body", "code"),
    [(None, "file_missing"), (b"not packed", "file_unreadable"), (gzip.compress(b"x" * 99)[:-9], "file_unreadable")],
)
def test_bytes_that_cannot_be_had(tmp_path: Path, body: bytes | None, code: str) -> None:
    if body is not None:
        (tmp_path / "page.html").write_bytes(body)
    (page,), _ = read(tmp_path, GOOD | {"encoding": "gzip"})
    problem = load_snapshot(page, SOURCE)
    assert isinstance(problem, Unreadable)
    assert (problem.code, problem.place) == (code, "manifest.jsonl:1")


def test_only_ordinary_files_are_read_for_others_would_wait_for_ever(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    pages, _ = read(tmp_path, *(GOOD | {"file": name} for name in ("pipe", "folder", "/dev/zero")))
    problems = [load_snapshot(page, SOURCE) for page in pages]
    assert [problem.code for problem in problems if isinstance(problem, Unreadable)] == ["file_unreadable"] * 3
    assert "no ordinary file" in str(problems[0])


def test_a_file_may_stand_anywhere_the_caller_can_read(tmp_path: Path) -> None:
    """Whoever runs the command names the manifest, and no file that only others may read comes within reach."""
    (tmp_path / "page.html").write_bytes(b"<p>$5</p>")
    (tmp_path / "inner").mkdir()
    pages, _ = read(tmp_path / "inner", *(GOOD | {"file": name} for name in ("../page.html", f"{tmp_path}/page.html")))
    assert all(isinstance(load_snapshot(page, SOURCE), Snapshot) for page in pages)
