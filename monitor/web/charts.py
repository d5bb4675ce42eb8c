"""Draws over time as inline SVG: their rhythm with its silences, and one number of each.

leather lays out scales and axes; colours are the stylesheet's own names, so a chart follows light and dark. Categories
are told apart by the shape of their marks as well as by colour, and the same numbers stand in a table below.
"""

import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from html import escape
from typing import Any

import leather
from leather import theme
from markupsafe import Markup
from msgspec import Struct

from monitor.changes.silence import marks_of
from monitor.model import Draw
from monitor.web.words import category_words, plural
from monitor.web.words import day as day_words

MOST = 8
"""Categories with marks of their own; the rest are drawn alike."""
OTHER = "others"
_WIDTHS = {"wide-chart": 760, "phone-chart": 330}
"""Drawn once for each kind of screen, so that words keep their size; the style sheet shows one."""
_MONTHS_BETWEEN = (1, 2, 3, 4, 6, 12, 24, 36, 60, 120)
_HEIGHT, _LANE = 300, 34
_LABELS = {"wide-chart": 20, "phone-chart": 10}
_SIZE = 4.0
_LABEL_GAP = 5.0
_LEAST_DAYS = 30

theme.background_color = "none"
theme.tick_color = theme.zero_color = "var(--line)"
theme.label_color = "var(--soft)"
theme.tick_font_family = "system-ui, sans-serif"
theme.tick_font_char_width = 7
theme.margin = 0.02


class Line(Struct, frozen=True, kw_only=True):
    """The draws of one category, oldest first. ``mark`` says how they are drawn."""

    name: str
    mark: int
    draws: tuple[Draw, ...]

    @property
    def days(self) -> list[date]:
        """The days on which one was held, each once."""
        return list(dict.fromkeys(day_of(draw) for draw in self.draws))


def day_of(draw: Draw) -> date:
    """The day of a draw; one without a day comes first."""
    return draw.date or date.min


def lines_of(draws: Sequence[Draw]) -> list[Line]:
    """The dated draws by category, the category with the newest draw first; rare ones beyond MOST share one line."""
    groups: dict[str, list[Draw]] = {}
    for draw in sorted((draw for draw in draws if draw.date), key=day_of):
        groups.setdefault(draw.category or draw.stream or draw.program or "draw", []).append(draw)
    common = sorted(groups, key=lambda name: -len(groups[name]))[:MOST]
    rest = [draw for name, group in groups.items() if name not in common for draw in group]
    named = sorted(common, key=lambda name: day_of(groups[name][-1]), reverse=True)
    lines = [Line(name=name, mark=place, draws=tuple(groups[name])) for place, name in enumerate(named)]
    if rest:
        lines.append(Line(name=OTHER, mark=MOST, draws=tuple(sorted(rest, key=day_of))))
    return lines


def silences_of(days: Sequence[date], until: date) -> Iterator[tuple[date, date]]:
    """The stretches between draws, and after the last one, that went beyond what was usual by then."""
    for place, day in enumerate(days):
        after = days[place + 1] if place + 1 < len(days) else until
        told = marks_of(days[: place + 1])
        if told and after > told[0].day:
            yield day, after


def _silences(line: Line, until: date) -> Iterator[tuple[date, date]]:
    """Those of one category; rare ones drawn together have no rhythm."""
    return iter(()) if line.name == OTHER else silences_of(line.days, until)


def rhythm(lines: Sequence[Line], *, since: date, until: date) -> Markup:
    """A row a category: each draw a mark, each silence a hatched bar; the last draw's day where none is in sight."""
    told = "; ".join(_told(line, until) for line in lines)
    title = f"When draws were held, by category, {day_words(since)} to {day_words(until)}"
    return _each_width(lambda label: _lanes(lines, since, until, label), title, told, height=60 + _LANE * len(lines))


