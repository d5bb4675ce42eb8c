"""What a source declares about its draws: the `draws = {…}` table of a [[source]]."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from monitor.model import DrawKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """How one source's draws are named; everything may be left out.

    ``program``: the program of every draw, unless a heading names one of ``programs``. ``kind``: what the page counts
    where its words do not say. ``streams``: official stream names, found in headings and prose in any spelling of
    their words; ``stream_aliases``: another wording → official name. ``categories``: another wording of a type or
    group → category slug. ``records``: dotted key of the list of rounds in a JSON document; ``fields``: field of
    a draw (``number date date_text stream selection invitations score tie_break as_of``) → key in a record; ``bands``:
    key in a record → score band of the pool.
    """

    program: str | None = None
    programs: tuple[str, ...] = ()
    kind: DrawKind = DrawKind.INVITATION
    streams: tuple[str, ...] = ()
    stream_aliases: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)
    records: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    bands: Mapping[str, str] = field(default_factory=dict)
