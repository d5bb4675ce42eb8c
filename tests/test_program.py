"""What users type and what they get: exit codes, messages, JSON, pipes."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from loopback import Loopback, Reply
from program import Program

ROUND = {
    "drawNumber": "1",
    "drawDate": "2026-01-05",
    "drawDateFull": "January 5, 2026",
    "drawName": "General",
    "drawSize": "1,200",
    "drawCRS": "510",
    "drawCutOff": "",
}


Save = Callable[..., Path]


def rounds(*numbers: int) -> bytes:
    records = [{**ROUND, "drawNumber": str(n), "drawDate": f"2026-01-{n:02}"} for n in sorted(numbers, reverse=True)]
    return json.dumps({"classes": "wb-tables", "rounds": records}).encode()


@pytest.fixture
def saved(tmp_path: Path):
    """Writes saved pages and a manifest; each entry is (time, bytes, extra fields)."""

    def write(*entries: tuple[str, bytes, dict[str, object]], more: str = "") -> Path:
        lines = []
        for number, (at, body, extra) in enumerate(entries):
            (tmp_path / f"{number}.bin").write_bytes(body)
            lines.append(json.dumps({"source": "ircc-ee-rounds", "fetched_at": at, "file": f"{number}.bin", **extra}))
        manifest = tmp_path / "manifest.jsonl"
        manifest.write_text("\n".join([*lines, more]))
        return manifest

    return write


CAPTCHA = b"<html><head><title>Radware Captcha Page</title></head><body>perfdrive.com Incident ID: 1</body></html>"


def test_every_kind_of_bad_input_has_its_outcome_and_the_rest_goes_on(stilltrue: Program, saved: Save):
    manifest = saved(
        ("2026-02-01T00:00:00Z", rounds(1, 2), {}),
        ("2026-02-01T01:00:00Z", rounds(1, 2)[:-40], {}),
        ("2026-02-01T02:00:00Z", b"", {}),
        ("2026-02-01T03:00:00Z", b"<!DOCTYPE html><html><body><p>Sorry</p></body></html>", {}),
        ("2026-02-01T04:00:00Z", CAPTCHA, {"content_type": "text/html"}),
        ("2026-02-01T05:00:00Z", b"not here", {"status": 404}),
        ("2026-02-01T06:00:00Z", rounds(1, 2), {"file": "nowhere.json"}),
        ("2026-02-01T06:30:00Z", rounds(1, 2), {"source": "no-such-source"}),
        ("2026-02-01T07:00:00Z", rounds(1, 2, 3), {}),
        more="{this is not JSON",
    )
    answer = stilltrue("import", manifest, "--json")
    assert answer.code == 1
    outcomes = [(check["outcome"], (check["problem"] or {}).get("code")) for check in answer.json]
    assert outcomes[0] == ("first_seen", None)
    assert [outcome for outcome, _ in outcomes[1:6]] == ["failed", "failed", "failed", "blocked", "failed"]
    assert outcomes[2][1] == "empty_body"
    assert outcomes[5][1] == "http_404"
    assert outcomes[6] == ("changed", None)
    assert {code for _, code in outcomes[7:]} == {"manifest_line", "file_missing", "unknown_source"}
    history = stilltrue("history", "--json").json
    kinds = [event["kind"] for event in reversed(history)]
    assert kinds.count("draw.new") == 1
    assert not any(kind.startswith(("draw.withdrawn", "fee", "rule")) for kind in kinds)
    assert len(stilltrue("facts", "--kind", "draw", "--json").json) == 3


def test_importing_twice_changes_nothing_even_for_what_failed(stilltrue: Program, saved: Save):
    manifest = saved(("2026-02-01T00:00:00Z", rounds(1), {}), ("2026-02-01T02:00:00Z", b"", {}))
    assert len(stilltrue("import", manifest, "--json").json) == 2
    status = stilltrue("status", "--json").out
    assert stilltrue("import", manifest, "--json").json == []
    assert stilltrue("status", "--json").out == status


def test_a_late_page_is_filed_in_its_place(stilltrue: Program, saved: Save):
    stilltrue("import", saved(("2026-02-01T00:00:00Z", rounds(1), {}), ("2026-02-03T00:00:00Z", rounds(1, 2, 3), {})))
    late = saved(("2026-02-02T00:00:00Z", rounds(1, 2), {}))
    assert [check["outcome"] for check in stilltrue("import", late, "--json").json] == ["changed"]
    history = stilltrue("history", "--kind", "draw.new", "--json").json
    assert [(e["new"]["number"], e["observed_at"], e["cause"]) for e in history] == [
        ("3", "2026-02-03T00:00:00Z", "content"),
        ("2", "2026-02-02T00:00:00Z", "reextraction"),
    ]


def test_facts_and_pages_can_be_asked_for_as_they_were(stilltrue: Program, saved: Save):
    stilltrue("import", saved(("2026-02-01T00:00:00Z", rounds(1), {}), ("2026-02-03T00:00:00Z", rounds(1, 2), {})))
    assert len(stilltrue("facts", "--kind", "draw", "--json").json) == 2
    assert len(stilltrue("facts", "--kind", "draw", "--at", "2026-02-02", "--json").json) == 1
    assert '"drawNumber": "2"' not in stilltrue("cat", "ircc-ee-rounds", "--at", "2026-02-02").out
    assert stilltrue("cat", "ircc-ee-rounds", "--at", "2026-01-01").code == 2
    diff = stilltrue("diff", "ircc-ee-rounds", "--json").json
    assert diff["from"]["seen_at"] == "2026-02-01T00:00:00Z"
    assert any('"drawNumber": "2"' in hunk["new"] for hunk in diff["hunks"])
    versions = stilltrue("versions", "ircc-ee-rounds", "--json").json
    assert [version["cause"] for version in versions] == ["content", "first_seen"]


def test_an_event_is_shown_by_the_start_of_its_id(stilltrue: Program, saved: Save):
    stilltrue("import", saved(("2026-02-01T00:00:00Z", rounds(1), {}), ("2026-02-03T00:00:00Z", rounds(1, 2), {})))
    (event,) = stilltrue("history", "--kind", "draw", "--json").json
    assert stilltrue("show", event["id"][:6], "--json").json["id"] == event["id"]
    assert "draw.new" in stilltrue("show", event["id"]).out
    assert stilltrue("show", "nothing-like-it").code == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("facts", "--source", "ircc-ee-round"), "did you mean ircc-ee-rounds"),
        (("facts", "--kind", "fees"), "kinds are"),
        (("history", "--state", "maybe"), "states are"),
        (("history", "--since", "someday"), "someday"),
        (("history", "--guide", "zork"), "zork"),
        (("history", "--assumption", "zork"), "zork"),
        (("verify", "no-guide"), "known: it-workers"),
        (("recheck", "999", "--outcome", "holds"), "999"),
        (("recheck", "1", "--outcome", "fine"), "holds, updated or dropped"),
        (("import", "nowhere.jsonl"), "cannot be read"),
        (("try", "nowhere.html"), "cannot be read"),
        (("alerts", "test", "nobody"), "no channel"),
    ],
)
def test_wrong_usage_says_the_way_out_and_exits_2(stilltrue: Program, arguments: tuple[str, ...], says: str):
    answer = stilltrue(*arguments)
    assert answer.code == 2
    assert says in answer.err
    assert answer.out == ""


def test_a_broken_configuration_lists_every_problem_and_starts_nothing(stilltrue: Program, tmp_path: Path):
    config = tmp_path / "sources.toml"
    config.write_text(
        '[[source]]\nid = "a"\npublisher = "P"\nurl = "https://example.org"\nformat = "htm"\nshcedule = "x"\n'
    )
    program = Program(capsys=stilltrue.capsys, database=tmp_path / "no.db", config=config)
    answer = program("status")
    assert answer.code == 2
    assert "sources.toml:5" in answer.err
    assert "sources.toml:6" in answer.err
    assert not program.database.exists()
    lint = program("lint", "--json")
    assert lint.code == 1
    assert {problem["line"] for problem in lint.json} == {5, 6}


def test_a_missing_channel_variable_stops_only_commands_that_deliver(stilltrue: Program, tmp_path: Path):
    config = tmp_path / "sources.toml"
    config.write_text('[[channel]]\nname = "editors"\nurl = "${STILLTRUE_NOT_SET}"\n')
    program = Program(capsys=stilltrue.capsys, database=tmp_path / "a.db", config=config)
    assert program("status").code == 0
    answer = program("check")
    assert answer.code == 2
    assert "STILLTRUE_NOT_SET" in answer.err


def test_the_starter_lints_clean(stilltrue: Program):
    answer = stilltrue("lint", "--json")
    assert (answer.code, answer.json) == (0, [])


def test_init_writes_a_working_starter_and_never_overwrites(stilltrue: Program, tmp_path: Path):
    folder = tmp_path / "mine"
    assert stilltrue("init", folder).code == 0
    assert {path.name for path in folder.iterdir()} == {"sources.toml", "guides", ".env.example"}
    (folder / "sources.toml").write_text("# mine\n")
    answer = stilltrue("init", folder)
    assert (folder / "sources.toml").read_text() == "# mine\n"
    assert "already there" in answer.out


def test_a_dry_run_stores_nothing(stilltrue: Program, tmp_path: Path):
    page = tmp_path / "page.html"
    page.write_text(
        "<html lang='en'><body><main><h1>Fees</h1><p>The application fee is $1,750 CAD.</p></main></body></html>"
    )
    answer = stilltrue("try", page, "--json")
    assert answer.code == 0
    assert [fact["value"]["amount"] for fact in answer.json["facts"] if fact["kind"] == "fee"] == ["1750"]
    assert answer.json["quality"]["outcome"] == "ok"
    assert not stilltrue.database.exists()


def test_python_m_monitor_is_the_same_program():
    def output(*command: str) -> str:
        done = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=True)
        return done.stdout

    assert output("-m", "monitor", "--version") == output(
        "-c", "from monitor.__main__ import main; main()", "--version"
    )


def test_csv_holds_no_formulas(stilltrue: Program, saved: Save):
    evil = rounds(1, 2).replace(b'"General"', b'"=HYPERLINK(1)"')
    stilltrue("import", saved(("2026-02-01T00:00:00Z", rounds(1), {}), ("2026-02-03T00:00:00Z", evil, {})))
    assert ",=" not in stilltrue("history", "--csv").out


def test_remote_text_reaches_the_terminal_without_escape_sequences(stilltrue: Program, saved: Save):
    evil = rounds(1, 2).replace(b'"General"', b'"\\u001b[2J\\u202eGeneral"')
    stilltrue("import", saved(("2026-02-01T00:00:00Z", rounds(1), {}), ("2026-02-03T00:00:00Z", evil, {})))
    for command in (("history",), ("facts",), ("cat", "ircc-ee-rounds")):
        answer = stilltrue(*command)
        assert "\x1b" not in answer.out
        assert "\u202e" not in answer.out


def test_an_address_is_tried_by_the_general_fetch_settings(stilltrue: Program, tmp_path: Path):
    config = tmp_path / "sources.toml"
    config.write_text("[fetch]\nallow_private = true\npause = 0\nrespect_robots = false\n")
    program = Program(capsys=stilltrue.capsys, database=tmp_path / "a.db", config=config)
    with Loopback() as server:
        words = "<html lang='en'><body><main><h1>Fees</h1><p>The application fee is $5 CAD.</p></main></body></html>"
        server.script("/fees", Reply(body=words.encode(), headers={"Content-Type": "text/html"}))
        answer = program("try", server.url("/fees"), "--json")
    assert answer.json["quality"]["outcome"] == "ok"
    assert [fact["value"]["amount"] for fact in answer.json["facts"] if fact["kind"] == "fee"] == ["5"]
