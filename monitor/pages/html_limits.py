"""Whether an HTML text may be given to the parser in this process, which nothing can interrupt."""

import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from monitor.errors import PageError

MOST_TAGS = 400_000
"""Opening and closing together; the largest official pages seen have some 20,000. Each costs memory and time."""
TRIED_FROM = 250_000
"""Characters above which a page is parsed by a limited process first; below, the worst takes some three seconds."""
TRIAL_SECONDS = 60
_TRIAL = Path(__file__).with_name("html_trial.py")


def ensure_parsable(text: str) -> None:
    """Raise PageError ``too_large`` or ``too_slow`` unless parsing this text is bounded in time and memory."""
    if text.count("<") > MOST_TAGS:
        raise PageError(f"The page has more than {MOST_TAGS:,} tags.", code="too_large")
    if len(text) > TRIED_FROM and not _passes_trial(text):
        raise PageError("The HTML takes too long to parse; it is built to do so.", code="too_slow")


@lru_cache(maxsize=1)  # one page is looked at several times in a row
def _passes_trial(text: str) -> bool:
    """Whether a process of its own, with limits, gets through it."""
    command = [sys.executable, "-I", str(_TRIAL)]
    body = text.encode("utf-8", "replace")
    try:
        done = subprocess.run(command, input=body, capture_output=True, timeout=TRIAL_SECONDS, check=False)  # noqa: S603 - our own program, its input is data
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
