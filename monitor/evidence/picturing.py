"""A PDF and a PNG of a stored page by the system's Chromium, without network or our environment.

What it is given is cleaned already: no script, picture, style or address is left in it. The browser's only way out is
an address where nobody answers.
"""

import os
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

_SECONDS = 60
_LOCKED = (
    *("--headless=new", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-default-apps", "--hide-scrollbars"),
    *("--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=<-loopback>"),
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
_SIZE = "1000,1400"


class Pictures(Struct, frozen=True):
    """The page as a whole and its top; None what the browser did not make."""

    pdf: bytes | None
    png: bytes | None


def picture(html: str, chromium: str) -> Pictures:
    """A cleaned page printed and photographed; never raises for what a page or browser may do."""
    with tempfile.TemporaryDirectory(prefix="stilltrue-picture-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "page.html").write_text(html, encoding="utf-8")
        pdf, png = folder / "page.pdf", folder / "page.png"
        _run(folder, chromium, ("--no-pdf-header-footer", f"--print-to-pdf={pdf}"))
        _run(folder, chromium, (f"--window-size={_SIZE}", f"--screenshot={png}"))
        return Pictures(*(path.read_bytes() if path.is_file() else None for path in (pdf, png)))


def _run(folder: Path, chromium: str, wanted: Sequence[str]) -> None:
    own = str(folder)
    environ = {"PATH": os.environ.get("PATH", os.defpath), "HOME": own, "TMPDIR": own, "LANG": "C.UTF-8"}
    sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()  # Chromium has no sandbox for root
    command = (chromium, *_LOCKED, *sandbox, f"--user-data-dir={folder / 'profile'}", *wanted, f"{folder}/page.html")
    nothing = subprocess.DEVNULL
    process = subprocess.Popen(  # noqa: S603 - a fixed command on a file of our own
        command, stdin=nothing, stdout=nothing, stderr=nothing, cwd=folder, env=environ, start_new_session=True
    )
    with suppress(subprocess.TimeoutExpired):
        process.wait(_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
