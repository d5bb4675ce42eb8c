"""The configuration: sources.toml and the guides beside it, checked whole, every problem at once with its line."""

import datetime as dt
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from monitor.config.channels import VARIABLE, fill, read_channels
from monitor.config.configuration import Config
from monitor.config.document import Document, read_document
from monitor.config.guides import read_guides
from monitor.config.lint import lint_config
from monitor.config.pairs import read_pairs
from monitor.config.places import absolute_database_url, default_database_url, find_config, fingerprint, starter_path
from monitor.config.scalars import parse_listen
from monitor.config.shapes import KeepShape, MonitorShape
from monitor.config.sources import read_defaults, read_sources
from monitor.config.tables import read_part
from monitor.errors import ConfigError, Finding
from monitor.extractors import EXTRACTORS
from monitor.extractors.extraction import Extractor

__all__ = [
    "VARIABLE",
    "Config",
    "default_database_url",
    "fill",
    "find_config",
    "fingerprint",
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
    check_address: Callable[[str], str | None] = lambda _: None,
) -> Config:
    """The configuration in this file and the guides beside it; ``now`` decides which years' sources there are.

    Raises ConfigError with every problem of all files, the softer ones of ``lint_config`` too, as far as they can be
    told. ``environ`` (default: the process's) fills ``${NAME}`` in the database address; channel addresses stay
    templates until something is delivered, but where there are problems anyway ``check_address`` says what is wrong
    with those that stand in the file.
    """
    findings: list[Finding] = []
    document = read_document(path, findings)
    if document is None:
        read_guides(path.parent / "guides", None, findings)
        raise _every_problem(path, findings)
    config, unsure = _read(document, os.environ if environ is None else environ, extractors, now)
    if findings:
        findings += lint_config(config, extractors=extractors, unsure=unsure, today=now)
        findings += lint_addresses(config, check_address)
        raise _every_problem(path, findings)
    return config


def _every_problem(path: Path, findings: list[Finding]) -> ConfigError:
    return ConfigError(sorted(findings, key=lambda it: (it.file != str(path), it.file, it.line or 0)))


def _read(
    document: Document, environ: Mapping[str, str], extractors: Mapping[str, Extractor], now: dt.date
) -> tuple[Config, frozenset[str]]:
    """All that could be read, and the sources of which it is not known what they are read for."""
    document.check_tables(single=("monitor", "fetch", "confirm", "keep"), many=("channel", "source", "pair"))
    main = read_part(document, ("monitor",), document.table("monitor"), MonitorShape, subject="[monitor]").value
    keep = read_part(document, ("keep",), document.table("keep"), KeepShape, subject="[keep]").value
    database = _database(document, main, environ)
    _check_cluster(document, main, database)
    defaults = read_defaults(document)
    sources = read_sources(document, defaults, extractors, now)
    guides, guide_names = read_guides(document.path.parent / "guides", sources.named, document.findings)
    config = Config(
        path=document.path,
        database=database,
        contact=main.contact,
        fetch=defaults.fetch,
        confirm=defaults.confirm,
        channels=read_channels(document, guide_names, _publishers(document)),
        sources=sources.by_id,
        guides=guides,
        pairs=read_pairs(document, sources.named),
        document=document,
        tables=sources.tables,
        heartbeat=main.heartbeat,
        canary=main.canary,
        cluster=main.cluster,
        listen=parse_listen(main.listen) if main.listen else None,
        log=main.log,
        keep_snapshots=keep.snapshots,
    )
    return config, sources.unsure


def lint_addresses(config: Config, check_address: Callable[[str], str | None]) -> list[Finding]:
    """What ``check_address`` finds wrong with the channel addresses that stand in the file itself."""
    return [
        Finding(
            file=str(config.path),
            line=channel.line,
            code="bad_address",
            message=f'channel "{channel.name}": its address cannot be used: {problem}',
        )
        for channel in config.channels
        if not VARIABLE.search(channel.url) and (problem := check_address(channel.url))
    ]


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
        message = 'that is no database address; write it as "sqlite:///stilltrue.db" or "postgresql+psycopg://…"'
        document.report(place, "bad_value", message)
    return absolute_database_url(url, document.path)


def _check_cluster(document: Document, main: MonitorShape, database: str) -> None:
    if main.cluster and not database.startswith("postgresql"):
        message = "a cluster shares one server: give `database` a postgresql+psycopg:// address, or take `cluster` out"
        document.report(("monitor", "cluster"), "bad_value", message)


def _publishers(document: Document) -> set[str]:
    return {str(data.get("publisher")) for _, data in document.items("source")}
