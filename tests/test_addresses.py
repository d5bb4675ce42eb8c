"""A database's address: refused with the way out when it cannot be used, told without what it keeps secret."""

from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from monitor.cli.program import run
from storage.postgres import conninfo

SECRET = "Tr0ub4dor"
UNREACHABLE = "127.0.0.1:1"
SOURCE = '[[source]]\nid = "fees"\npublisher = "IRCC"\nurl = "https://example.org/"\nformat = "html"\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "sources.toml").write_text(SOURCE)
    return tmp_path / "sources.toml"


@pytest.mark.parametrize("command", ["status", "doctor", "copy", "run"])
@pytest.mark.parametrize(
    "address",
    [
        f"postgresql+psycopg://ana:{SECRET}@{UNREACHABLE}/kept",
        f"postgresql://ana@{UNREACHABLE}/kept?password={SECRET}",
        f"postgresql+psycopg://ana@{UNREACHABLE}/kept?sslpassword={SECRET}&passfile=/{SECRET}",
        f"postgresql+psycopg://{SECRET}@{UNREACHABLE}/kept",
        f"postgresql+psycopg://ana:a%20{SECRET}%20b@{UNREACHABLE}/kept",
    ],
)
def test_of_an_address_only_server_and_name_are_told(
    config: Path, capsys: pytest.CaptureFixture[str], command: str, address: str
):
    answer = _call(config, capsys, command, address)
    assert SECRET not in answer
    assert f"postgresql+psycopg://{UNREACHABLE}/kept cannot be reached" in answer


@pytest.mark.parametrize("command", ["status", "doctor", "copy", "run"])
@pytest.mark.parametrize(
    ("address", "words"),
    [
        (f"postgresql+psycopg://ana:a@{SECRET}@db.example.org/x", "%40"),
        (f"postgresql+psycopg://ana/b:{SECRET}@db.example.org/x", "%40"),
        (f"postgresql+psycopg://ana:a@b/{SECRET}@db.example.org/x", "%40"),
        (f"ana:{SECRET}@db.example.org", "not a database URL"),
        (f"postgresql+psycopg://ana:{SECRET}/x", "port of the database URL is no number"),
        ("postgresql+psycopg://db.example.org:bad/x", "port of the database URL is no number"),
        ("postgresql+psycopg://db.example.org/x?port=zz", "behind the ? of"),
        (f"sqlite://ana:{SECRET}@host/x.db", "on no host"),
        ("sqlite://x.db", "on no host"),
        ("sqlite:///x.db?timeout=long", "behind the ? of"),
        (f"mysql://ana:{SECRET}@host/x", "write sqlite:///stilltrue.db or postgresql+psycopg://"),
        (f"postgresql+psycopg2://ana:{SECRET}@host/x", "write sqlite:///stilltrue.db or postgresql+psycopg://"),
        (f"{SECRET}://x", "not supported"),
    ],
)
def test_an_address_that_cannot_be_used_is_wrong_usage(
    config: Path, capsys: pytest.CaptureFixture[str], command: str, address: str, words: str
):
    answer = _call(config, capsys, command, address, code=1 if command == "doctor" else 2)
    assert words in answer
    assert SECRET not in answer


@pytest.mark.parametrize("command", ["lint", "status", "check", "doctor"])
@pytest.mark.parametrize("written", ["${DBV}", "sqlite://${DBV}/x", "mysql://a:${DBV}@h/x"])
def test_an_address_in_the_configuration_is_told_with_its_line(
    config: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    written: str,
):
    monkeypatch.setenv("DBV", f"ana:{SECRET}@db.example.org")
    config.write_text(f'[monitor]\ncontact = "a@example.org"\ndatabase = "{written}"\n' + SOURCE)
    code = run([command, "--config", str(config)])
    printed = capsys.readouterr()
    assert SECRET not in printed.out + printed.err
    assert f"{config}:3" in printed.out + printed.err
    assert code == (1 if command in {"lint", "doctor"} else 2)


def _call(config: Path, capsys: pytest.CaptureFixture[str], command: str, address: str, *, code: int = 0) -> str:
    arguments = [command, address] if command == "copy" else [command, "--db", address]
    more = ["--db", f"sqlite:///{config.parent / 'kept.db'}"] if command == "copy" else []
    capsys.readouterr()
    found = run([*arguments, *more, "--config", str(config)])
    printed = capsys.readouterr()
    assert found == code or not code
    return printed.out + printed.err


@pytest.mark.parametrize(
    ("address", "settings"),
    [
        ("postgresql://ana:a%20b%40c@h:5/x", {"user": "ana", "password": "a b@c", "host": "h", "port": "5"}),
        (
            "postgresql+psycopg://ana@h/x?password=it's%5Cnot&sslmode=require",
            {"password": "it's\\not", "sslmode": "require"},
        ),
        ("postgresql://ana@/x?host=a:1&host=b:2", {"host": "a,b", "port": "1,2"}),
    ],
)
def test_the_queue_of_a_cluster_is_given_every_setting_of_the_address(address: str, settings: dict[str, str]):
    found = conninfo_to_dict(conninfo(address))
    assert {**settings, "dbname": "x"}.items() <= found.items()
