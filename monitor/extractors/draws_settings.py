"""What a source declares about its draws: the `draws = {…}` table of a [[source]]."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from monitor.extractors.scope import check_patterns
from monitor.model import DrawKind

COLUMNS = ("number", "date", "score", "count", "type", "stream", "category", "selection")
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
    holds (``COLUMNS``) → regex (or plain words) of its name, for tables that name them otherwise.
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
        unknown = self.columns.keys() - COLUMNS
        if unknown:
            raise ValueError(f"columns: {', '.join(sorted(unknown))} is none of {', '.join(COLUMNS)}")
        check_patterns(tuple(self.columns.values()))


EXPRESS_ENTRY_FEED = Draws(
    program="Express Entry",
    records="rounds",
    fields={
        "number": "drawNumber",
        "date": "drawDate",
        "date_text": "drawDateFull",
        "stream": "drawName",
        "selection": "drawText2",
        "invitations": "drawSize",
        "score": "drawCRS",
        "tie_break": "drawCutOff",
        "as_of": "drawDistributionAsOn",
    },
    bands={
        "dd1": "601-1200",
        "dd2": "501-600",
        "dd3": "451-500",
        "dd4": "491-500",
        "dd5": "481-490",
        "dd6": "471-480",
        "dd7": "461-470",
        "dd8": "451-460",
        "dd9": "401-450",
        "dd10": "441-450",
        "dd11": "431-440",
        "dd12": "421-430",
        "dd13": "411-420",
        "dd14": "401-410",
        "dd15": "351-400",
        "dd16": "301-350",
        "dd17": "0-300",
        "dd18": "total",
    },
)
"""The shape of IRCC's published feed, recognised by its own keys where a source declares no other."""
