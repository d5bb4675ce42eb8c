"""Ordinary mistakes end in a sentence that says what is in the way, and a code: never in a traceback."""

import json
import re
from pathlib import Path

import pytest
from mistaken import on_terminal, ordinary, shell

SOURCES = """\
[monitor]
database = "sqlite:///kept.db"

[[source]]
id = "fees"
publisher = "IRCC"
url = "https://127.0.0.1/fees.html"
format = "html"
extract = ["fees", "rules"]
"""
GUIDE = """\
id = "workers"
title = "Workers"

[[assumption]]
id = "A1"
claim = "The fee is 100."
sources = ["fees"]
expect = { fact = "fee:*", equals = 100 }
"""


def write(folder: Path) -> Path:
    """One source and one guide in this folder."""
    (folder / "sources.toml").write_text(SOURCES)
    (folder / "guides").mkdir()
    (folder / "guides" / "workers.toml").write_text(GUIDE)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path)


@pytest.mark.parametrize(("command", "code"), [("lint", 1), ("verify", 2), ("check", 2), ("status", 2), ("doctor", 1)])
def test_a_guides_folder_that_may_not_be_read_is_told_and_stops_what_needs_it(folder: Path, command: str, code: int):
    (folder / "guides").chmod(0)
    done = ordinary(folder, command)
    (folder / "guides").chmod(0o700)
    assert str(folder / "guides") in done.stdout + done.stderr
    assert "Permission denied" in done.stdout + done.stderr
    assert done.returncode == code


def test_guides_that_are_no_folder_or_lead_nowhere_are_told(folder: Path):
    (folder / "guides").rename(folder / "kept")
    (folder / "guides").write_text("")
    assert "Not a directory" in ordinary(folder, "verify").stderr
    (folder / "guides").unlink()
    (folder / "guides").symlink_to(folder / "nowhere")
    assert "No such file" in ordinary(folder, "verify").stderr
    (folder / "guides").unlink()
    assert ordinary(folder, "lint").returncode == 0


