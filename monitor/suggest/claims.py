"""Finds the checkable claims of a guide: which sentences say something an official page could confirm or deny.

Of one clause the strongest class of claim counts (codes, then money, draws, quotas, points, levels, lengths of time,
counts, TEER, streams, dates, rules), so that "50 points with CLB 7" is one claim about points. Clauses beside it that
state a number or a closing of their own are further claims.
"""

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from monitor.extractors.amounts import straight
from monitor.extractors.durations import find_durations
from monitor.model import FactKind
from monitor.suggest import cells, code_words
from monitor.suggest import numbers as said
from monitor.suggest.claim import Claim, Form
from monitor.suggest.classes import CODES, FURTHER, LASTING, ORDER
from monitor.suggest.clauses import clause_around, list_parts, other_clauses
from monitor.suggest.notes import is_note, read_note
from monitor.suggest.place import Place
from monitor.suggest.sentences import Sentence
from monitor.suggest.shorthand import Spelled, spell_out
from monitor.suggest.topics import Topics
from monitor.suggest.vocabulary import is_advice, is_binding, is_praise, is_story, is_vague, is_view, without_lead

_LONGEST = 1000
"""More letters than a sentence has: something else that found no full stop."""


def find_claims(sentences: Sequence[Sentence], topics: Topics) -> list[Claim]:
    """The checkable claims in reading order; opinions, advice, stories and questions are left out."""
    found: list[Claim] = []
    section: tuple[str, ...] | None = None
    before: Claim | None = None
    for sentence in sentences:
        note = is_note(sentence)
        spelled = spell_out(straight(sentence.text), note=note)
        topic = topics.follow(sentence, spelled.text)
        before = before if sentence.headings == section else None
        section = sentence.headings
        codes = tuple(dict.fromkeys(code for claim in found for code in claim.codes if claim.form == Form.LISTED))
        place = Place(
            sentence=sentence,
            text=spelled.text,
            topic=topic,
            before=before,
            codes=codes,
            note=note,
        )
        read = _of_row(place, topics) if sentence.cells else _claims(place)
        if len(read) > 1 and not sentence.cells:
            read = [replace(it, topic=topics.of_clause(it.topic, clause_around(place.text, it.start))) for it in read]
        claims = [_as_written(_dated(claim, found), spelled) for claim in read]
        found += claims
        before = claims[0] if claims else None
    return found


def _dated(claim: Claim, before: Sequence[Claim]) -> Claim:
    """A claim about "it" with the day of the draw the sentence before it spoke of."""
    earlier = before[-1].draw if before else None
    if claim.draw is None or earlier is None or claim.draw.dates or not claim.draw.back:
        return claim
    days = tuple(date for date in earlier.dates if len(date) == len("2026-01-31"))
    return replace(claim, draw=replace(claim.draw, dates=days))


def _as_written(claim: Claim, spelled: Spelled) -> Claim:
    start, end = spelled.span(claim.start, claim.end)
    return replace(claim, start=start, end=end)


def _of_row(place: Place, topics: Topics) -> list[Claim]:
    """The claims of a table row: one record of a draw or an occupation, else what each cell says of the row's label."""
    if len(place.text) > _LONGEST:
        return []
    record = place.find_drawn() is not None or code_words.listed_codes(place.sentence, place.text)
    found = list(cells.read_cells(place.sentence, place.text))
    if record or not found:
        return _claims(place)
    return [claim for cell in found for claim in _of_cell(place, cell, topics)]


