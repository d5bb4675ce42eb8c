"""Who may ask the local pages, and what an answer may do in a browser."""

import asyncio
from collections.abc import Iterator
from typing import cast

import httpx
import pytest
from browsing import served
from program import Program

from monitor.app import App
from monitor.ports import Store
from monitor.web.application import build
from monitor.web.desk import Desk
from monitor.web.guard import Access

TOKEN = "correct-horse-battery"


@pytest.fixture(scope="module")
def home(demo: App) -> Iterator[str]:
    with served(demo) as address:
        yield address


@pytest.fixture(scope="module")
def locked(demo: App) -> Iterator[str]:
    with served(demo, token=TOKEN) as address:
        yield address


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8765", "localhost.evil.example", ""])
def test_a_name_that_is_not_ours_is_refused(home: str, host: str):
    assert httpx.get(f"{home}/", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "[::1]:8765", "LOCALHOST."])
def test_loopback_goes_by_its_own_names(home: str, host: str):
    assert httpx.get(f"{home}/guides", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/nothing", "/static/style.css", "/api/nothing", "/timeline?since=never"])
def test_every_answer_forbids_scripts_and_loads_from_elsewhere(home: str, path: str):
    headers = httpx.get(home + path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert headers["x-content-type-options"] == "nosniff"


def test_a_form_from_elsewhere_or_without_its_token_changes_nothing(home: str):
    before = httpx.get(f"{home}/api/rechecks").json()
    address, form = f"{home}/rechecks/{before[0]['id']}", {"outcome": "holds"}
    assert httpx.post(address, data=form).status_code == 403
    assert httpx.post(address, data={**form, "form_token": "guessed"}).status_code == 403
    elsewhere = {"Origin": "https://evil.example"}
    assert httpx.post(address, data=form, headers=elsewhere).status_code == 403
    assert httpx.post(address, data=form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert httpx.get(f"{home}/api/rechecks").json() == before


def test_a_form_of_too_many_fields_is_refused(home: str):
    answer = httpx.post(f"{home}/rechecks/1", data={f"field{place}": "" for place in range(60)} | {"a": "b"})
    assert answer.status_code == 400
    assert "too many fields" in answer.text


def test_a_page_that_breaks_says_so_behind_the_same_guard(demo: App):
    pages = build(Desk(app=demo, store=cast("Store", None)), Access())

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=pages, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.get("/sources")

    answer = asyncio.run(ask())
    assert answer.status_code == 500
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "NoneType" not in answer.text


@pytest.mark.parametrize("path", ["/", "/timeline", "/sources/ircc-crs", "/api/events"])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "POST"])
def test_nothing_else_can_be_written(home: str, path: str, method: str):
    assert httpx.request(method, home + path).status_code == 405


def test_a_locked_server_asks_for_the_token(locked: str):
    assert httpx.get(f"{locked}/api/events").status_code == 401
    asked = httpx.get(f"{locked}/timeline", headers={"Accept": "text/html"})
    assert (asked.status_code, asked.headers["location"]) == (303, "/enter")
    assert httpx.get(f"{locked}/api/events", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert httpx.get(f"{locked}/api/events", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_the_token_opens_the_pages_and_leaves_the_address(locked: str):
    with httpx.Client(base_url=locked) as browser:
        assert browser.post("/enter", data={"token": "wrong"}).status_code == 401
        entered = browser.get("/timeline", params={"kind": "fee", "token": TOKEN})
        assert (entered.status_code, entered.headers["location"]) == (303, "/timeline?kind=fee")
        assert TOKEN not in entered.headers["set-cookie"]
        assert {"HttpOnly", "SameSite=strict"} <= set(entered.headers["set-cookie"].split("; "))
        assert browser.get("/timeline").status_code == 200


def test_no_address_with_a_token_leads_to_another_site(locked: str):
    with httpx.Client(base_url=locked) as browser:
        answer = browser.get(f"{locked}//evil.example/", params={"token": TOKEN})
    assert answer.headers["location"] == "/evil.example/"


@pytest.mark.parametrize("path", ["/enterprise", "/enter/", "/api/sources", "/draws", "/calendar.ics"])
def test_only_the_door_itself_and_its_style_are_open(locked: str, path: str):
    assert httpx.get(locked + path).status_code == 401


def test_a_feed_reader_brings_the_token_in_the_address(locked: str):
    assert httpx.get(f"{locked}/feeds/all.atom").status_code == 401
    assert "<feed" in httpx.get(f"{locked}/feeds/all.atom", params={"token": TOKEN}).text


def test_a_door_open_to_others_needs_a_token(stilltrue: Program, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("STILLTRUE_WEB_TOKEN", raising=False)
    refused = stilltrue("serve", "--host", "0.0.0.0", "--port", "0")  # noqa: S104 - it must be refused
    assert refused.code == 2
    assert "STILLTRUE_WEB_TOKEN" in refused.err
    monkeypatch.setenv("STILLTRUE_WEB_TOKEN", "short")
    assert "too easy to guess" in stilltrue("serve").err


def test_an_address_in_use_is_said(stilltrue: Program, home: str):
    refused = stilltrue("serve", "--port", home.rpartition(":")[2])
    assert refused.code == 2
    assert "in use" in refused.err
