"""What users type and what they get: exit codes, messages, JSON, pipes."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from loopback import Loopback, Reply
from program import Program

from monitor.cli.program import run

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
        (("try", "http://[::1"), "Invalid IPv6"),
        (("copy", "sqlite://"), "in memory"),
        (("recheck", "99999999999999999999", "--outcome", "holds"), "less than or equal to 2147483647"),
        (("history", "--limit", "99999999999999999999"), "less than or equal to 2147483647"),
        (("alerts", "snooze", "--source", "ircc-fees", "--until", "99999y"), "beyond any calendar"),
        (("history", "--kind", "fees"), 'did you mean "fee"'),
        (("history", "--kind", "fee.chnged"), 'did you mean "fee.changed"'),
        (("history", "--since", "2026-02-02", "--until", "2026-02-01"), "is later than"),
        (("history", "--assumption", "it-workers/C99"), "C99"),
        (("history", "--assumption", "zork/C44"), "zork"),
        (("history", "--assumption", "it-workers/C44", "--guide", "other"), "another guide"),
        (("facts", "--at", "2100-01-01"), "is more than a year away"),
        (("verify", "--at", "2100-01-01T00:00Z"), "is more than a year away"),
        (("cat", "ircc-ee-rounds", "--at", "2100-01-01"), "is more than a year away"),
        (("diff", "ircc-ee-rounds", "--to", "2100-01-01"), "is more than a year away"),
        (("evidence", "--source", "ircc-ee-rounds", "--at", "2100-01-01", "-o", "x.zip"), "is more than a year away"),
        (("site", "-o", "public", "--base-url", "garbage"), "no web address"),
        (("serve", "--host", "127.0.0.300"), "choose another --host"),
        (("serve", "--host", "localhost", "--port", "{taken}"), "choose another --port"),
    ],
)
def test_wrong_usage_says_the_way_out_and_exits_2(
    stilltrue: Program, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], says: str
):
    monkeypatch.setenv("STILLTRUE_WEB_TOKEN", "a" * 32)
    with Loopback() as server:
        answer = stilltrue(*(one.format(taken=server.url("").rpartition(":")[2]) for one in arguments))
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


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("alerts", "test", "bogus"), "no channel 'bogus'"),
        (("canary", "bogus"), "no channel 'bogus'"),
        (("alerts", "retry", "999"), "no delivery 999"),
    ],
)
def test_what_does_not_exist_is_told_before_what_another_channel_misses(
    stilltrue: Program, tmp_path: Path, command: tuple[str, ...], says: str
):
    config = tmp_path / "sources.toml"
    config.write_text('[[channel]]\nname = "editors"\nurl = "${STILLTRUE_NOT_SET}"\n')
    answer = Program(capsys=stilltrue.capsys, database=tmp_path / "a.db", config=config)(*command)
    assert answer.code == 2
    assert says in answer.err
    assert "NOT_SET" not in answer.err


def test_a_journal_without_its_folder_names_it(stilltrue: Program, tmp_path: Path):
    config = tmp_path / "sources.toml"
    config.write_text('[[channel]]\nname = "editors"\nurl = "journal:///nonexist/a.jsonl"\n')
    program = Program(capsys=stilltrue.capsys, database=tmp_path / "a.db", config=config)
    assert "the folder /nonexist does not exist" in program("alerts", "test", "editors").out


def test_history_takes_an_assumption_as_it_names_one(stilltrue: Program, saved: Save):
    stilltrue("import", saved(("2026-02-01T00:00:00Z", rounds(1), {}), ("2026-02-03T00:00:00Z", rounds(1, 2), {})))
    (event, *_) = stilltrue("history", "--json").json
    affected = event["affects"][0]
    name = f"{affected['guide']}/{affected['assumption']}"
    found = [one["id"] for one in stilltrue("history", "--assumption", name, "--json").json]
    assert event["id"] in found
    assert found == [one["id"] for one in stilltrue("history", "--assumption", affected["assumption"], "--json").json]


def test_a_page_of_a_time_to_come_is_left_out(stilltrue: Program, saved: Save):
    manifest = saved(("2026-02-01T00:00:00Z", rounds(1), {}), ("2100-01-01T00:00:00Z", rounds(1, 2), {}))
    answer = stilltrue("import", manifest)
    assert answer.code == 1
    assert "manifest.jsonl:2: its time 2100-01-01 00:00 UTC is more than a year away" in answer.err
    (row,) = [row for row in stilltrue("status", "--json").json if row["id"] == "ircc-ee-rounds"]
    assert row["last_good_read"] == "2026-02-01T00:00:00Z"


def test_the_configuration_is_linted_where_its_database_cannot_be_reached(stilltrue: Program, tmp_path: Path):
    config = tmp_path / "sources.toml"
    config.write_text('[monitor]\ndatabase = "postgresql://127.0.0.1:1/x"\n')
    stilltrue.capsys.readouterr()
    code = run(["lint", "--config", str(config)])
    printed = stilltrue.capsys.readouterr()
    assert code == 0
    assert "not looked up" in printed.err
    assert "No problem found." in printed.err


def test_a_source_that_is_switched_off_is_shown_so(stilltrue: Program, tmp_path: Path):
    config = tmp_path / "sources.toml"
    source = '[[source]]\nid = "fees"\npublisher = "P"\nurl = "https://example.org/"\nformat = "html"\n'
    config.write_text(source + "enabled = false\n")
    answer = Program(capsys=stilltrue.capsys, database=tmp_path / "a.db", config=config)("status")
    assert "fees\tswitched off" in answer.out


def test_what_init_made_is_one_document_for_programs(stilltrue: Program, tmp_path: Path):
    folder = tmp_path / "mine"
    made = stilltrue("init", folder, "--json").json
    assert str(folder / "sources.toml") in made["written"]
    assert made["kept"] == []
    assert stilltrue("init", folder, "--json").json == {"written": [], "kept": made["written"]}


def test_the_example_of_an_environment_can_be_loaded_by_a_shell(stilltrue: Program, tmp_path: Path):
    stilltrue("init", tmp_path / "mine")
    example = tmp_path / "mine" / ".env.example"
    told = [line.removeprefix("# ") for line in example.read_text().splitlines() if "_URL=" in line]
    example.write_text("\n".join(told))
    shell = 'set -a; . "$0"; set +a; jobs -p; env'
    done = subprocess.run(["/bin/sh", "-c", shell, example], capture_output=True, text=True, check=True)
    assert f"{told[-1].replace(chr(39), '')}\n" in done.stdout
    assert done.stderr == ""


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
