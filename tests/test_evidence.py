"""Evidence packs: they hold what they say, anybody can check them, and no altered byte stays unseen."""

import io
import json
import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from program import Program

from monitor.evidence.checking import check_files, check_zip
from monitor.evidence.marking import find_passage
from monitor.evidence.packing import MANIFEST, SUMS, WARC, sums, zipped

CONFIG = """
[[source]]
id = "fees"
publisher = "P"
title = "Fees"
url = "https://www.example.org/fees"
format = "html"
every = "24h"
extract = ["fees"]
"""
GUIDE = """
id = "moving"
title = "Moving"

[[assumption]]
id = "fee"
claim = "Applying costs 200 dollars."
sources = ["fees"]
expect = { fact = "fee:*application*", equals = 200 }
"""
PAGE = "<html lang=en><main><h1>Fees</h1><p>Application fee: ${} CAD</p><script>alert(1)</script></main></html>"


@pytest.fixture
def program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Program:
    config = tmp_path / "sources.toml"
    config.write_text(CONFIG)
    (tmp_path / "guides").mkdir()
    (tmp_path / "guides" / "moving.toml").write_text(GUIDE)
    program = Program(capsys=capsys, database=tmp_path / "kept.db", config=config)
    lines = []
    for day, amount in enumerate((100, 200, 200, None, 200, 200), start=1):
        (tmp_path / f"{day}.html").write_text("" if amount is None else PAGE.format(amount))
        line = {"source": "fees", "fetched_at": f"2026-01-0{day}T12:00:00Z", "file": f"{day}.html"}
        lines.append(json.dumps({**line, "headers": {"Content-Type": "text/html", "X-Name": "é"}}))
    (tmp_path / "m.jsonl").write_text("\n".join(lines))
    program("import", tmp_path / "m.jsonl")
    return program


def pack(program: Program, to: Path, *asked: str) -> bytes:
    answer = program("evidence", *asked, "--no-pictures", "-o", to)
    assert answer.code == 0, answer.err
    assert program("evidence", "check", to, "--json").json == []
    return to.read_bytes()


def change(program: Program) -> str:
    (event,) = program("history", "--kind", "fee.changed", "--json").json
    return str(event["id"])


