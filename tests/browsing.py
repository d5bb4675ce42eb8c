"""The local pages served on loopback, and a real browser that must not leave it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from shutil import which

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from monitor.app import App
from monitor.demo import played
from monitor.web.desk import Desk
from monitor.web.guard import Access, names
from monitor.web.serving import listen, make_server, spoken_address

PHONE, WIDE = 390, 1280
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def served(app: App, *, token: str | None = None) -> Iterator[str]:
    """The pages of this program on a free port of 127.0.0.1; yields the address without a slash at its end."""
    host = "127.0.0.1"
    with listen(host, 0) as sock, app.store() as store:
        server = make_server(Desk(app=app, store=store), Access(names=names((), host), token=token))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
        thread.start()
        try:
            yield spoken_address(sock, host).rstrip("/")
        finally:
            server.should_exit = True
            thread.join(10)


@contextmanager
def opened_browser() -> Iterator[Browser]:
    """The system's Chromium; skips where there is none."""
    found = next(filter(None, map(which, _BROWSERS)), None)
    if found is None:
        pytest.skip("no Chromium on this machine (apt install chromium)")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Watched:
    """A browser page and what went wrong in it: console errors, script errors, requests to anywhere else."""

    page: Page
    home: str
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("request", self._asked)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.home, "data:")):
            self.faults.append(f"left loopback: {request.url}")

    def open(self, path: str) -> Page:
        """The page at a path."""
        self.page.goto(self.home + path)
        return self.page


@contextmanager
def watched(browser: Browser, home: str, *, width: int = WIDE, dark: bool = False) -> Iterator[Watched]:
    """A fresh window; fails at its end when anything went wrong in it."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light", reduced_motion="reduce"
    )
    context.set_default_timeout(10_000)
    window = Watched(page=context.new_page(), home=home)
    try:
        yield window
    finally:
        context.close()
    assert window.faults == []


@pytest.fixture(scope="session")
def demo() -> Iterator[App]:
    """The demo's program at the story's end, its database in a throw-away folder."""
    with played() as (app, _):
        yield app


__all__ = ["PHONE", "WIDE", "Watched", "demo", "opened_browser", "served", "watched"]
