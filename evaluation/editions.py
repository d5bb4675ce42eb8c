"""Editions of pages as templates: what an edit may change in them stands there by name.

``⟦name=words⟧`` is a slot with its usual words, ``⟦#name⟧ … ⟦/name⟧`` a part that may be left out.
"""

import io
import re
import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

from msgspec import Struct, field
from reportlab.pdfgen.canvas import Canvas

from monitor.model import Format

HERE = Path(__file__).parent

_SLOT = re.compile(r"⟦([\w.-]+)=([^⟦⟧]*)⟧")
_PART = re.compile(r"⟦#([\w.-]+)⟧(.*?)⟦/\1⟧", re.DOTALL)
_FORMS = {".html": Format.HTML, ".json": Format.JSON, ".xml": Format.FEED, ".txt": Format.PDF}
_BODY = "⟦body⟧"


class Edition(Struct, frozen=True, kw_only=True):
    """A page as it is first read: its source, the time of that read, its template, and words put in its slots."""

    name: str
    source: str
    at: datetime
    template: str
    form: Format = Format.HTML
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_json(self) -> bool:
        """Whether it is a JSON document rather than a page."""
        return self.form is Format.JSON

    def encode(self, text: str) -> bytes:
        """The bytes that a server sends for this text; of a PDF, lines and form feeds become lines and pages."""
        return _as_pdf(text) if self.form is Format.PDF else text.encode()

    def slots(self) -> dict[str, str]:
        """The usual words of every slot by its name."""
        return {**dict(_SLOT.findall(self.template)), **self.words}

    def render(self, changed: Mapping[str, str] | None = None, without: tuple[str, ...] = ()) -> str:
        """The page with these words in its slots and without these parts; raises KeyError for an unknown name."""
        changed = changed or {}
        unknown = (set(changed) - set(self.slots())) | (set(without) - self.parts())
        if unknown:
            raise KeyError(f"{self.name} has no {', '.join(sorted(unknown))}")
        text = self.template
        while _PART.search(text):
            text = _PART.sub(lambda match: "" if match[1] in without else match[2], text)
        words = {**self.slots(), **changed}
        return _SLOT.sub(lambda match: words[match[1]], text)

    def parts(self) -> set[str]:
        """The names of the parts that may be left out."""
        return set(re.findall(r"⟦#([\w.-]+)⟧", self.template))


@cache
def load_editions() -> dict[str, Edition]:
    """Every edition by its name."""
    listed = tomllib.loads((HERE / "editions.toml").read_text(encoding="utf-8"))
    return {name: _load(name, row) for name, row in listed.items()}


def _load(name: str, row: Mapping[str, object]) -> Edition:
    template = (HERE / "editions" / str(row["file"])).read_text(encoding="utf-8")
    if "frame" in row:
        frame = (HERE / "editions" / f"frame-{row['frame']}.html").read_text(encoding="utf-8")
        template = frame.replace(_BODY, template)
    at, words = row["at"], row.get("words", {})
    if not isinstance(at, datetime) or not isinstance(words, dict):
        raise TypeError(f"{name}: at must be a time and words a table")
    form = _FORMS[Path(str(row["file"])).suffix]
    return Edition(name=name, source=str(row["source"]), at=at, template=template, form=form, words=words)


def _as_pdf(text: str) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    for page in text.split("\f"):
        for number, line in enumerate(page.strip("\n").split("\n")):
            canvas.drawString(60, 800 - 14 * number, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()
