import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.toml_lines import TomlPath, error_line, find_lines

EXAMPLE = '''\
# a comment with [brackets] and key = "value"
top = 1
[monitor]
database = "sqlite:///x.db" # = not a key
"quoted key" = 'single # "quotes"'
dotted.inner . "last" = true

[[source]]
id = "one"
schedule = [
  "0 7 * * *", # ] still open
  "5 8 * * *",
]
scope = { keep = ["main", '[data="}"]'], drop = [] }
text = """
[[source]]
id = "not a key" \\""" "quotes inside""""
when = 2027-03-01T10:00:00Z
[source.guards]
min_facts = { draw = 3 }

[[source]]
id = "two"
  [[source.extra.part]]
  x = [[1, 2], [3]]
  [[source.extra.part]]
  y = {}
'''


def paths(data: Any, path: TomlPath = ()) -> Iterator[TomlPath]:
    if path:
        yield path
    members: Any = ()
    if isinstance(data, dict):
        members = data.items()
    elif isinstance(data, list):
        members = enumerate(data)
    for name, value in members:
        yield from paths(value, (*path, name))


def test_every_path_that_tomllib_reads_has_a_line() -> None:
    assert set(find_lines(EXAMPLE)) == set(paths(tomllib.loads(EXAMPLE)))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("top",), 2),
        (("monitor",), 3),
        (("monitor", "quoted key"), 5),
        (("monitor", "dotted", "inner", "last"), 6),
        (("source",), 8),
        (("source", 0), 8),
        (("source", 0, "schedule"), 10),
        (("source", 0, "schedule", 0), 11),
        (("source", 0, "schedule", 1), 12),
        (("source", 0, "scope", "keep", 1), 14),
        (("source", 0, "scope", "drop"), 14),
        (("source", 0, "when"), 18),
        (("source", 0, "guards", "min_facts", "draw"), 20),
        (("source", 1), 22),
        (("source", 1, "id"), 23),
        (("source", 1, "extra"), 24),
        (("source", 1, "extra", "part", 0, "x", 1, 0), 25),
        (("source", 1, "extra", "part", 1, "y"), 27),
    ],
)
def test_lines_are_where_an_editor_shows_them(path: TomlPath, line: int) -> None:
    assert find_lines(EXAMPLE)[path] == line


def test_windows_line_ends_count_once() -> None:
    lines = find_lines("a = 1\r\n[b]\r\nc = [\r\n1,\r\n2]\r\n")
    assert lines["b", "c", 1] == 5


def test_an_empty_text_has_no_lines() -> None:
    assert find_lines("") == {}
    assert find_lines("# only a comment") == {}


KEYS = st.sampled_from(["a", "b-2", "_", "9", '"a.b"', "'# x'", '"\\u00e9\\""'])
LINE_SCALARS = st.sampled_from(["0x1F", "12:30:00", "'a'", '"\\""', "1_000", "false"])
SCALARS = st.sampled_from(["1", "-1.5e3", "true", "2024-05-01", '"#]},"', "'\\'", '"""a\n\'"""', "'''x\n[y]'''", "inf"])
GAPS = st.sampled_from(["", " ", "\n", " # c ]\n", "\t"])
ARRAYS = st.recursive(
    SCALARS,
    lambda inner: st.builds(
        lambda items, gap: "[" + gap + ("," + gap).join(items) + gap + "]", st.lists(inner, max_size=3), GAPS
    ),
    max_leaves=5,
)


@st.composite
def documents(draw: st.DrawFn) -> str:
    out = []
    for number in range(draw(st.integers(0, 4))):
        name = f"{draw(KEYS)}.t{number}" if draw(st.booleans()) else f"t{number}"
        for header in draw(st.sampled_from([[f"[{name}]"], [f"[[ {name} ]]", f"[[{name}]]"]])):
            out.append(header)
            for key in range(draw(st.integers(0, 3))):
                value = draw(ARRAYS)
                inline = f"{{ {draw(KEYS)}.x = {draw(LINE_SCALARS)} }}"
                out.append(f"k{key} . {draw(KEYS)} = {draw(st.sampled_from([value, inline]))} # end")
    return "\n".join(out)


@given(documents())
def test_any_document_is_followed_like_tomllib_does(text: str) -> None:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    lines = find_lines(text)
    assert set(lines) == set(paths(data))
    assert list(lines.values()) == sorted(lines.values())


@pytest.mark.parametrize(
    ("text", "line"),
    [("a = 1\nb = \nc = 2\n", 2), ("a = 1\n\n[b\n", 3), ("a = [1,\n2", 2), ("a = 1\na = 2", 2)],
)
def test_a_syntax_error_has_its_line(text: str, line: int) -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    assert error_line(caught.value, text) == line
