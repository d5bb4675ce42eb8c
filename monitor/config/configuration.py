"""What a loaded configuration is."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from monitor.model import Channel, Confirm, FetchSettings, Guide, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything the files say, checked. ``sources`` are by id in file order, switched-off ones too.

    ``database`` is a full address. ``lines`` gives the line of each source in ``path``.
    """

    path: Path
    database: str
    contact: str | None
    fetch: FetchSettings
    confirm: Confirm
    channels: tuple[Channel, ...]
    sources: Mapping[str, Source]
    guides: tuple[Guide, ...]
    lines: Mapping[str, int]
