"""JSON bodies → pages: one canonical text for one meaning."""

import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import PageError
from monitor.model import Format, Page, Scope, Snapshot, Source, content_sha256
from monitor.pages import read_page


def read(body: str | bytes, *, drop: tuple[str, ...] = (), marker: str | None = None) -> Page:
    raw = body.encode() if isinstance(body, str) else body
    when = datetime(2026, 1, 1, tzinfo=UTC)
    snapshot = Snapshot(source="s", fetched_at=when, status=200, final_url="https://a.ca/x", headers={}, body=raw)
    source = Source(
        id="s",
        publisher="P",
        url="https://a.ca/x",
        format=Format.JSON,
        title="Rounds",
        scope=Scope(drop=drop),
        marker=marker,
    )
    return read_page(snapshot, source)


def test_the_text_is_canonical_and_the_data_stays() -> None:
    page = read('\ufeff{"b": "é", "a": [1, 2.5, null, true, {}]}\r\n')
    assert page.text == '{\n "a": [\n  1,\n  2.5,\n  null,\n  true,\n  {}\n ],\n "b": "é"\n}'
    assert page.data == {"a": [1, 2.5, None, True, {}], "b": "é"}
    assert (page.title, page.blocks, page.sha256) == ("Rounds", (), content_sha256(page.text))


def test_no_text_holds_a_nul() -> None:
    page = read(r'{"a\u0000b": ["c\u0000", "\\u0000"]}')
    assert page.data == {"ab": ["c", r"\u0000"]}
    assert read('{"a": "b\\u0000\tc", "d": NaN}').data == {"a": "b\tc", "d": None}


def test_dropped_keys_leave_text_and_data() -> None:
    rounds = {"rounds": [{"n": "2", "mitext": "<a>x</a>"}, {"n": "1", "mitext": "y"}], "classes": "wb"}
    page = read(json.dumps(rounds), drop=("rounds.*.mitext", "classes", "absent.key", "rounds.7.n"))
    assert page.data == {"rounds": [{"n": "2"}, {"n": "1"}]}
    assert "mitext" not in page.text


def test_list_items_can_be_dropped_by_position() -> None:
    assert read('{"a": [1, 2, 3]}', drop=("a.0",)).data == {"a": [2, 3]}
    assert read('{"a": [1, 2, 3]}', drop=("a.*",)).data == {"a": []}


@pytest.mark.parametrize(
    ("body", "marker", "expected"),
    [
        ({"default-update": {"lastupdated": "June 24, 2026"}, "v": "1"}, "default-update.lastupdated", "2026-06-24"),
        ({"x": {"lastupdated": "June 24, 2026"}, "y": {"lastupdated": "July 1, 2026"}}, "*.lastupdated", "2026-07-01"),
        ({"stamp": "week 12"}, "stamp", "week 12"),
        ({"v": 1}, "default-update.lastupdated", None),
        ({"stamp": None}, "stamp", None),
    ],
)
def test_the_marker_is_read_and_leaves_the_content(body: dict[str, object], marker: str, expected: str | None) -> None:
    page = read(json.dumps(body), marker=marker)
    assert page.update_marker == expected
    assert "2026" not in page.text
    assert "week" not in page.text


def test_a_new_stamp_alone_is_no_change() -> None:
    one, two = (
        read(json.dumps({"u": {"lastupdated": day}, "v": "8 days"}), marker="u.lastupdated")
        for day in ("June 24, 2026", "July 1, 2026")
    )
    assert one.sha256 == two.sha256
    assert one.update_marker != two.update_marker


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "empty_body"),
        ("\ufeff \n", "empty_body"),
        ('{"a": [1, 2', "truncated"),
        ('{"a": "unfinished', "truncated"),
        ('{"a": 1,', "truncated"),
        ("[", "truncated"),
        ('{"a": 1} trailing', "not_json"),
        ('{"a": 1}{"b": 2}', "not_json"),
        ("{'a': 1}", "not_json"),
        ("hello", "not_json"),
        ("<html></html>", "html_not_json"),
        ('{"a": #N/A}', "placeholder"),
        ("[" * 100_000, "not_json"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "not_json"),
    ],
)
def test_what_is_no_json_says_why(body: str, code: str) -> None:
    with pytest.raises(PageError) as caught:
        read(body)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("body", "data"),
    [
        ('{"a": NaN, "b": -Infinity}', {"a": None, "b": None}),
        ('{"a": 1, "a": 2}', {"a": 2}),
        ('{"a": "tab\there"}', {"a": "tab\there"}),
        ('{"a": "\\ud800x"}', {"a": "?x"}),
        ('{"a": 123456789012345678901234567890}', {"a": 123456789012345678901234567890}),
        ("[]", []),
    ],
)
def test_what_publishers_get_slightly_wrong_is_read(body: str, data: object) -> None:
    assert read(body).data == data


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**6)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab.é", max_size=3), inner, max_size=3),
    max_leaves=8,
)


def shuffled(value: object) -> object:
    if isinstance(value, dict):
        return {key: shuffled(value[key]) for key in reversed(value)}
    return [shuffled(item) for item in value] if isinstance(value, list) else value


@given(st.dictionaries(st.text("xyz", min_size=1), values), st.sampled_from([None, 1, 4, "\t"]), st.booleans())
def test_layout_key_order_and_escapes_are_no_change(
    data: dict[str, object], indent: int | str | None, escape: bool
) -> None:
    plain = read(json.dumps(data))
    other = read(json.dumps(shuffled(data), indent=indent, ensure_ascii=escape).replace("\n", "\r\n"))
    assert other.sha256 == plain.sha256
    assert plain.data == data


def test_a_feed_of_many_rounds_is_read_in_a_blink() -> None:
    rounds = [{f"dd{key}": f"{number * key:,}" for key in range(31)} for number in range(1200)]
    body = json.dumps({"rounds": rounds})
    assert len(body) > 500_000
    start = time.perf_counter()
    read(body, drop=("rounds.*.dd1",))
    assert time.perf_counter() - start < 0.5