def unpacked(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as whole:
        return {name: whole.read(name) for name in whole.namelist()}


def test_the_pack_of_a_change_holds_both_pages_their_words_and_the_chain(program: Program, tmp_path: Path) -> None:
    files = unpacked(pack(program, tmp_path / "e.zip", "--event", change(program)))
    assert json.loads(files["event.json"])["new"]["amount"] == "200"
    assert ">>>" in files["before.txt"].decode()
    assert "$100" in files["before.txt"].decode()
    assert "$200" in files["after.txt"].decode()
    assert "Application fee: $100 CAD" in files["index.html"].decode()
    assert "<script" not in files["index.html"].decode()
    assert len(files["chain-fees.jsonl"].splitlines()) == 7
    (tmp_path / "p.warc").write_bytes(files[WARC])
    checked = subprocess.run([sys.executable, "-m", "warcio.cli", "check", str(tmp_path / "p.warc")], check=False)
    assert checked.returncode == 0


def test_sha256sum_alone_checks_the_unpacked_pack(program: Program, tmp_path: Path) -> None:
    raw = pack(program, tmp_path / "s.zip", "--source", "fees", "--at", "2026-01-01")
    folder = tmp_path / "out"
    with zipfile.ZipFile(io.BytesIO(raw)) as whole:
        whole.extractall(folder)
    tool = shutil.which("sha256sum")
    assert tool is not None
    assert subprocess.run([tool, "-c", SUMS], cwd=folder, check=False, capture_output=True).returncode == 0
    assert program("evidence", "check", folder).code == 0
    (folder / "page.txt").write_text("other words")
    assert subprocess.run([tool, "-c", SUMS], cwd=folder, check=False, capture_output=True).returncode != 0
    answer = program("evidence", "check", folder, "--json")
    assert (answer.code, [item["subject"] for item in answer.json]) == (1, ["page.txt"])


def test_the_same_question_gives_the_same_files(program: Program, tmp_path: Path) -> None:
    first, second = (
        unpacked(pack(program, tmp_path / name, "--event", change(program))) for name in ("1.zip", "2.zip")
    )
    dated = {MANIFEST, SUMS, "index.html"}
    assert {name for name in first if first[name] != second[name]} <= dated


def test_silence_is_proved_with_its_gaps(program: Program, tmp_path: Path) -> None:
    asked = ("--assumption", "moving/fee", "--since", "2026-01-02T12:00:00Z", "--until", "2026-01-06T12:00:00Z")
    files = unpacked(pack(program, tmp_path / "a.zip", *asked))
    (page,) = json.loads(files["silence.json"])["pages"]
    assert (page["reads"], page["good"], page["changes"]) == (5, 4, [])
    (gap,) = page["gaps"]
    assert (gap["since"], gap["until"], gap["failed"]) == ("2026-01-03T12:00:00Z", "2026-01-05T12:00:00Z", 1)
    assert "was read 5 times between 2 January 2026, 12:00 UTC and 6 January 2026, 12:00 UTC" in page["words"]
    assert "No change was found." in page["words"]
    assert json.loads(files["assumption.json"])["verdict"] == "holds"
    whole = ("--assumption", "fee", "--since", "2026-01-01", "--until", "2026-01-06")
    (page,) = json.loads(unpacked(pack(program, tmp_path / "b.zip", *whole))["silence.json"])["pages"]
    assert page["changes"] == ["2026-01-02T12:00:00Z"]


def test_the_report_says_how_the_pages_were_read(program: Program, tmp_path: Path) -> None:
    program("verify", "-o", tmp_path / "report.html")
    report = (tmp_path / "report.html").read_text()
    assert "Fees was read 5 times between 2 January 2026, 12:00 UTC and 6 January 2026, 12:00 UTC" in report
    assert "Daily root" in report or "no daily root" in report
    assert "Links 2 to 6 of its chain; the digest of the last is" in report
    refused = program("verify", "-o", tmp_path / "nowhere" / "report.html")
    assert (refused.code, "cannot be written" in refused.err) == (2, True)
    program("verify", "--at", "2026-01-01", "-o", tmp_path / "then.html")
    assert "Fees was read once on 1 January 2026, 12:00 UTC" in (tmp_path / "then.html").read_text()


def flipped(raw: bytes, place: int, rng: random.Random) -> bytes:
    return raw[:place] + bytes([raw[place] ^ (1 << rng.randrange(8))]) + raw[place + 1 :]


def test_any_flipped_bit_of_a_pack_is_found(program: Program, tmp_path: Path) -> None:
    raw = pack(program, tmp_path / "e.zip", "--event", change(program))
    rng = random.Random(20260101)  # noqa: S311 - repeatable
    for _ in range(400):
        damaged = flipped(raw, rng.randrange(len(raw)), rng)
        assert "error" in {one.severity for one in check_zip(damaged)}, "a flipped bit was not found"
    assert check_zip(raw) == []


def repack(raw: bytes, *, folder: str = "", compress: int = zipfile.ZIP_DEFLATED) -> bytes:
    """What another program makes of the unpacked files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compress) as pack:
        if folder:
            pack.writestr(zipfile.ZipInfo(folder, date_time=(2026, 5, 1, 9, 0, 0)), b"")
        for name, content in sorted(unpacked(raw).items(), reverse=True):
            entry = zipfile.ZipInfo(folder + name, date_time=(2026, 5, 1, 9, 0, 0))
            pack.writestr(entry, content, compress)
    return stream.getvalue()


@pytest.mark.parametrize("folder", ["", "fee-pack/"])
@pytest.mark.parametrize("compress", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_a_pack_that_another_program_packed_anew_is_no_alarm(
    program: Program, tmp_path: Path, folder: str, compress: int
) -> None:
    raw = pack(program, tmp_path / "e.zip", "--event", change(program))
    (tmp_path / "again.zip").write_bytes(repack(raw, folder=folder, compress=compress))
    answer = program("evidence", "check", tmp_path / "again.zip", "--json")
    assert (answer.code, [(item["code"], item["severity"]) for item in answer.json]) == (0, [("repacked", "info")])
    assert "alters none of them" in program("evidence", "check", tmp_path / "again.zip").out
    forged = repack(zipped({**unpacked(raw), "after.txt": b"other words"}), folder=folder, compress=compress)
    assert [(one.code, one.subject) for one in check_zip(forged)] == [("altered_file", "after.txt")]


@pytest.mark.parametrize(
    "damage",
    [lambda raw: raw + b"\n", lambda raw: raw[:-1], lambda raw: b"\n" + raw, lambda raw: raw[:1000] + raw[1001:]],
)
def test_bytes_that_were_lost_or_came_in_are_found(
    program: Program, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    raw = pack(program, tmp_path / "e.zip", "--event", change(program))
    assert "error" in {one.severity for one in check_zip(damage(raw))}


def test_every_file_of_a_pack_is_named_when_it_is_altered_dropped_or_added(program: Program, tmp_path: Path) -> None:
    files = unpacked(pack(program, tmp_path / "e.zip", "--event", change(program)))
    rng = random.Random(1)  # noqa: S311 - repeatable
    for name, content in files.items():
        altered = check_files({**files, name: flipped(content, rng.randrange(len(content)), rng)})
        assert name in {one.subject for one in altered}, name
        dropped = check_files({other: files[other] for other in files if other != name})
        assert name in {one.subject for one in dropped}, name
    assert [one.subject for one in check_files({**files, "more.txt": b""})] == ["more.txt"]


Forgery = Callable[[dict[str, bytes]], None]


def forge_page(files: dict[str, bytes]) -> None:
    files[WARC] = files[WARC].replace(b"$200", b"$999")


def forge_chain(files: dict[str, bytes]) -> None:
    files["chain-fees.jsonl"] = files["chain-fees.jsonl"].replace(b'"unchanged"', b'"failed"')


@pytest.mark.parametrize("forge", [forge_page, forge_chain])
def test_a_forger_who_makes_the_sums_anew_is_found_by_the_chain(
    program: Program, tmp_path: Path, forge: Forgery
) -> None:
    files = unpacked(pack(program, tmp_path / "e.zip", "--event", change(program)))
    forge(files)
    manifest = json.loads(files[MANIFEST])
    for item in manifest["files"]:
        from_now_on = sums({item["name"]: files[item["name"]]}).decode()
        item["sha256"] = from_now_on.partition("  ")[0]
    files[MANIFEST] = json.dumps(manifest).encode()
    files[SUMS] = sums(files)
    assert {one.code for one in check_zip(zipped(files))} & {"page_differs", "chain_broken", "altered_file"}


@pytest.mark.parametrize("name", ["../evil.txt", "/etc/evil", "a/b.txt", "..\\evil.txt", "C:evil", "\x00"])
def test_names_that_lead_elsewhere_are_refused(program: Program, tmp_path: Path, name: str) -> None:
    files = unpacked(pack(program, tmp_path / "e.zip", "--event", change(program)))
    found = check_zip(zipped({**files, name: b"x"}))
    assert {one.code for one in found} & {"strange_name", "no_zip", "altered_file"}
    assert not (tmp_path / "evil.txt").exists()


def test_a_bomb_is_not_unpacked(tmp_path: Path, program: Program) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("zeros.txt", bytes(10_000))
        bomb.infolist()[0].file_size = 600_000_000
    assert [one.code for one in check_zip(stream.getvalue())] == ["too_large"]
    (tmp_path / "letter.zip").write_text("dear friend")
    answer = program("evidence", "check", tmp_path / "letter.zip", "--json")
    assert (answer.code, answer.json[0]["code"]) == (1, "no_zip")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Name one of"),
        (("--event", "nothing"), "There is no event"),
        (("--assumption", "nothing"), "There is no assumption"),
        (("--source", "fees", "--at", "2020-01-01"), "has not been read by"),
        (("--source", "fees", "--since", "2020-01-01"), "goes with"),
        (("--assumption", "fee", "--since", "2026-02-01", "--until", "2026-01-01"), "must be before"),
    ],
)
def test_wrong_questions_are_answered_with_the_way_out(
    program: Program, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    answer = program("evidence", *arguments, "-o", tmp_path / "x.zip")
    assert answer.code == 2
    assert words in answer.err


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no Chromium on this machine")
def test_the_stored_page_is_printed_and_photographed_where_there_is_a_browser(program: Program, tmp_path: Path) -> None:
    assert program("evidence", "--source", "fees", "-o", tmp_path / "p.zip").code == 0
    files = unpacked((tmp_path / "p.zip").read_bytes())
    assert files["page.pdf"].startswith(b"%PDF")
    assert files["page.png"].startswith(b"\x89PNG")
    assert 'src="page.png"' in files["index.html"].decode()


def test_a_passage_is_found_whatever_stands_between_its_words() -> None:
    text = "Fees\nApplication |  $1,750\u00a0CAD\nOther"
    found = find_passage(text, "Application $1,750 CAD")
    assert (found.before, found.after) == ("Fees\n", "\nOther")
    assert find_passage(text, "not there").quoted == ""
    assert find_passage(text, None).marked() == text
