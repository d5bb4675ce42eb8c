"""Whether a large HTML body can be parsed in reasonable time: a program of its own, stopped by the system if not.

Some markup (a hundred thousand attributes on one element) takes the parser time that grows with its square, and nothing
in the same process can interrupt it. Reads UTF-8 from standard input; exit code 0 when it can.
"""

import resource
import sys

MEMORY = 1_500_000_000
CPU_SECONDS = 2
"""The largest official pages take a tenth of one."""


def main() -> int:
    """Parse under limits of memory and time, and forget the result."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    from lxml.etree import ParserError  # noqa: PLC0415 - after the limits are set
    from lxml.html import HTMLParser, document_fromstring  # noqa: PLC0415 - same

    try:
        document_fromstring(sys.stdin.buffer.read(), parser=HTMLParser(encoding="utf-8", huge_tree=True))
    except ParserError:
        return 0  # told where it is parsed again
    return 0


if __name__ == "__main__":
    sys.exit(main())
