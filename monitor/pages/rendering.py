"""What a page reads like as plain text: the words that people see in ``cat`` and that versions are compared by."""

from collections.abc import Sequence

from monitor.model import Block, BlockKind, Cell, Table


def render_blocks(blocks: Sequence[Block]) -> str:
    """The blocks as lines: ``#`` headings, ``- `` items, table rows joined by `` | ``."""
    lines: list[str] = []
    previous: BlockKind | None = None
    for block in blocks:
        if lines and not (block.kind is previous is BlockKind.ITEM):
            lines.append("")
        lines.append(_render(block))
        previous = block.kind
    return "\n".join(lines)


def render_table(table: Table) -> str:
    """Caption and rows, one a line."""
    lines = [table.caption] if table.caption else []
    lines += [render_row(row) for row in (*table.header, *table.rows)]
    return "\n".join(lines)


def render_row(row: Sequence[Cell]) -> str:
    """One row's texts joined by `` | ``; a cell merged over columns stands once, one merged over rows in each row."""
    texts = [
        cell.text.replace("\n", " ") for at, cell in enumerate(row) if at == 0 or cell.origin != row[at - 1].origin
    ]
    return " | ".join(texts).strip()


def _render(block: Block) -> str:
    if block.kind is BlockKind.HEADING:
        return f"{'#' * block.level} {block.text}"
    if block.kind is BlockKind.ITEM:
        return f"{'  ' * (block.level - 1)}- {block.text}"
    return block.text
