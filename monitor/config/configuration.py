"""What a loaded configuration is."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from msgspec import Struct

from monitor.config.document import Document
from monitor.config.toml_lines import TomlPath
from monitor.model import Channel, Confirm, FetchSettings, Guide, Pair, Source


class Config(Struct, frozen=True, kw_only=True):
    """Everything the files say, checked. ``sources`` are by id in file order, switched-off ones too.

    ``database`` is a full address. ``tables`` says where in ``document`` each source stands. ``listen`` is where health
    and metrics are served, None for nowhere; ``keep_snapshots`` how long uncited bytes stay, None for always.
    ``heartbeat`` is the template of an address called after each healthy cycle; ``canary`` the crontab line (UTC) of
    the end-to-end test. ``cluster``: due checks go to workers through the database's queue.
    """

    path: Path
    database: str
    contact: str | None
    fetch: FetchSettings
    confirm: Confirm
    channels: tuple[Channel, ...]
    sources: Mapping[str, Source]
    guides: tuple[Guide, ...]
    document: Document
    tables: Mapping[str, TomlPath]
    pairs: tuple[Pair, ...] = ()
    listen: tuple[str, int] | None = None
    log: str = "console"
    keep_snapshots: timedelta | None = None
    heartbeat: str | None = None
    canary: str | None = None
    cluster: bool = False

    def find_line(self, source: str) -> int | None:
        """The line of ``path`` on which a source stands; None for one that is not there."""
        table = self.tables.get(source)
        return None if table is None else self.document.line(table)
