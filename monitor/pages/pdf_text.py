"""The text of a PDF by page, printed as JSON: a program of its own, so that a hostile file is stopped by the system.

Reads the file from standard input; exit code 1 with one line on standard error when it is no readable PDF.
"""

import io
import json
import logging
import resource
import sys

MEMORY = 1_500_000_000
CPU_SECONDS = 60
MOST_PAGES = 2_000


def main() -> int:
    """Extract under limits of memory and time; returns the exit code."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    logging.disable(logging.CRITICAL)
    from pypdf import PdfReader  # noqa: PLC0415 - after the limits are set
    from pypdf.errors import PyPdfError  # noqa: PLC0415 - same

    try:
        reader = PdfReader(io.BytesIO(sys.stdin.buffer.read()))
        # No text means anything by a NUL, and not every database takes one.
        pages = [page.extract_text().replace("\0", "") for page in reader.pages[:MOST_PAGES]]
        title = ((reader.metadata.title if reader.metadata else None) or "").replace("\0", "")
        modified = reader.metadata.modification_date if reader.metadata else None
    except (
        PyPdfError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        OverflowError,
        MemoryError,
    ) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 1
    document = {"title": title, "modified": modified.date().isoformat() if modified else None, "pages": pages}
    sys.stdout.write(json.dumps(document))
    return 0


if __name__ == "__main__":
    sys.exit(main())
