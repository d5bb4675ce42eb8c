"""Cases out of their files: reads of a source one after another, and the events that they must raise."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from fnmatch import fnmatchcase
from random import Random
from typing import Any

from msgspec import Struct, field

from evaluation.disguises import BREAKS, disguised
from evaluation.editions import HERE, Edition, load_editions
from monitor.model import Format

_BETWEEN = re.compile(r"\{(\d[\d,]*)-(\d[\d,]*)\}")
_GOING = (".removed", ".withdrawn")
SEED = 20260601
TOGETHER = "together"
"""The file whose cases have several pages (``evaluation.together``)."""
Row = Mapping[str, Any]


class Expected(Struct, frozen=True, kw_only=True):
    """An event that must be raised: its kind, words of what it is about, fields of its old and new value.

    ``strictness`` is whether a changed rule must be found stricter, looser or unknown; empty where it does not matter.
    """

    kind: str
    about: str = ""
    old: Mapping[str, Any] = field(default_factory=dict)
    new: Mapping[str, Any] = field(default_factory=dict)
    strictness: str = ""


class Read(Struct, frozen=True, kw_only=True):
    """One answer of the server, ``hours`` after the first read."""

    hours: float
    body: bytes
    status: int = 200
    url: str | None = None


class Case(Struct, frozen=True, kw_only=True):
    """Reads of one edition's source after its first sight, and all the events they must raise."""

    name: str
    edition: Edition
    reads: tuple[Read, ...]
    expected: tuple[Expected, ...] = ()


def load_cases() -> list[Case]:
    """Every case of every file, in their order; names are unique."""
    cases: list[Case] = []
    for path in sorted((HERE / "cases").glob("*.toml")):
        if path.stem == TOGETHER:
            continue
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        for number, row in enumerate(data.get("case", []), start=1):
            merged = {**data.get("defaults", {}), **row}
            cases += _edits(f"{path.stem}:{merged.get('name', number)}", merged, data.get("snippet", {}))
        for row in data.get("cosmetic", []):
            cases += _cosmetics(path.stem, row)
        for row in data.get("broken", []):
            cases += _breaks(path.stem, row)
    return cases


def _edits(name: str, row: Row, snippets: Mapping[str, str]) -> Iterator[Case]:
    for number, variables in enumerate(_variants(name, row), start=1):
        filled = _fill({key: value for key, value in row.items() if key not in {"each", "to", "slots"}}, variables)
        edition = load_editions()[filled["edition"]]
        yield _edit(f"{name}#{number}", edition, filled, snippets, variables)


def rows_of(name: str, row: Row) -> Iterator[Any]:
    """The rows that a row with ``each`` stands for, its words filled in."""
    for variables in _variants(name, row):
        yield _fill({key: value for key, value in row.items() if key != "each"}, variables)


def read_of(edition: Edition, step: Row, last: float, name: str) -> Read:
    """One read of an edition, ``step["after"]`` hours after ``last``."""
    return _read(edition, step, last, {}, {}, name)


def _variants(name: str, row: Row) -> Iterator[dict[str, str]]:
    """The variables of each case that a row stands for: one a slot and value, or one a row of ``each``."""
    random = Random(f"{SEED} {name}")
    if "each" in row:
        for item in row["each"]:
            yield {key: _drawn(str(value), random) for key, value in item.items()}
        return
    if "slots" not in row:
        yield {}
        return
    words = load_editions()[row["edition"]].slots()
    for slot in (slot for slot in words if any(fnmatchcase(slot, glob) for glob in row["slots"])):
        for to in _listed(row["to"]):
            was = words[slot]
            now = _another(to, was, random)
            numbers = {
                "was_number": _number(was),
                "now_number": _number(now),
                "slot_words": re.sub(r"[._-]", " ", slot),
            }
            yield {"slot": slot, "was": was, "now": now, **numbers}


def _another(to: str, was: str, random: Random) -> str:
    for _ in range(50):
        now = _drawn(to, random)
        if now != was:
            return now
    raise ValueError(f"{to!r} gives nothing but {was!r}")


def _drawn(text: str, random: Random) -> str:
    """The text with each ``{low-high}`` a number between; with a comma in it, written with commas."""

    def draw(match: re.Match[str]) -> str:
        low, high = (int(part.replace(",", "")) for part in match.groups())
        number = random.randint(low, high)
        return f"{number:,}" if "," in match[0] else str(number).zfill(len(match[1]))

    return _BETWEEN.sub(draw, text)


