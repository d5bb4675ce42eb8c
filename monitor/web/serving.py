"""Runs the pages on an address, by default one that only this machine can reach."""

import errno
import socket
from collections.abc import Callable, Collection
from contextlib import closing

import uvicorn

from monitor.app import App
from monitor.errors import UsageError
from monitor.web.application import build
from monitor.web.desk import Desk
from monitor.web.guard import Access, is_loopback, names

TOKEN_VARIABLE = "STILLTRUE_WEB_TOKEN"  # noqa: S105 - the variable's name, not what it holds
_SHORTEST_TOKEN = 16
_BACKLOG = 128


def serve(
    app: App, *, host: str, port: int, also_known_as: Collection[str] = (), started: Callable[[str], None]
) -> None:
    """Serve until told to stop; ``started`` is given the address. Raises UsageError for a door left open."""
    access = Access(names=names(also_known_as, host), token=find_token(app, host))
    with closing(listen(host, port)) as sock, app.store() as store:
        started(spoken_address(sock, host))
        try:
            make_server(Desk(app=app, store=store), access).run(sockets=[sock])
        except KeyboardInterrupt:
            return


def make_server(desk: Desk, access: Access) -> uvicorn.Server:
    """The server, to be run on a socket; ``should_exit`` ends it."""
    return uvicorn.Server(
        uvicorn.Config(
            build(desk, access),
            log_level="warning",
            access_log=False,  # an address may carry the token
            server_header=False,
            proxy_headers=False,
            lifespan="off",
            timeout_graceful_shutdown=3,
        )
    )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; raises UsageError naming what is in the way."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host.strip("[]"), port), family=family, backlog=_BACKLOG)
    except OSError as error:
        wrong = "--port" if error.errno in {errno.EADDRINUSE, errno.EACCES} else "--host"
        raise UsageError(f"cannot serve on {host} port {port}: {error.strerror}; choose another {wrong}") from error


def spoken_address(sock: socket.socket, host: str) -> str:
    """The address to open in a browser."""
    name = f"[{host.strip('[]')}]" if ":" in host else host
    return f"http://{name}:{sock.getsockname()[1]}/"


def find_token(app: App, host: str) -> str | None:
    """The access token; raises UsageError when other machines could come in without one."""
    token = app.environ.get(TOKEN_VARIABLE, "").strip() or None
    if token is not None and len(token) < _SHORTEST_TOKEN:
        raise UsageError(f"{TOKEN_VARIABLE} is too easy to guess: give it at least {_SHORTEST_TOKEN} characters")
    if token is None and not is_loopback(host):
        raise UsageError(
            f"{host} can be reached from other machines, and the pages close rechecks: set {TOKEN_VARIABLE} to an "
            f"access token first, for instance: export {TOKEN_VARIABLE}=$(openssl rand -hex 16)"
        )
    return token
