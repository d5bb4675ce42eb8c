"""Body bytes → text, in the order browsers decide."""

import codecs
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from monitor.model import Snapshot
from monitor.pages.decode import decode_body


def decode(body: bytes, headers: Mapping[str, str] | None = None) -> str:
    when = datetime(2026, 1, 1, tzinfo=UTC)
    return decode_body(
        Snapshot(source="s", fetched_at=when, status=200, final_url="https://a.ca/", headers=headers or {}, body=body)
    )


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        ("é".encode(), {}, "é"),
        (codecs.BOM_UTF8 + "é".encode(), {"content-type": "text/html; charset=iso-8859-1"}, "é"),
        (codecs.BOM_UTF16_LE + "é".encode("utf-16-le"), {}, "é"),
        ("é".encode("cp1252"), {"content-type": "text/html; charset=ISO-8859-1"}, "é"),
        (b"\x93quoted\x94", {"content-type": "text/html;charset=latin1"}, "“quoted”"),
        (b"<meta charset='iso-8859-1'>\xe9\x92", {}, "<meta charset='iso-8859-1'>é\u2019"),
        (
            b'<html><meta http-equiv="Content-Type" content="text/html; charset=windows-1252">\xe9',
            {"content-type": "text/html"},
            '<html><meta http-equiv="Content-Type" content="text/html; charset=windows-1252">é',
        ),
        (
            b"<meta charset=iso-8859-1>\xc3\xa9",
            {"content-type": 'text/html; charset="utf-8"'},
            "<meta charset=iso-8859-1>é",
        ),
        ("<meta charset=utf-16>é".encode(), {}, "<meta charset=utf-16>é"),
        (b"no declaration \xe9", {}, "no declaration é"),
        (b"cut \xc3", {"content-type": "text/html; charset=utf-8"}, "cut \ufffd"),
        ("é".encode(), {"content-type": "text/html; charset=klingon"}, "é"),
        (b"6869", {"content-type": "text/html; charset=hex"}, "6869"),
        (b"", {}, ""),
    ],
)
def test_declared_and_undeclared_encodings(body: bytes, headers: dict[str, str], expected: str) -> None:
    assert decode(body, headers) == expected
