"""What a start of the program brings along: only what the command at hand needs."""

import subprocess
import sys
from pathlib import Path

SOURCES = """
[monitor]
database = "sqlite:///kept.db"

[[source]]
id = "fees"
publisher = "Office"
url = "https://office.example/fees"
format = "html"
every = "1h"
scope = { keep = ["main"] }
extract = ["fees", "rules"]
enabled = false
"""
WEB = {"starlette", "uvicorn", "feedgen", "icalendar", "jinja2", "markdown_it"}
PRINT = {"rich", "pygments", "click"}
NETWORK = {"httpx", "httpcore", "anyio", "stamina", "playwright"}
READING = {"monitor.pages.html_page", "monitor.pages.pdf_page", "pypdf", "feedparser", "monitor.changes.decide"} | {
    *("monitor.read", "monitor.pages.quality", "monitor.pages.imprint", "rapidfuzz", "regex"),
    *("monitor.extractors.fees", "monitor.extractors.rules", "monitor.extractors.fee_prose", "monitor.changes.events"),
}
ELSEWHERE = {"alembic", "apprise", "structlog", "procrastinate", "psycopg", "sqlalchemy.dialects.postgresql"}
EVERYTHING = {"monitor.app", "monitor.check", "pydantic_settings", "sqlalchemy", "lxml", "monitor.config"}


def imported_by(folder: Path, *arguments: str) -> set[str]:
    """The modules that the program has imported when it is done with these arguments."""
    code = (
        "import sys\n"
        "from monitor.cli.program import run\n"
        f"status = run({list(arguments)!r})\n"
        "print('\\n'.join(name for name, module in sys.modules.items() if module is not None), file=sys.stderr)\n"
        "sys.exit(status)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return set(done.stderr.split("\n"))


def test_a_check_with_nothing_due_imports_neither_network_nor_readers(tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text(SOURCES)
    modules = imported_by(tmp_path, "check", "--due", "--config", "sources.toml")
    assert "storage.store" in modules
    assert not modules & (WEB | PRINT | NETWORK | READING | ELSEWHERE)


def test_help_imports_nothing_but_the_command_tree(tmp_path: Path) -> None:
    modules = imported_by(tmp_path, "--help")
    assert "monitor.cli.reading" in modules
    assert not modules & (WEB | PRINT | NETWORK | READING | ELSEWHERE | EVERYTHING)


def test_the_network_comes_without_the_command_line_of_its_library(tmp_path: Path) -> None:
    code = "import monitor.fetch.client, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    modules = set(done.stdout.split())
    assert "httpx" in modules
    assert not modules & PRINT