@pytest.mark.parametrize("place", ["closed/new", "file", "file/new", "/proc/new"])
@pytest.mark.parametrize("command", [("init",), ("demo", "--keep"), ("site", "-o")])
def test_a_place_that_cannot_be_written_is_named(folder: Path, command: tuple[str, ...], place: str):
    (folder / "closed").mkdir(mode=0o500)
    (folder / "file").write_text("mine")
    done = ordinary(folder, *command, place)
    assert done.returncode == 2, done.stderr
    assert f"{place}" in done.stderr
    assert "cannot be" in done.stderr
    assert "name a" in done.stderr
    assert "Traceback" not in done.stderr
    assert (folder / "file").read_text() == "mine"


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose page was read twice: versions, an event, a verdict, and words that ASCII has no letters for."""
    folder = write(tmp_path_factory.mktemp("known"))
    page = "<html lang='en'><body><main><h1>Fees – all</h1><p>The application fee is {} CAD – now.</p></main></html>"
    manifest = []
    for day, amount in ((1, "$100"), (2, "$120")):
        (folder / f"{day}.html").write_text(page.format(amount))
        manifest.append({"source": "fees", "fetched_at": f"2026-02-0{day}T00:00:00Z", "file": f"{day}.html"})
    (folder / "manifest.jsonl").write_text("\n".join(map(json.dumps, manifest)))
    assert ordinary(folder, "import", "manifest.jsonl").returncode in {0, 1}
    return folder


@pytest.fixture(scope="module")
def event(known: Path) -> str:
    """The id of what changed."""
    return str(json.loads(ordinary(known, "history", "--json").stdout)[0]["id"])


FULL = ["history", "facts --json", "cat fees --raw", "diff fees", "--version"]


@pytest.mark.parametrize("answer", [*FULL, "init more"])
def test_an_answer_that_finds_no_room_is_told_at_the_end(known: Path, answer: str):
    done = shell(known, f"stilltrue {answer} > /dev/full")
    assert done.returncode == 3, done.stderr
    assert "cannot be written to standard output: No space left on device" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert "bug" not in done.stderr


def test_what_was_recorded_stays_though_its_outcome_could_not_be_told(folder: Path):
    done = shell(folder, "stilltrue check --json > /dev/full")
    assert done.returncode == 3
    assert "whatever was recorded is kept" in done.stderr
    (row,) = json.loads(ordinary(folder, "status", "--json").stdout)
    assert row["checks"] == 1


@pytest.mark.parametrize("answer", ["facts --json", "cat fees --raw", "status"])
def test_an_answer_nobody_can_get_is_told_at_the_end(known: Path, answer: str):
    done = shell(known, f"stilltrue {answer} >&-")
    assert done.returncode == 3, done.stderr
    assert "cannot be written to standard output" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("end", ["2>&-", "2>/dev/full"])
def test_where_nobody_listens_for_notes_the_answer_is_the_same(known: Path, end: str):
    done = shell(known, f"stilltrue verify {end}")
    assert done.returncode == 1
    assert "contradicted" in done.stdout
    assert shell(known, f"stilltrue doctor {end}; stilltrue doctor").returncode == 0


@pytest.mark.parametrize("answer", ["history --csv", "cat fees", "show {event}", "verify", "history --json"])
def test_a_reader_that_has_seen_enough_ends_it_well(known: Path, event: str, answer: str):
    done = shell(known, f"stilltrue {answer.format(event=event)} | head -c 1")
    assert done.returncode in {0, 1 if answer == "verify" else 0}
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("width", [40, 80, 120, 200])
@pytest.mark.parametrize("command", ["history", "verify", "status", "facts"])
def test_no_word_is_broken_however_narrow_the_terminal(known: Path, event: str, width: int, command: str):
    piped = ordinary(known, command).stdout
    lines = on_terminal(known, width, command)
    shown = " ".join(lines).split()
    assert set(piped.split("\n", 1)[1].split()) <= set(shown)
    assert all(len(line.rstrip()) <= width or len(line.split()) <= 2 for line in lines), lines
    assert command != "history" or event in shown


def test_rows_are_a_table_where_it_fits_and_blocks_where_not(known: Path):
    wide, narrow = on_terminal(known, 200, "history"), on_terminal(known, 60, "history")
    assert wide[1].split()[:3] == ["Observed", "Kind", "Publisher"]
    assert narrow[1].split() == ["Kind", "fee.changed"]


ASCII = [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]


@pytest.mark.parametrize("environ", ASCII)
@pytest.mark.parametrize("answer", ["show {event}", "facts", "verify", "diff fees"])
def test_letters_that_cannot_be_shown_are_replaced(known: Path, event: str, environ: dict[str, str], answer: str):
    done = ordinary(known, *answer.format(event=event).split(), environ=environ)
    assert done.returncode == (1 if answer == "verify" else 0), done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("environ", ASCII)
def test_json_says_the_same_in_any_letters(known: Path, environ: dict[str, str]):
    said = ordinary(known, "facts", "--json", environ=environ)
    assert json.loads(said.stdout) == json.loads(ordinary(known, "facts", "--json").stdout)


def test_times_are_told_in_one_form_and_nothing_in_the_words_of_a_programming_language(known: Path, event: str):
    said = [ordinary(known, *line).stdout for line in (["history"], ["status"], ["versions", "fees"], ["show", event])]
    said.append(ordinary(known, "diff", "fees").stdout)
    for text in said:
        assert re.search(r"2026-02-0[12] 00:00 UTC", text), text
        assert not re.search(r"\+00:00|T00:00|None|\['|00:00:00", text), text


def test_times_for_programs_are_told_as_in_json(known: Path):
    assert re.search(r"^2026-02-0[12]T00:00:00Z,", ordinary(known, "history", "--csv").stdout, re.MULTILINE)


def test_a_cell_with_quotes_stays_as_it_is_in_a_pipe(folder: Path):
    claim = '"The fee" is 100'
    (folder / "guides" / "workers.toml").write_text(GUIDE.replace("The fee is 100.", claim.replace('"', '\\"')))
    assert f"\tA1 {claim}\t" in ordinary(folder, "verify").stdout


def test_without_a_guide_the_board_ends_in_no_lone_full_stop(folder: Path):
    (folder / "guides" / "workers.toml").unlink()
    done = ordinary(folder, "verify")
    assert done.stderr == "No guide has an assumption yet.\n"
    assert done.returncode == 0
