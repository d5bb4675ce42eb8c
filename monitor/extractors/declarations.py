"""What a source may declare about each kind of fact: the tables of the extractors in a ``[[source]]``.

Dataclasses, which the configuration's reader can check key by key. They stand apart from the extractors, so that a
configuration is checked without bringing all that reads pages along.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from monitor.model import DrawKind

DRAW_COLUMNS = ("number", "date", "score", "count", "type", "stream", "category", "selection")
"""What a column of a table of draws may hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """How one source's draws are named; everything may be left out.

    ``program``: the program of every draw, unless a heading names one of ``programs`` (BC's two, unless declared).
    ``kind``: what the page counts where its words do not say. ``streams``: official stream names, found in headings
    and prose in any spelling of their words; ``stream_aliases``: another wording → official name. ``categories``:
    another wording of a type or group → category slug. ``records``: dotted key of the list of rounds in a JSON
    document; ``fields``: field of a draw (``number date date_text stream selection invitations score tie_break
    as_of``) → key in a record; ``bands``: key in a record → score band of the pool. ``columns``: what a table's column
    holds (``DRAW_COLUMNS``) → regex (or plain words) of its name, for tables that name them otherwise.
    """

    program: str | None = None
    programs: tuple[str, ...] = ("Skills Immigration", "Entrepreneur Immigration")
    kind: DrawKind = DrawKind.INVITATION
    streams: tuple[str, ...] = ()
    stream_aliases: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)
    records: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    bands: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        unknown = self.columns.keys() - DRAW_COLUMNS
        if unknown:
            raise ValueError(f"columns: {', '.join(sorted(unknown))} is none of {', '.join(DRAW_COLUMNS)}")
        _check(tuple(self.columns.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fees:
    """What a source declares about its fees; everything may be left out.

    ``labels``: label → regex (or plain words) found in the fee's own words. ``headings``: only under headings that
    match one of these. ``ignore``: sentences and rows that match are left out. ``amounts``: dotted key globs of the
    amounts in a JSON document; what the stars stand for becomes the label. ``columns``: regexes of the names of
    columns that hold fees, in tables that name them otherwise.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    headings: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    amounts: tuple[str, ...] = ("*.en", "*")
    columns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check((*self.labels.values(), *self.headings, *self.ignore, *self.columns))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessingTimes:
    """What a source declares about its processing times; everything may be left out.

    ``labels``: label → regex (or plain words) found in the time's own words. ``headings``: only under headings that
    match one of these. ``ignore``: sentences and rows that match are left out. ``values``: dotted key globs of the
    times in a JSON document; what the stars stand for becomes the label. ``queues``: the same of the numbers of people
    who wait ("About 59,700 people waiting"). ``columns``: regexes of the names of columns
    that hold times, in tables that name them otherwise.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    headings: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    values: tuple[str, ...] = ("*.*",)
    queues: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check((*self.labels.values(), *self.headings, *self.ignore, *self.columns))


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """What a source declares about its thresholds; everything may be left out.

    ``labels``: label → regex (or plain words) found in the threshold's own words. ``headings``: only under headings
    that match one of these. ``ignore``: sentences and rows that match are left out. ``columns``: regex of a column's
    name → unit of the numbers in it (``points``, ``CAD``, ``CLB``, ``years`` …), for tables that name them otherwise.
    ``units``: only these units; none listed means all.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    headings: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    units: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check((*self.labels.values(), *self.headings, *self.ignore, *self.columns))


@dataclass(frozen=True, slots=True, kw_only=True)
class OccupationColumns:
    """Regexes of column names for codes, titles and list names; empty: the usual words."""

    code: str = ""
    title: str = ""
    list: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupations:
    """What a source declares about its occupation lists; everything may be left out.

    ``list``: the name of the only list. ``lists``: list name → regex (or plain words) found in the heading, caption,
    table section or list column above it. ``headings``: only under headings that match one of these. ``ignore``: rows
    and sentences that match are left out. ``columns``: regexes of the column names for ``code``, ``title`` and
    ``list`` in tables that name them otherwise.
    """

    list: str = ""
    lists: Mapping[str, str] = field(default_factory=dict)
    headings: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    columns: OccupationColumns = field(default_factory=OccupationColumns)

    def __post_init__(self) -> None:
        named = (self.columns.code, self.columns.title, self.columns.list)
        _check((*self.lists.values(), *self.headings, *self.ignore, *named))


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """What a source declares about its deadlines; everything may be left out.

    ``labels``: label → regex (or plain words) found in the deadline's own words. ``headings``: only under headings
    that match one of these. ``ignore``: sentences and rows that match are left out. ``columns``: regexes of the names
    of columns that hold deadlines, for tables that name them otherwise.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    headings: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check((*self.labels.values(), *self.headings, *self.ignore, *self.columns))


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """What a source declares about streams; without ``streams`` nothing is read.

    ``streams``: official names; ``aliases``: another wording → official name. On a page with one stream, "this stream"
    and sentences without a subject are about it. ``open_when``: words (a regex); the streams that a sentence with them
    names, or the page's only one, are open unless the page says otherwise. ``headings``, ``ignore``: only under these,
    no such sentences.
    """

    streams: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    open_when: str = ""
    headings: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check((*filter(None, (self.open_when,)), *self.headings, *self.ignore))
        unknown = sorted(set(self.aliases.values()) - set(self.streams))
        if unknown:
            raise ValueError(f"aliases: {unknown[0]!r} is not among streams")


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocations:
    """What a source declares about allocations; everything may be left out.

    ``program``: whose allocation it is (default: the publisher). ``headings``: only under headings that match one of
    these. ``ignore``: sentences that match are left out.
    """

    program: str = ""
    headings: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check((*self.headings, *self.ignore))


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """What a source declares about its notices: only under ``headings``, none whose title matches ``ignore``."""

    headings: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check((*self.headings, *self.ignore))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a source declares about its rules: only under ``headings``, none that match ``ignore`` (regexes)."""

    headings: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check((*self.headings, *self.ignore))


def _check(patterns: tuple[str, ...]) -> None:
    if patterns:
        from monitor.extractors.scope import check_patterns

        check_patterns(patterns)