def _number(text: str) -> str:
    match = re.search(r"\d[\d,]*(?:\.\d+)?", text)
    return match[0] if match else ""


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _fill(value: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for name, word in variables.items():
            value = value.replace(f"{{{name}}}", word)
        return value
    if isinstance(value, dict):
        return {_fill(key, variables): _fill(item, variables) for key, item in value.items()}
    return [_fill(item, variables) for item in value] if isinstance(value, list) else value


def _edit(name: str, edition: Edition, row: Row, snippets: Mapping[str, str], variables: Mapping[str, str]) -> Case:
    expected = tuple(Expected(**item) for item in row.get("expect", ()))
    before = dict(row.get("before", {}))
    steps = row.get("reads") or [_step_of(row, variables)]
    reads: list[Read] = []
    for step in steps:
        last = reads[-1].hours if reads else 0.0
        reads.append(_read(edition, step, last, snippets, variables, name))
    if "reads" not in row and any(item.kind.endswith(_GOING) for item in expected):
        reads += [
            Read(hours=reads[0].hours + 20 * number, body=reads[0].body, url=reads[0].url) for number in (1, 2, 3)
        ]
    first = (
        Edition(
            name=edition.name,
            source=edition.source,
            at=edition.at,
            template=edition.template,
            form=edition.form,
            words={**edition.words, **_put(before, snippets, variables)},
        )
        if before
        else edition
    )
    return Case(name=name, edition=first, reads=tuple(reads), expected=expected)


def _step_of(row: Row, variables: Mapping[str, str]) -> dict[str, Any]:
    step = {key: row[key] for key in ("set", "put", "swap", "without", "after", "ways") if key in row}
    if "now_number" in variables:
        step["set"] = {**row.get("set", {}), variables["slot"]: variables["now"]}
    return step


def _put(chosen: Mapping[str, str], snippets: Mapping[str, str], variables: Mapping[str, str]) -> dict[str, str]:
    return {slot: _fill(snippets.get(snippet, snippet), variables) for slot, snippet in chosen.items()}


def _read(
    edition: Edition, step: Row, last: float, snippets: Mapping[str, str], variables: Mapping[str, str], name: str
) -> Read:
    hours = last + float(step.get("after", 24))
    random = Random(f"{SEED} {name} {hours}")
    if "wall" in step:
        body = (HERE / "walls" / step["wall"]).read_bytes()
    else:
        words = {**step.get("set", {}), **_put(step.get("put", {}), snippets, variables)}
        text = edition.render(words, tuple(_listed(step.get("without", ()))))
        text = _swapped(text, step.get("swap", {}))
        text = disguised(text, tuple(_listed(step.get("ways", ()))), random)
        body = BREAKS[step["break"]](text, random) if "break" in step else edition.encode(text)
    return Read(hours=hours, body=body, status=int(step.get("status", 200)), url=step.get("url"))


def _swapped(text: str, swaps: Mapping[str, str]) -> str:
    """The page with each of these pieces of markup, which must be there, replaced everywhere."""
    for old, new in swaps.items():
        if old not in text:
            raise ValueError(f"there is no {old!r} to swap")
        text = text.replace(old, new)
    return text


def _chosen(row: Row) -> list[Edition]:
    globs = _listed(row.get("editions", "*"))
    form = row.get("format")
    return [
        edition
        for edition in load_editions().values()
        if any(fnmatchcase(edition.name, glob) for glob in globs)
        and not any(fnmatchcase(edition.name, glob) for glob in _listed(row.get("except", ())))
        if edition.form == form or (form is None and edition.form in {Format.HTML, Format.JSON})
    ]


def _cosmetics(stem: str, row: Row) -> Iterator[Case]:
    for ways in row["ways"]:
        for edition in _chosen(row):
            for seed in range(1, row.get("seeds", 1) + 1):
                name = f"{stem}:{ways}:{edition.name}#{seed}"
                yield Case(
                    name=name, edition=edition, reads=(_read(edition, {"ways": _listed(ways)}, 0, {}, {}, name),)
                )


def _breaks(stem: str, row: Row) -> Iterator[Case]:
    """A broken answer and then the good page again: the incident and its end are told, and nothing of the content."""
    for edition in _chosen(row):
        name = f"{stem}:{row['name']}:{edition.name}"
        kind = (
            row["expect"]["json" if edition.is_json else "html"] if isinstance(row["expect"], dict) else row["expect"]
        )
        broken = _read(edition, row, 0, {}, {}, name)
        good = edition.encode(edition.render())
        again = Read(hours=broken.hours + timedelta(hours=3) / timedelta(hours=1), body=good)
        told = (Expected(kind=kind), Expected(kind="source.recovered")) if kind else ()
        yield Case(name=name, edition=edition, reads=(broken, again), expected=told)