def _of_cell(place: Place, cell: cells.Cell, topics: Topics) -> list[Claim]:
    topic = topics.of_cell(place.topic, place.sentence, cell.column, cell.text)
    own = replace(place, text=cell.text, topic=topic, column=cell.column)
    if is_praise(cell.text) or is_vague(cell.text):
        return []
    claims = [claim for claim in _claims(own) if claim.start >= cell.start]
    words = cell.text[cell.start : cell.end]
    paired = len(place.sentence.cells) == 2 and is_binding(words)  # noqa: PLR2004 - a label and what holds of it
    dated = said.DATED.search(words) is not None and said.EFFECT.search(cell.column) is not None
    if dated and not claims:
        return [own.claim(FactKind.DEADLINE, Form.WORDS, (cell.start, cell.end))]
    if claims or not (topic.named or paired):
        return claims
    # "not required" under a publisher's name is its rule, and "none" for a fee that it takes none.
    if cells.says_none(words) and said.FEE.search(f"{cell.text} {own.over}"):
        zero = Decimal(0)
        return [own.claim(FactKind.FEE, Form.AMOUNT, (cell.start, cell.end), low=zero, high=zero, unit="CAD")]
    official = own.is_official() and any(map(str.isalpha, words))
    return [own.claim(FactKind.RULE, Form.WORDS, (cell.start, cell.end))] if official else []


def _claims(place: Place) -> list[Claim]:
    text = place.text
    stated = without_lead(text)
    # "I thought it was quicker, but there you have 17 days": what is stated comes after the lead.
    place = replace(place, text=" " * (len(text) - len(stated)) + stated) if stated != text else place
    if text.rstrip().endswith("?") or len(text) > _LONGEST or (place.sentence.is_run_in and not find_durations(text)):
        return []
    # "Keep them for six years" is put as advice, but states an official term.
    advised = stated == text and not place.sentence.cells and is_advice(text) and not said.TERM.match(text)
    listed = _of_list(place)
    if listed:
        return listed
    alone = place.note and not (place.sentence.cells and place.column is None)
    noted = read_note(place) if alone and not is_view(text) and not is_vague(text) else []
    if noted:
        return [*noted, *_beside(place, noted)]
    for find in ORDER:
        if (find is not CODES and is_view(stated)) or (find not in LASTING and (advised or is_story(stated))):
            continue
        claims = list(find(place))
        if claims:
            return [*claims, *_beside(place, claims)]
    return []


def _of_list(place: Place) -> list[Claim]:
    """What a half sentence lists after its subject ("Ontario: 17 days, CLB 4"), each with the subject alone."""
    parts = list(list_parts(place.text)) if place.note and place.column is None else []
    found: list[Claim] = []
    for start, end, text in parts:
        own = replace(place, text=text, before=found[-1] if found else place.before)
        found += [claim for claim in _claims(own) if start <= claim.start < end]
    return found


def _beside(place: Place, claims: Sequence[Claim]) -> list[Claim]:
    """What further clauses of the sentence state, each its strongest class; a table row is one record."""
    if (place.sentence.cells and place.column is None) or claims[0].form == Form.WORDS:
        return []
    found: list[Claim] = []
    for text in other_clauses(place.text, [(claim.start, claim.end) for claim in claims]):
        clause = replace(place, text=text, before=claims[0])
        found += next((some for find in FURTHER if (some := list(find(clause)))), [])
    said = {_said(claim) for claim in claims}
    return [claim for claim in found if _said(claim) not in said and _is_own(place, claim, claims[0])]


def _said(claim: Claim) -> tuple[object, ...]:
    return claim.kind, claim.form, claim.low, claim.high, claim.unit


def _is_own(place: Place, claim: Claim, first: Claim) -> bool:
    """Whether a further clause is more than a circumstance of the first, as the level or the years that earn points."""
    if first.kind == FactKind.DRAW or first.unit == "points":
        return claim.kind in {FactKind.FEE, FactKind.PROCESSING_TIME}
    if claim.form == Form.TEER:
        return first.form == Form.LISTED and place.text[: claim.start].endswith(" and ")
    if "-" in place.text[claim.start : claim.end]:
        return False  # "a one-year credential"
    return claim.kind != FactKind.STREAM or (claim.form == Form.CLOSED and first.kind != FactKind.OCCUPATION)


__all__ = ["Claim", "Form", "find_claims"]
