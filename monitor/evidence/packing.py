"""A dossier as files, and the files as one zip: the same content gives the same bytes, on any machine."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from monitor.errors import UsageError
from monitor.evidence.dossier import DayRoot, Dossier, Exhibit, Segment
from monitor.model import canonical, content_sha256, link_plain, stamp, to_plain
from monitor.stillness import told
from storage.warc_writing import write_warc

SUMS = "SHA256SUMS"
MANIFEST = "manifest.json"
SUMMARY = "index.html"
WARC = "pages.warc"
FORMAT = "stilltrue-evidence-1"
_DATE = (1980, 1, 1, 0, 0, 0)
_MODE = 0o644 << 16
_UNIX = 3

Files = Mapping[str, bytes]


def dossier_files(dossier: Dossier) -> dict[str, bytes]:
    """Everything but the summary and the pictures, by file name."""
    files = {f"{dossier.about.value}.json": _json(dossier.subject), WARC: _warc(dossier)}
    for exhibit in dossier.exhibits:
        files[f"{exhibit.name}.txt"] = _text(exhibit).encode()
    for segment in dossier.segments:
        files[f"chain-{segment.source}.jsonl"] = _segment(segment).encode()
    if dossier.roots:
        files["roots.json"] = _json([_root(root) for root in dossier.roots])
    if dossier.still:
        silence = [{**to_plain(still), "words": told(still)} for still in dossier.still]
        files["silence.json"] = _json({"pages": silence, "events": list(dossier.history)})
    return files


def _json(data: object) -> bytes:
    return (json.dumps(data, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _warc(dossier: Dossier) -> bytes:
    stream = io.BytesIO()
    shots = {exhibit.version.snapshot: exhibit.snapshot for exhibit in dossier.exhibits}
    ordered = sorted(shots.values(), key=lambda shot: (shot.fetched_at, shot.source))
    write_warc(stream, ordered, urls={exhibit.source: exhibit.url for exhibit in dossier.exhibits}, gzip=False)
    return stream.getvalue()


def _text(exhibit: Exhibit) -> str:
    head = [
        f"{exhibit.publisher}: {exhibit.title}",
        exhibit.url,
        f"Read {stamp(exhibit.snapshot.fetched_at)}, version {exhibit.version.id}",
    ]
    if exhibit.quote:
        found = "is between >>> and <<<" if exhibit.passage.quoted else "stands nowhere in one piece on the page"
        head.append(f"The passage {found}: {exhibit.quote}")
    return "\n".join([*head, "", exhibit.passage.marked(), ""])


def _segment(segment: Segment) -> str:
    first = {"source": segment.source, "previous": segment.previous}
    lines = [first, *({**link_plain(link), "digest": link.digest} for link in segment.links)]
    return "".join(canonical(line) + "\n" for line in lines)


def _root(day: DayRoot) -> dict[str, object]:
    heads = [{"source": head.source, "position": head.position, "digest": head.digest} for head in day.heads]
    return {**to_plain(day.root), "previous": day.previous, "heads": heads}


def with_manifest(dossier: Dossier, files: Files) -> dict[str, bytes]:
    """The files, a manifest of them, and their sums in the form that ``sha256sum -c`` reads."""
    listed = [
        {"name": name, "sha256": content_sha256(files[name]), "bytes": len(files[name]), "what": describe(name)}
        for name in sorted(files)
    ]
    manifest = {
        "format": FORMAT,
        "about": dossier.about.value,
        "heading": dossier.heading,
        "made_at": stamp(dossier.made_at),
        "made_by": dossier.program,
        "exhibits": [
            {
                "name": exhibit.name,
                "source": exhibit.source,
                "snapshot": exhibit.version.snapshot,
                "version": exhibit.version.id,
                "quote": exhibit.quote,
                "link": exhibit.link.position if exhibit.link else None,
            }
            for exhibit in dossier.exhibits
        ],
        "files": listed,
    }
    whole = {**files, MANIFEST: _json(manifest)}
    return {**whole, SUMS: sums(whole)}


def sums(files: Files) -> bytes:
    """The sums of these files, one a line, by name."""
    names = sorted(name for name in files if name != SUMS)
    return "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in names).encode()


def describe(name: str) -> str:
    """What a file of a pack is, for people."""
    told_of = {
        SUMMARY: "the summary to read first",
        WARC: "the pages as they were served, bytes and headers (WARC 1.1)",
        "silence.json": "how often the pages were read, and how well",
        "roots.json": "daily roots over all chains, with what they are made of",
        "event.json": "the change, with old and new value",
        "assumption.json": "the verdict",
        "page.json": "the version of the page",
    }
    if name in told_of:
        return told_of[name]
    endings = {".pdf": "the stored page, printed", ".png": "the stored page, its top", ".txt": "the page as text"}
    return endings.get(Path(name).suffix, "the hash chain of a source from there on")


def zipped(files: Files) -> bytes:
    """One zip of these files, uncompressed and undated, the summary first: the same files give the same bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as pack:
        for name in _order(files):
            entry = zipfile.ZipInfo(name, date_time=_DATE)
            entry.external_attr, entry.create_system = _MODE, _UNIX
            pack.writestr(entry, files[name])
    return stream.getvalue()


def _order(files: Files) -> Iterator[str]:
    first = (SUMMARY, SUMS, MANIFEST)
    yield from (name for name in first if name in files)
    yield from sorted(name for name in files if name not in first)


def write_pack(path: Path, files: Files) -> int:
    """Write the zip and return its size; raises UsageError for a file that exists or cannot be written."""
    content = zipped(files)
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        raise UsageError(f"{path} exists already; a pack never overwrites, so name another file.") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}); name another file.") from error
    return len(content)
