"""``[[channel]]`` tables into channels, and their addresses with the environment's secrets filled in."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from monitor.config.document import Document
from monitor.config.scalars import did_you_mean
from monitor.config.shapes import ChannelShape, QuietHoursShape
from monitor.config.tables import read_part, texts_of
from monitor.config.toml_lines import TomlPath
from monitor.model import Channel, QuietHours

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def fill(template: str, environ: Mapping[str, str]) -> tuple[str, list[str]]:
    """The text with every ``${NAME}`` replaced, and the names that are missing or empty in the environment."""
    missing = [name for name in dict.fromkeys(VARIABLE.findall(template)) if not environ.get(name)]
    return VARIABLE.sub(lambda match: environ.get(match[1], ""), template), missing


def read_channels(document: Document, guides: Collection[str], publishers: Collection[str]) -> tuple[Channel, ...]:
    """All channels of the file, as far as they can be read; guides and publishers that do not exist are findings."""
    found: list[Channel] = []
    lines: dict[str, int] = {}
    for path, data in document.items("channel"):
        name = str(data.get("name"))
        subject = f'channel "{name}"'
        if name in lines and "name" in data:
            message = f"{subject} stands already on line {lines[name]}; give each channel a name of its own"
            document.report((*path, "name"), "duplicate_id", message)
        lines.setdefault(name, document.line(path))
        shape = read_part(document, path, data, ChannelShape, subject=subject).value
        _report_unknown(document, (*path, "guides"), data, guides, f"{subject}: there is no guide")
        _report_unknown(document, (*path, "publishers"), data, publishers, f"{subject}: no source is of")
        found.append(_build(shape, document.line(path)))
    return tuple(found)


def _report_unknown(
    document: Document, path: TomlPath, data: dict[str, Any], known: Collection[str], words: str
) -> None:
    key = str(path[-1])
    for number, name in texts_of(data, key):
        if name and name not in known:
            code = f"unknown_{key.removesuffix('s')}"
            document.report((*path, number), code, f'{words} "{name}"{did_you_mean(name, sorted(known))}')


def _build(shape: ChannelShape, line: int) -> Channel:
    return Channel(
        name=shape.name,
        url=shape.url,
        guides=shape.guides,
        publishers=shape.publishers,
        kinds=shape.kinds,
        owners=shape.owners,
        min_severity=shape.min_severity,
        digest=shape.digest,
        timezone=shape.timezone,
        quiet_hours=_quiet_hours(shape.quiet_hours),
        max_per_hour=shape.max_per_hour,
        all_quiet=shape.all_quiet,
        line=line,
    )


def _quiet_hours(shape: QuietHoursShape | None) -> QuietHours | None:
    if shape is None:
        return None
    return QuietHours(start=shape.start, end=shape.end, timezone=shape.timezone, exempt=shape.exempt)