def _lanes(lines: Sequence[Line], since: date, until: date, label: int) -> leather.Chart:
    count = len(lines)
    chart = _chart(since, until, 0, count, ticks=label // 5)
    names = [_short(category_words(line.name), label) for line in lines]
    chart.add_y_axis(ticks=[count - place - 0.5 for place in range(count)], tick_formatter=lambda _v, i, _n: names[i])
    for place, line in enumerate(lines):
        height = count - place - 0.5
        quiet = [(max(start, since), end) for start, end in _silences(line, until) if end > since]
        if quiet:
            chart.add_series(leather.Series([(start, height) for start, _ in quiet]), _Bars(quiet))
        points = [(day, height) for day in line.days if since <= day <= until]
        if points:
            chart.add_series(leather.Series(points), _Marks(line.mark))
        elif not quiet:
            chart.add_series(leather.Series([(since, height)]), _Words(f"← last on {day_words(line.days[-1])}"))
    return chart


def _told(line: Line, until: date) -> str:
    quiet = list(_silences(line, until))
    last = f"{category_words(line.name)}: {plural(len(line.draws), 'draw')}, last {day_words(line.days[-1])}"
    return f"{last}, silent for {(until - line.days[-1]).days} days" if quiet and quiet[-1][1] == until else last


def numbers(
    lines: Sequence[Line], value: Callable[[Draw], int | None], title: str, *, since: date, until: date
) -> Markup | None:
    """One number of each draw over time, a kind of mark a category; None when no draw has it."""
    points = {
        line.mark: [(day_of(draw), number) for draw in line.draws if (number := value(draw)) is not None]
        for line in lines
    }
    shown = {mark: [point for point in found if since <= point[0] <= until] for mark, found in points.items()}
    every = [number for found in shown.values() for _, number in found]
    if not every:
        return None
    room = max((max(every) - min(every)) // 12, 1)

    def drawn(label: int) -> leather.Chart:
        chart = _chart(since, until, max(min(every) - room, 0), max(every) + room, ticks=label // 4)
        chart.add_y_axis(tick_formatter=lambda value, _i, _n: f"{value:,.0f}")
        for mark, found in shown.items():
            if found:
                chart.add_series(leather.Series(found), _Marks(mark))
        return chart

    told = f"From {min(every):,} to {max(every):,}."
    return _each_width(drawn, f"{title}, {day_words(since)} to {day_words(until)}", told, height=_HEIGHT)


def sample(mark: int) -> Markup:
    """One mark for a legend."""
    return Markup(  # noqa: S704 - numbers and our own names
        f'<svg viewBox="-7 -7 14 14" width="14" height="14" aria-hidden="true"><path class="mark m{mark}" '
        f'd="{_glyph(mark, 0, 0)}"/></svg>'
    )


def _chart(since: date, until: date, low: float, high: float, *, ticks: int) -> leather.Chart:
    if (until - since).days < _LEAST_DAYS:
        since = until - timedelta(days=_LEAST_DAYS)
    chart = leather.Chart()
    chart.add_x_scale(since, until)
    chart.add_y_scale(low, high)
    chart.add_x_axis(ticks=_ticks(since, until, ticks), tick_formatter=lambda day, _i, _n: f"{day:%b %Y}")
    return chart


def _ticks(since: date, until: date, most: int) -> list[date]:
    """The firsts of months to name under a chart, evenly spaced, at most so many."""
    months = [date(year, month, 1) for year in range(since.year, until.year + 1) for month in range(1, 13)]
    firsts = [day for day in months if since <= day <= until]
    for step in _MONTHS_BETWEEN:
        named = [day for day in firsts if (day.year * 12 + day.month - 1) % step == 0]
        if len(named) <= most:
            return named or firsts[-1:]
    return firsts[:: max(len(firsts) // most, 1)][:most]


def _short(name: str, most: int) -> str:
    return name if len(name) <= most else name[: most - 1].rstrip() + "…"


def _each_width(drawn: Callable[[int], leather.Chart], title: str, told: str, *, height: int) -> Markup:
    return Markup().join(_svg(drawn(_LABELS[screen]), title, told, screen=screen, height=height) for screen in _WIDTHS)


def _svg(chart: leather.Chart, title: str, told: str, *, screen: str, height: int) -> Markup:
    width = _WIDTHS[screen]
    drawing = ET.tostring(chart.to_svg_group(width, height), encoding="unicode")
    hatch = f"hatch-{screen}"
    drawing = drawing.replace("url(#hatch)", f"url(#{hatch})")
    return Markup(  # noqa: S704 - ElementTree escapes what it holds, and the two texts are escaped here
        f'<svg class="chart {screen}" role="img" viewBox="-6 14 {width + 34} {height - 14}" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{escape(title)}</title><desc>{escape(told)}</desc>"
        f'<defs><pattern id="{hatch}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect class="hatch-ground" width="6" height="6"/><rect class="hatch" width="2" height="6"/></pattern></defs>'
        f"{drawing}</svg>"
    )


def _glyph(mark: int, x: float, y: float) -> str:
    """The outline of a category's mark around a point."""
    size = _SIZE
    left, top = x - size, y - size
    outlines = (
        f"M{left:.0f} {y:.0f}a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
        f"M{left:.0f} {top:.0f}h8v8h-8z",
        f"M{x:.0f} {top - 1:.0f}l5 9h-10z",
        f"M{x:.0f} {top - 1:.0f}l5 5l-5 5l-5-5z",
        f"M{x:.0f} {y + size + 1:.0f}l5-9h-10z",
        f"M{x - 1.5:.1f} {top:.0f}h3v2.5h2.5v3h-2.5v2.5h-3v-2.5h-2.5v-3h2.5z",
        f"M{left:.0f} {y - 1.5:.1f}h8v3h-8z",
        f"M{x - 1.5:.1f} {top:.0f}h3v8h-3z",
        f"M{x - 2:.0f} {y:.0f}a2 2 0 1 0 4 0a2 2 0 1 0-4 0z",
    )
    return outlines[min(mark, MOST)]


class _Shape(leather.Shape):  # type: ignore[misc] # the library has no types
    """What all our shapes have in common."""

    def validate_series(self, series: Any) -> bool:  # noqa: ARG002 - the library's signature
        """Days and numbers are what we give."""
        return True

    def legend_to_svg(self, series: Any, palette: Any) -> list[Any]:  # noqa: ARG002 - same
        """The legend is HTML."""
        return []


class _Marks(_Shape):
    """Every draw of one category as one path."""

    def __init__(self, mark: int) -> None:
        self._mark = mark

    def to_svg(self, width: float, height: float, x_scale: Any, y_scale: Any, series: Any, palette: Any) -> ET.Element:  # noqa: ARG002 - same
        """The path."""
        places = (
            (float(x_scale.project(item.x, 0, width)), float(y_scale.project(item.y, height, 0)))
            for item in series.data()
        )
        outline = "".join(_glyph(self._mark, x, y) for x, y in places)
        return ET.Element("path", {"class": f"mark m{self._mark}", "d": outline})


class _Words(_Shape):
    """A few words that begin at a point."""

    def __init__(self, words: str) -> None:
        self._words = words

    def to_svg(self, width: float, height: float, x_scale: Any, y_scale: Any, series: Any, palette: Any) -> ET.Element:  # noqa: ARG002 - same
        """The words."""
        (item,) = series.data()
        left, middle = float(x_scale.project(item.x, 0, width)), float(y_scale.project(item.y, height, 0))
        words = ET.Element("text", {"class": "lane-words", "x": f"{left + 6:.0f}", "y": f"{middle + 4:.0f}"})
        words.text = self._words
        return words


class _Bars(_Shape):
    """Silences, each a hatched bar from one day to another."""

    def __init__(self, spans: Sequence[tuple[date, date]]) -> None:
        self._spans = spans

    def to_svg(self, width: float, height: float, x_scale: Any, y_scale: Any, series: Any, palette: Any) -> ET.Element:  # noqa: ARG002 - same
        """The bars."""
        group = ET.Element("g", {"class": "silences"})
        for item, (start, end) in zip(series.data(), self._spans, strict=True):
            left, right = (float(x_scale.project(day, 0, width)) for day in (start, end))
            left = max(left, _LABEL_GAP)
            middle = float(y_scale.project(item.y, height, 0))
            place = {
                "x": f"{left:.0f}",
                "y": f"{middle - 7:.0f}",
                "width": f"{max(right - left, 1):.0f}",
                "height": "14",
            }
            bar = ET.SubElement(group, "rect", {"class": "silence", "fill": "url(#hatch)", **place})
            ET.SubElement(bar, "title").text = f"silent for {(end - start).days} days, {start} to {end}"
        return group
