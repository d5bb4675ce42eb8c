"""The configuration: sources.toml and the guides beside it, checked whole, every problem at once with its line."""

import datetime as dt
import os
from collections.abc import Mapping
from pathlib import Path

from monitor.config.channels import VARIABLE, fill, read_channels
from monitor.config.configuration import Config
from monitor.config.document import Document, parse, read_document
from monitor.config.guides import read_guides
from monitor.config.lint import lint_config
from monitor.config.places import absolute_database_url, default_database_url, find_config, starter_path
from monitor.config.scalars import parse_listen
from monitor.config.shapes import KeepShape, MonitorShape
from monitor.config.sources import read_defaults, read_sources
from monitor.errors import ConfigError, Finding
from monitor.extractors import EXTRACTORS
from monitor.extractors.extraction import Extractor

__all__ = [
    "VARIABLE",
    "Config",
    "default_database_url",
    "fill",
    "find_config",
    "lint_config",
    "load_config",
    "resolve_channels",
    "resolve_heartbeat",
    "starter_path",
]


def load_config(
    path: Path,
    *,
    now: dt.date,
    environ: Mapping[str, str] | None = None,
    extractors: Mapping[str, Extractor] = EXTRACTORS,
) -> Config:
    """The configuration in this file and the guides beside it; ``now`` decides which years' sources there are.

    Raises ConfigError with every problem of all files. ``environ`` (default: the process's) fills ``${NAME}`` in the
    database address; channel addresses stay templates until something is delivered.
    """
    findings: list[Finding] = []
    document = read_document(path, findings)
    if document is None:
        raise ConfigError(findings)
    document.check_tables(single=("monitor", "fetch", "confirm", "keep"), many=("channel", "source"))
    main = parse(document, ("monitor",), document.table("monitor"), MonitorShape, subject="[monitor]")
    keep = parse(document, ("keep",), document.table("keep"), KeepShape, subject="[keep]") or KeepShape()
    database = _database(document, main or MonitorShape(), os.environ if environ is None else environ)
    defaults = read_defaults(document)
    sources = read_sources(document, defaults, extractors, now)
    guides, guide_ids = read_guides(path.parent / "guides", sources.named, findings)
    channels = read_channels(document, guide_ids, _publishers(document))
    if findings or main is None:
        raise ConfigError(sorted(findings, key=lambda it: (it.file != str(path), it.file, it.line or 0)))
    return Config(
        path=path,
        database=database,
        contact=main.contact,
        fetch=defaults.fetch,
        confirm=defaults.confirm,
        channels=channels,
        sources=sources.by_id,
        guides=guides,
        lines=sources.lines,
        heartbeat=main.heartbeat,
        canary=main.canary,
        listen=parse_listen(main.listen) if main.listen else None,
        log=main.log,
        keep_snapshots=keep.snapshots,
    )


def resolve_channels(config: Config, environ: Mapping[str, str]) -> dict[str, str]:
    """Each channel's address by name, with its variables filled in; raises ConfigError naming every missing one."""
    findings = []
    urls = {}
    for channel in config.channels:
        urls[channel.name], missing = fill(channel.url, environ)
        for name in missing:
            message = f'channel "{channel.name}": the environment has no {name}; set it, or remove the channel'
            findings.append(Finding(file=str(config.path), line=channel.line, code="missing_variable", message=message))
    if findings:
        raise ConfigError(findings)
    return urls


def resolve_heartbeat(config: Config, environ: Mapping[str, str]) -> str | None:
    """The address to call after each healthy cycle, its variables filled in; None when there is none.

    Raises ConfigError when a variable is missing or the address is no web address; it is secret, so it is not shown.
    """
    if config.heartbeat is None:
        return None
    url, missing = fill(config.heartbeat, environ)
    problems = [f"[monitor] heartbeat: the environment has no {name}; set it, or remove the key" for name in missing]
    if not missing and not url.startswith(("https://", "http://")):
        problems = ["[monitor] heartbeat is no web address; it must start with https:// or http://"]
    if problems:
        code = "missing_variable" if missing else "bad_value"
        raise ConfigError([Finding(file=str(config.path), line=None, code=code, message=it) for it in problems])
    return url


def _database(document: Document, main: MonitorShape, environ: Mapping[str, str]) -> str:
    if main.database is None:
        return default_database_url()
    url, missing = fill(main.database, environ)
    place = ("monitor", "database")
    for name in missing:
        message = f"the environment has no {name}, which the database address needs"
        document.report(place, "missing_variable", message)
    if "://" not in url and not missing:
        message = f'{url!r} is no database address; write it as "sqlite:///stilltrue.db" or "postgresql+psycopg://…"'
        document.report(place, "bad_value", message)
    return absolute_database_url(url, document.path)


def _publishers(document: Document) -> set[str]:
    return {str(data.get("publisher")) for _, data in document.items("source")}
