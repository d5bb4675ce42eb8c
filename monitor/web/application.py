"""The web application: routes to pages, files, and the two forms that write."""

from collections.abc import Callable, Mapping
from hmac import compare_digest
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from monitor.errors import UsageError
from monitor.web.api import ENDPOINTS, Endpoint, answer, as_json
from monitor.web.current import Current
from monitor.web.desk import Answer, Asked, Desk, MissingError
from monitor.web.forms import FORMS, ForgedError
from monitor.web.guard import ENTER, Access, Guard, give_pass
from monitor.web.openapi import describe
from monitor.web.pages import PAGES, Show
from monitor.web.rendering import page
from notifiers.escaping import plain

_LONGEST_FORM, _MOST_FIELDS = 20_000, 50
_SQUEEZED_FROM = 1000


def build(desk: Desk, access: Access) -> ASGIApp:
    """The application; its handlers run in threads, since the store waits for the disk.

    The guard stands around all of it: as a middleware it would not see the answers to errors nobody foresaw.
    """
    current = Current(desk)
    pages = Starlette(
        routes=[
            *(Route(path, _shown(current, show), methods=["GET"]) for path, show in PAGES.items()),
            *(Route(path, _api(current, endpoint), methods=["GET"]) for path, endpoint in ENDPOINTS.items()),
            Route("/api/openapi.json", lambda _request: respond(as_json(describe())), methods=["GET"]),
            *(Route(path, _filled_in(current, path), methods=["POST"]) for path in FORMS),
            Route(ENTER, _enter(current, access), methods=["GET", "POST"]),
            Mount("/static", StaticFiles(directory=str(files("monitor.web") / "static"))),
        ],
        middleware=[Middleware(GZipMiddleware, minimum_size=_SQUEEZED_FROM)],
        exception_handlers={HTTPException: _failed(current), UsageError: _failed(current), Exception: _failed(current)},
    )
    return Guard(pages, access=access)


def respond(answer: Answer) -> Response:
    """An answer as the framework's response."""
    return Response(answer.content, answer.status, dict(answer.headers), answer.media_type)


def _shown(current: Current, show: Show) -> Callable[[Request], Response]:
    def endpoint(request: Request) -> Response:
        return respond(show(current(), _asked(request)))

    return endpoint


def _api(current: Current, endpoint: Endpoint) -> Callable[[Request], Response]:
    def endpoint_of(request: Request) -> Response:
        return respond(answer(current(), _asked(request), endpoint))

    return endpoint_of


def _asked(request: Request) -> Asked:
    params: Mapping[str, Any] = request.path_params
    return Asked(
        path=request.url.path,
        params={name: str(value) for name, value in params.items()},
        query={name: plain(value).strip() for name, value in request.query_params.items() if value.strip()},
        raw=tuple(request.query_params.multi_items()),
        base=f"{request.url.scheme}://{request.url.netloc}",
    )


def _filled_in(current: Current, path: str) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        fields = await _fields(request)
        if not compare_digest(fields.get("form_token", "").encode(), current().form_token.encode()):
            raise ForgedError(
                "This form is out of date: the server was started again. Go back, reload the page, try again."
            )
        target = await run_in_threadpool(FORMS[path], current(), _asked(request), fields)
        return RedirectResponse(target, status_code=303)

    return endpoint


async def _fields(request: Request) -> dict[str, str]:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_FORM:
            raise HTTPException(413, "The form is too long.")
    try:
        return dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS))
    except ValueError as error:
        raise HTTPException(400, "The form has too many fields.") from error


def _enter(current: Current, access: Access) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        wrong = False
        if request.method == "POST":
            fields = await _fields(request)
            if access.admits(fields.get("token", "").strip()):
                answer = RedirectResponse("/", status_code=303)
                give_pass(answer, access)
                return answer
            wrong = True
        shown = page(current(), _asked(request), "enter.html.j2", wrong=wrong, status=401 if wrong else 200)
        return respond(shown)

    return endpoint


def _failed(current: Current) -> Callable[[Request, Exception], Response]:
    def endpoint(request: Request, error: Exception) -> Response:
        status, message = _explained(error)
        if request.url.path.startswith("/api/"):
            answered = respond(as_json({"error": message}, status=status))
        else:
            answered = respond(_failure(current(), request, error, status, message))
        answered.headers.update(getattr(error, "headers", None) or {})
        return answered

    return endpoint


def _failure(desk: Desk, request: Request, error: Exception, status: int, message: str) -> Answer:
    asked = _asked(request) if isinstance(error, UsageError | HTTPException) else Asked(path="")
    return page(desk, asked, "failed.html.j2", status=status, message=message, code=status)


def _explained(error: Exception) -> tuple[int, str]:
    if isinstance(error, HTTPException):
        return error.status_code, {404: "There is no such page."}.get(error.status_code, error.detail)
    if isinstance(error, MissingError):
        return 404, str(error)
    if isinstance(error, ForgedError):
        return 403, str(error)
    if isinstance(error, UsageError):
        return 400, str(error)
    return 500, "This page could not be made. The reason stands in the terminal that runs `stilltrue serve`."
