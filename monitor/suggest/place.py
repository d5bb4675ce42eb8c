"""A sentence in its place: what went before, whose matter it is, and the words over it. Claims are made of it."""

from msgspec import Struct
from msgspec.structs import replace

from monitor.model import FactKind
from monitor.suggest import draw_words
from monitor.suggest.claim import Claim, Form
from monitor.suggest.draw_words import DrawSaid
from monitor.suggest.sentences import Sentence
from monitor.suggest.topics import NEAR, Topic, is_official
from monitor.suggest.vocabulary import is_binding


class Place(Struct, frozen=True, kw_only=True):
    """A sentence with all that deciding on it needs; ``before`` is the claim of the sentence or clause before it.

    ``codes`` are those listed so far.
    ``text`` has the sentence's shorthand spelled out. ``note``: it is a half sentence, which takes from its heading
    what it leaves out. ``column`` is the name over a cell when the text is that cell and its row's label alone.
    """

    sentence: Sentence
    text: str
    topic: Topic
    before: Claim | None
    codes: tuple[str, ...]
    note: bool = False
    column: str | None = None

    @property
    def after(self) -> FactKind | None:
        """The kind of claim it goes on from."""
        return self.before.kind if self.before else None

    @property
    def unit(self) -> str:
        """The unit of the requirement it goes on from; empty after other claims."""
        return self.before.unit if self.before and self.before.kind == FactKind.THRESHOLD else ""

    @property
    def over(self) -> str:
        """The words over a table row, its columns and heading; those a half sentence or an answer goes on from."""
        heading = self.sentence.headings[-1:]
        if self.column is not None:
            return " ".join((self.column, *heading))
        if self.sentence.cells:
            return " ".join((*self.sentence.columns, *heading))
        return "".join(heading) if self.note or "".join(heading).endswith("?") else ""

    def find_drawn(self) -> DrawSaid | None:
        """The draw that a row of a table of draws states; None for any other row and for sentences."""
        if not self.sentence.cells or self.column is not None:
            return None
        of_draws = (
            self.after == FactKind.DRAW
            or draw_words.speaks_of_draws(f"{self.over} {self.topic.last}")
            or draw_words.are_of_draws(self.sentence.columns)
        )
        return draw_words.read_row(self.sentence) if of_draws else None

    def claim(self, kind: FactKind, form: Form, span: tuple[int, int], **values: object) -> Claim:
        """A claim of this sentence whose deciding words lie in ``span``."""
        claim = Claim(
            kind=kind,
            form=form,
            sentence=self.sentence,
            start=span[0],
            end=span[1],
            topic=self.topic,
            subject=self.text,
        )
        return replace(claim, **values)

    def is_official(self) -> bool:
        """Whether the sentence is an official matter: by its own words, its table or list, or what it goes on about."""
        around = " ".join((*self.sentence.columns, self.sentence.opener, self.over))
        if is_official(self.text) or is_official(around):
            return True
        if self.sentence.cells:
            return is_official(self.topic.near)
        return self.is_placed() and is_binding(self.text)

    def is_placed(self) -> bool:
        """Whether it is clear whose matter is spoken of."""
        return max(self.topic.publishers.values(), default=0) >= NEAR
