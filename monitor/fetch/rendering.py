"""One page as a browser shows it: a program of its own, which talks to nobody but its proxy.

It is run by path in a process that has nothing of ours in its environment, and is killed when it takes too long. It
reads one JSON object from standard input and answers one JSON line on standard output: ``{"error", "message"}``, or
``{"status", "url", "headers", "browser"}``, when the rendered document stands in DOCUMENT in its working directory.
"""

import json
import sys
import time
from contextlib import suppress
from typing import Any

from playwright.sync_api import Error, Page, Request, Response, Route, sync_playwright
from playwright.sync_api import TimeoutError as TookTooLong

DOCUMENT = "document.html"
MOST_REDIRECTS = 5
QUIET_SECONDS = 10.0
"""A page that never stops asking for things is taken as it stands after this."""
UNSEEN = frozenset({"image", "media", "font"})
"""What changes no word of a page."""
ARGUMENTS = (
    "--disable-quic",
    "--disable-gpu",
    "--no-pings",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--js-flags=--max-old-space-size=512",
)
"""Nothing leaves but through the proxy, which also resolves names."""


class Refused(Exception):  # noqa: N818 - a state of the page, told as data
    """What the page did instead of showing itself."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Visit:
    """One visit to one page: the addresses its main frame was led to, and the documents that came."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.wanted: list[str] = []
        self._documents: list[Response] = []
        page.on("request", self._note_request)
        page.on("response", self._note_response)
        page.on("popup", lambda popup: popup.close())

    def _note_request(self, request: Request) -> None:
        if self._is_document(request):
            self.wanted.append(request.url)

    def _note_response(self, response: Response) -> None:
        if self._is_document(response.request):
            self._documents.append(response)

    def _is_document(self, request: Request) -> bool:
        return request.is_navigation_request() and request.frame == self._page.main_frame

    @property
    def lost(self) -> bool:
        """Whether it was led on too often."""
        return len(self.wanted) > MOST_REDIRECTS + 1

    def let(self, route: Route) -> None:
        """Let a request go on, unless it is of no use or leads in circles."""
        request = route.request
        astray = self.lost and request.is_navigation_request()
        if astray or request.resource_type in UNSEEN or not request.url.startswith(("http://", "https://")):
            route.abort()
        else:
            route.continue_()

    @property
    def last(self) -> Response:
        """The document that is shown."""
        if not self._documents:
            raise Refused("render", "The browser was shown no document.")
        return self._documents[-1]


def main() -> None:
    """Answer the one question on standard input."""
    answer, body = visit(json.load(sys.stdin))
    if "error" not in answer:
        with open(DOCUMENT, "xb") as file:  # noqa: PTH123 - "xb" follows no link that was put there
            file.write(body)
    sys.stdout.write(json.dumps(answer) + "\n")


def visit(ask: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The answer and the document, UTF-8."""
    with sync_playwright() as play:
        try:
            browser = play.chromium.launch(
                executable_path=ask["chromium"],
                chromium_sandbox=ask["sandbox"],
                args=ARGUMENTS,
                # What the browser itself would ask for (accounts, updates) goes nowhere; the page has the gate below.
                proxy={"server": "http://127.0.0.1:1", "bypass": "<-loopback>"},
            )
        except Error as error:
            return {"error": "browser", "message": f"it does not start: {_first_line(error)}"}, b""
        context = browser.new_context(
            proxy={"server": f"http://127.0.0.1:{ask['proxy']}", "bypass": "<-loopback>"},
            user_agent=ask["user_agent"],
            locale=ask["language"],
            accept_downloads=False,
            service_workers="block",
        )
        page = context.new_page()
        seen = Visit(page)
        context.route("**/*", seen.let)
        answer, body = look(page, seen, ask)
        return {**answer, "browser": browser.version}, body


def look(page: Page, seen: Visit, ask: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """What the page shows, or what it did instead."""
    end = time.monotonic() + ask["seconds"]
    try:
        page.goto(ask["url"], wait_until="domcontentloaded", timeout=1000 * ask["seconds"])
        settle(page, ask["wait_for"], end)
        shown, body = seen.last, page.content().encode("utf-8", "surrogatepass")
    except Refused as error:
        answer = {"error": error.code, "message": str(error)}
    except TookTooLong:
        answer = {"error": "timeout", "message": "it did not show in time"}
    except Error as error:
        answer = {"error": "net", "message": _first_line(error)}
    else:
        if not seen.lost:
            return {"status": shown.status, "url": shown.url, "headers": shown.headers}, body
    if seen.lost:
        answer = {"error": "too_many_redirects", "message": f"it leads on more than {MOST_REDIRECTS} times"}
    return {**answer, "wanted": seen.wanted[-1:]}, b""


def settle(page: Page, wait_for: str | None, end: float) -> None:
    """Wait until the page's own scripts have filled it: what is wanted is there, or nothing more is asked for."""
    left = max(1.0, 1000 * (end - time.monotonic()))
    if wait_for:
        try:
            page.wait_for_selector(wait_for, state="attached", timeout=left)
        except TookTooLong:
            raise Refused("render", f"nothing on it matched {wait_for!r} in time (wait_for)") from None
        return
    with suppress(TookTooLong):
        page.wait_for_load_state("networkidle", timeout=min(left / 2, QUIET_SECONDS * 1000))


def _first_line(error: Error) -> str:
    return error.message.partition("\n")[0]


if __name__ == "__main__":
    main()
