"""A throw-away PostgreSQL server of its own: real, on a free port of this machine, run by an unprivileged user.

``python tests/postgres.py COMMAND…`` runs a command with such a server and its address in ``STILLTRUE_TEST_POSTGRES``.
"""

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

VARIABLE = "STILLTRUE_TEST_POSTGRES"
"""Names the server for the tests: an SQLAlchemy address whose user may create databases."""

NO_SERVER = f"no PostgreSQL: run `python tests/postgres.py make test`, or set {VARIABLE}"

DEBIAN = Path("/usr/lib/postgresql")
USERS = ("postgres", "nobody")
PATIENCE = 300.0
"""Seconds: a server that was busy for minutes writes all it holds to the disk before it ends."""
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "America/Vancouver",  # what is stored must not depend on it
}


def find_programs() -> Path | None:
    """The folder with ``initdb`` and ``postgres``; Debian keeps it out of the path, by version."""
    versions = sorted(DEBIAN.glob("*/bin"), key=lambda one: float(one.parent.name), reverse=True)
    found = shutil.which("initdb")
    folders = [*versions, *([Path(found).parent] if found else [])]
    return next((one for one in folders if (one / "initdb").exists() and (one / "postgres").exists()), None)


class Server(Struct):
    """A running server, which may be stopped, killed and started again."""

    programs: Path
    folder: Path
    port: int
    password: str
    settings: dict[str, str]
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Its address, without a database."""
        return f"postgresql+psycopg://tester:{self.password}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = [f"-c{name}={value}" for name, value in {**SETTINGS, **self.settings}.items()]
        command = [str(self.programs / "postgres"), "-D", str(self.folder / "data"), f"-p{self.port}", *options]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(_as_other(command), stdout=log, stderr=log, cwd=self.folder)
        self._wait_until_ready()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT drops its connections and leaves a clean state, SIGQUIT does so without one (as a crash)."""
        if self.process is None:
            return
        # Through runuser signals do not always reach the server: the process it names itself is told.
        os.kill(int((self.folder / "data" / "postmaster.pid").read_text().split()[0]), how)
        self.process.wait(PATIENCE)
        self.process = None

    def _wait_until_ready(self) -> None:
        ready = [str(self.programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        end = time.monotonic() + PATIENCE
        while subprocess.run(ready, check=False).returncode:
            assert self.process is not None
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError((self.folder / "log").read_text(errors="replace")[-2000:])
            time.sleep(0.05)


@contextmanager
def serving(**settings: str) -> Iterator[Server]:
    """A new server while the block runs. Raises RuntimeError where PostgreSQL is not installed."""
    programs = find_programs()
    if programs is None:
        raise RuntimeError("PostgreSQL is not installed (no initdb)")
    folder = Path(tempfile.mkdtemp(prefix="stilltrue-postgres-"))
    server = Server(programs, folder, _free_port(), secrets.token_hex(12), settings)
    try:
        _make_cluster(server)
        server.start()
        yield server
    finally:
        server.stop(signal.SIGQUIT)
        shutil.rmtree(folder, ignore_errors=True)


def _make_cluster(server: Server) -> None:
    secret = server.folder / "password"
    secret.write_text(server.password)
    if os.geteuid() == 0:
        for path in (server.folder, secret):
            shutil.chown(path, _other_user())
    command = [str(server.programs / "initdb"), "-D", str(server.folder / "data"), "--username=tester", "--no-sync"]
    command += ["--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--locale=C.UTF-8"]
    done = subprocess.run(_as_other(command), capture_output=True, text=True, cwd=server.folder, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)


def _as_other(command: Sequence[str]) -> list[str]:
    """PostgreSQL refuses to be run by root."""
    return ["runuser", "-u", _other_user(), "--", *command] if os.geteuid() == 0 else list(command)


def _other_user() -> str:
    import pwd  # noqa: PLC0415 - only where there are such users

    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in USERS if name in known)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def new_database(server: str) -> Iterator[str]:
    """An empty database on this server while the block runs; its address."""
    import psycopg  # noqa: PLC0415 - absent where there is no server

    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            yield re.sub(r"/[^/]*\Z", f"/{name}", server)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def empty(url: str) -> None:
    """Take all rows out of a database that the program has made its tables in."""
    import psycopg  # noqa: PLC0415 - absent where there is no server

    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        rows = connection.execute("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in rows if name != "alembic_version"]
        if tables:
            connection.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE")


def main(command: Sequence[str]) -> int:
    with serving(fsync="off") as server:
        return subprocess.run(command, env={**os.environ, VARIABLE: server.url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
