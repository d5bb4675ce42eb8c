"""The door: who may ask, under which name, and what a browser may do with the answer."""

import hashlib
import hmac
import ipaddress
from collections.abc import Collection, Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode

from msgspec import Struct
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "stilltrue_access"
ENTER = "/enter"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing from outside, nothing inline, no requests by scripts."""
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Frame-Options": "SAMEORIGIN",
    "Cache-Control": "no-store",
}
_OPEN = "/static/"
_LONGEST_COOKIE = 30 * 24 * 3600


def is_loopback(host: str) -> bool:
    """Whether a bind address can only be reached from this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Access(Struct, frozen=True, kw_only=True):
    """Names the server answers to, beside addresses in digits and localhost; the token without which it does not."""

    names: frozenset[str] = frozenset()
    token: str | None = None

    @property
    def pass_value(self) -> str:
        """What the cookie holds in place of the token itself."""
        return hmac.new((self.token or "").encode(), b"stilltrue pages", hashlib.sha256).hexdigest()

    def knows(self, host: str) -> bool:
        """Whether a Host header names this server. A made-up name that points at it does not (DNS rebinding)."""
        name = _without_port(host).lower().rstrip(".")
        return name == "localhost" or name in self.names or _in_digits(name)

    def admits(self, given: str) -> bool:
        """Whether this is the token."""
        return self.token is not None and hmac.compare_digest(given.encode(), self.token.encode())


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if host.count(":") == 1 else host


def _in_digits(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class Guard:
    """Middleware around everything, errors included."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse, with the headers that hold for every answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refuse(scope)
        await (refusal or self._app)(scope, receive, send_guarded)

    def _refuse(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._access.knows(host):
            return PlainTextResponse(
                f"This server does not go by the name {host[:100]!r}. Use its address in digits, or start it with "
                "--name and that name.",
                status_code=421,
            )
        if not _same_origin(scope["method"], headers):
            return PlainTextResponse("This request comes from another site.", status_code=403)
        path = scope["path"]
        if self._access.token is None or path == ENTER or path.startswith(_OPEN) or self._has_pass(headers):
            return None
        return self._take_from_address(scope) if scope["query_string"] else _ask_for_token(path, headers)

    def _has_pass(self, headers: Headers) -> bool:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._access.admits(given.strip()):
            return True
        return hmac.compare_digest(_cookies(headers).get(COOKIE, "").encode(), self._access.pass_value.encode())

    def _take_from_address(self, scope: Scope) -> Response | None:
        """A feed reader sends the token in the address each time; a browser gets a cookie and an address without it."""
        pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        rest = [(name, value) for name, value in pairs if name != "token"]
        if not any(self._access.admits(value) for name, value in pairs if name == "token"):
            return _ask_for_token(scope["path"], Headers(scope=scope))
        if scope["path"].endswith((".atom", ".ics")):
            scope["query_string"] = urlencode(rest).encode()
            return None
        path = "/" + scope["path"].lstrip("/\\")  # two slashes would lead to another site
        answer = RedirectResponse(path + (f"?{urlencode(rest)}" if rest else ""), status_code=303)
        give_pass(answer, self._access)
        return answer


def give_pass(answer: Response, access: Access) -> None:
    """Let the browser in from now on."""
    answer.set_cookie(COOKIE, access.pass_value, max_age=_LONGEST_COOKIE, httponly=True, samesite="strict", path="/")


def _same_origin(method: str, headers: Headers) -> bool:
    if method in {"GET", "HEAD", "OPTIONS"}:
        return True
    origin = headers.get("origin")
    if origin is not None and origin.partition("://")[2] != headers.get("host"):
        return False
    return headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"}


def _cookies(headers: Headers) -> Mapping[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(headers.get("cookie", "")).items()}
    except CookieError:
        return {}


def _ask_for_token(path: str, headers: Headers) -> Response:
    wants_page = "text/html" in headers.get("accept", "") and not path.startswith("/api/")
    if wants_page:
        return RedirectResponse(ENTER, status_code=303)
    return PlainTextResponse(
        "An access token is needed: Authorization: Bearer TOKEN.\n",
        status_code=401,
        headers={"WWW-Authenticate": "Bearer"},
    )


def names(given: Collection[str], host: str) -> frozenset[str]:
    """The names a server bound to ``host`` answers to."""
    return frozenset(name.lower().rstrip(".") for name in (*given, host) if name)
