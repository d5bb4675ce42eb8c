"""Draws: which invitation rounds an official page or feed tells of, and how full its pool is."""

from monitor.extractors.declarations import Draws
from monitor.extractors.draws_json import read_records
from monitor.extractors.draws_keys import Found, to_facts
from monitor.extractors.draws_pool import read_pool
from monitor.extractors.draws_prose import read_prose
from monitor.extractors.draws_table import draw_types, find_draws_table, read_table
from monitor.extractors.extraction import Extraction, Span
from monitor.model import Page, Source


def read(page: Page, source: Source, declaration: Draws, used: frozenset[Span]) -> Extraction:
    """The page's draws and the newest pool counts; tables that an earlier extractor used up are left alone."""
    if page.data is not None:
        return Extraction(facts=to_facts(read_records(page.data, declaration), source.id))
    found, undated, spans, types = _read_tables(page, declaration, used)
    told, told_spans = read_prose(page, declaration, types, undated)
    return Extraction(facts=to_facts([*found, *told], source.id), used=frozenset(spans | told_spans))


def _read_tables(
    page: Page, settings: Draws, used: frozenset[Span]
) -> tuple[list[Found], dict[int, list[Found]], set[Span], list[str]]:
    """(draws and pool bands, draws by block of tables without dates, spans read, draw types)."""
    found: list[Found] = []
    undated: dict[int, list[Found]] = {}
    spans: set[Span] = set()
    types: list[str] = []
    for index, block in enumerate(page.blocks):
        if block.table is None or Span(block=index) in used:
            continue
        table = find_draws_table(block, index, settings.columns)
        draws, rows = read_pool(page.blocks, index, settings) if table is None or table.day else ([], set())
        if table and not draws:
            draws, rows = read_table(table, settings)
            types += draw_types(table)
            if table.day:
                undated[index] = draws
        found += draws if index not in undated else []
        spans |= rows
    return found, undated, spans, types
