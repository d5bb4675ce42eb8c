"""Checks a pack offline, by itself: every byte against its sum, the zip itself, the chain, the pages in the WARC."""

import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct
from warcio.archiveiterator import ArchiveIterator

from monitor.errors import UsageError
from monitor.evidence.packing import FORMAT, MANIFEST, SUMS, WARC, Files, zipped
from monitor.model import (
    GENESIS,
    ChainHead,
    ChainLink,
    content_sha256,
    find_break,
    from_json,
    from_plain,
    read_content,
    root_digest,
)
from storage.warc_reading import read_whole
from storage.warc_writing import READ_TYPE

MOST_BYTES = 500_000_000
MOST_FILES = 500
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}")
_BROKEN = (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError, OverflowError, zlib.error, struct.error)
"""What the library raises for zips that are not whole; RuntimeError takes in methods that it does not know."""
_LOCAL_HEADER = 30
_SUM = re.compile(r"([0-9a-f]{64})  (.+)")


class Mismatch(Struct, frozen=True, kw_only=True):
    """Something in a pack that is not as it was made: which file, what was expected, what is there.

    ``severity`` info: only to know of; every file is as it was made.
    """

    code: str
    subject: str
    message: str
    severity: str = "error"


def check_pack(path: Path) -> list[Mismatch]:
    """Everything wrong with a pack, a zip or the folder it was unpacked to. Raises UsageError when there is none."""
    if path.is_dir():
        return check_files({one.name: one.read_bytes() for one in sorted(path.iterdir()) if one.is_file()})
    try:
        with path.open("rb") as file:
            raw = file.read(2 * MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); name an evidence pack.") from error
    if len(raw) > 2 * MOST_BYTES:
        raise UsageError(f"{path} is larger than {2 * MOST_BYTES:,} bytes; no pack of ours is.")
    return check_zip(raw)


def check_zip(raw: bytes) -> list[Mismatch]:
    """Everything wrong with the bytes of a zip, and as a note that another program packed it anew."""
    found: list[Mismatch] = []
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as pack:
            files = _read_entries(raw, pack, found)
            entries = pack.infolist()
    except _BROKEN as error:
        message = f"This is no zip that can be opened ({error}); get the pack again."
        return [*found, Mismatch(code="no_zip", subject="zip", message=message)]
    if files is None:
        return found
    found += check_files(files)
    made = zipped(files)
    if raw != made and not found:
        found.append(_repacked() if _is_repacked(entries, made, files) else _differing(raw, made))
    return found


def _differing(raw: bytes, made: bytes) -> Mismatch:
    place = next((at for at, (a, b) in enumerate(zip(raw, made, strict=False)) if a != b), min(len(raw), len(made)))
    message = f"The zip itself is not as it was made, from byte {place:,} on; the files in it are."
    return Mismatch(code="zip_differs", subject=f"byte {place}", message=message)


def _repacked() -> Mismatch:
    message = "Another program packed these files anew, which alters none of them: every file is as it was made."
    return Mismatch(code="repacked", subject="zip", message=message, severity="info")


def _is_repacked(entries: Sequence[zipfile.ZipInfo], made: bytes, files: Files) -> bool:
    """Whether another program wrote this zip: damage spares most entries, a program leaves its mark on every one."""
    with zipfile.ZipFile(io.BytesIO(made)) as pack:
        ours = [_marks(entry) for entry in pack.infolist()]
    kept = [entry for entry in entries if not entry.is_dir()]
    whole = all(zlib.crc32(files[_bare(entry)]) == entry.CRC for entry in kept)
    return whole and not any(_marks(entry) in ours for entry in kept)


def _marks(entry: zipfile.ZipInfo) -> tuple[object, ...]:
    """What a program writes of a file besides the file."""
    packing = (entry.compress_type, entry.date_time, entry.create_system, entry.create_version, entry.extract_version)
    return (*packing, entry.flag_bits, entry.external_attr, entry.extra, entry.comment, entry.filename.partition("/"))


def _bare(entry: zipfile.ZipInfo) -> str:
    """A file's name without the folder that was packed with it."""
    return entry.filename.rpartition("/")[2]


def _read_entries(raw: bytes, pack: zipfile.ZipFile, found: list[Mismatch]) -> dict[str, bytes] | None:
    """The files of a zip, nothing of which is written anywhere; None when there is too much of it."""
    entries = pack.infolist()
    if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_BYTES:
        message = f"It holds more than {MOST_FILES} files or {MOST_BYTES:,} bytes; it was not unpacked."
        found.append(Mismatch(code="too_large", subject="zip", message=message))
        return None
    folders = {entry.filename.rpartition("/")[0] for entry in entries}
    folder = folders.pop() if len(folders) == 1 else ""
    within = f"{folder}/" if _NAME.fullmatch(folder) else ""
    files: dict[str, bytes] = {}
    for entry in entries:
        name = entry.filename.removeprefix(within)
        if within and not name:
            continue  # the folder itself
        if not _NAME.fullmatch(name) or name in files:
            message = f"No pack of ours holds a file named {name[:200]!r} here; it was not unpacked."
            found.append(Mismatch(code="strange_name", subject=name[:200], message=message))
            continue
        try:
            files[name] = _content(raw, pack, entry)
        except _BROKEN as error:
            message = f"{name} was altered: it does not fit what the zip says of it ({error})."
            found.append(Mismatch(code="altered_file", subject=name, message=message))
    return files


def _content(raw: bytes, pack: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """One file as it stands there: its own sum judges it, which says more than the zip's checksum."""
    if entry.compress_type == zipfile.ZIP_STORED:
        at = entry.header_offset
        name, extra = struct.unpack("<HH", raw[at + _LOCAL_HEADER - 4 : at + _LOCAL_HEADER])
        start = at + _LOCAL_HEADER + name + extra
        return raw[start : start + entry.file_size]
    with pack.open(entry) as file:
        return file.read(entry.file_size + 1)


def check_files(files: Mapping[str, bytes]) -> list[Mismatch]:
    """Everything wrong with the files of a pack."""
    found = list(_check_sums(files))
    if found:
        return found
    return [*_check_chain(files), *_check_pages(files)]


def _check_sums(files: Mapping[str, bytes]) -> Iterator[Mismatch]:
    for name in (SUMS, MANIFEST):
        if name not in files:
            yield Mismatch(code="missing_file", subject=name, message=f"{name} is missing; without it nothing holds.")
            return
    listed = _manifest(files[MANIFEST]) or {}
    lines = files[SUMS].decode(errors="replace").splitlines()
    noted = {match[2]: match[1] for line in lines if (match := _SUM.fullmatch(line))}
    yield from _check_lists(files, listed, noted)
    for name in sorted({*listed, *noted} - {SUMS, MANIFEST}):
        wanted = [told[name] for told in (noted, listed) if name in told]
        if name not in files:
            yield Mismatch(code="missing_file", subject=name, message=f"{name} is missing (SHA-256 {wanted[0]}).")
        elif (there := content_sha256(files[name])) not in wanted:
            message = f"{name} was altered: SHA-256 {wanted[0]} was expected, {there} is there."
            yield Mismatch(code="altered_file", subject=name, message=message)
    for name in sorted(files.keys() - listed.keys() - noted.keys() - {SUMS, MANIFEST}):
        yield Mismatch(code="added_file", subject=name, message=f"{name} is not of this pack; it was added.")


def _check_lists(files: Files, listed: Mapping[str, str], noted: Mapping[str, str]) -> Iterator[Mismatch]:
    """The manifest and the sums must say the same of every file, and the sums what the manifest's own is."""
    own = content_sha256(files[MANIFEST])
    right = "".join(f"{digest}  {name}\n" for name, digest in sorted({**listed, MANIFEST: own}.items())).encode()
    if files[SUMS] == right:
        return
    if noted.get(MANIFEST) != own:
        message = (
            f"{MANIFEST} does not fit {SUMS}: {noted.get(MANIFEST)} was expected, {own} is there; one was altered."
        )
        yield Mismatch(code="altered_file", subject=MANIFEST, message=message)
    if noted.get(MANIFEST) == own or listed:
        message = (
            f"{SUMS} does not fit {MANIFEST}: SHA-256 {content_sha256(right)} was expected of it; one was altered."
        )
        yield Mismatch(code="altered_file", subject=SUMS, message=message)


def _manifest(raw: bytes) -> dict[str, str] | None:
    """The sums the manifest lists, by file; None for a damaged one."""
    try:
        manifest = json.loads(raw)
        if manifest["format"] != FORMAT:
            return None
        return {str(item["name"]): str(item["sha256"]) for item in manifest["files"]}
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _check_chain(files: Mapping[str, bytes]) -> Iterator[Mismatch]:
    """The links must be joined, and the roots made of what is said to be in them."""
    for name in sorted(files):
        if name.startswith("chain-"):
            try:
                previous, links = read_segment(files[name])
                broken = find_break(links, previous)
            except (ValueError, KeyError, TypeError, IndexError) as error:
                yield Mismatch(code="chain_broken", subject=name, message=f"{name} is no chain: {error}")
                continue
            if broken is not None:
                message = f"{name}: the link at position {broken.position} is not joined to the one before it."
                yield Mismatch(code="chain_broken", subject=name, message=message)
    for root in json.loads(files.get("roots.json", b"[]")):
        heads = from_plain(root["heads"], list[ChainHead])
        if root["digest"] != root_digest(date.fromisoformat(root["day"]), heads, root["previous"]):
            message = f"The daily root of {root['day']} is not made of what stands in roots.json."
            yield Mismatch(code="root_broken", subject="roots.json", message=message)


def read_segment(raw: bytes) -> tuple[str, list[ChainLink]]:
    """The digest before a segment, and its links; raises ValueError, KeyError or TypeError for anything else."""
    first, *lines = raw.decode().splitlines()
    return json.loads(first).get("previous", GENESIS), [from_json(line, ChainLink) for line in lines]


def _check_pages(files: Mapping[str, bytes]) -> Iterator[Mismatch]:
    """Each page in the WARC must be the one its link recorded."""
    manifest = json.loads(files[MANIFEST])
    try:
        contents = dict(_contents(files[WARC]))
    except Exception as error:  # noqa: BLE001 - whatever a foreign parser raises for damaged bytes
        yield Mismatch(code="altered_file", subject=WARC, message=f"{WARC} cannot be read as WARC: {error}")
        return
    for exhibit in manifest["exhibits"]:
        snapshot, name = exhibit["snapshot"], f"chain-{exhibit['source']}.jsonl"
        if snapshot not in contents:
            message = f"The page {exhibit['name']} (snapshot {snapshot}) is not in {WARC}."
            yield Mismatch(code="missing_page", subject=WARC, message=message)
            continue
        if exhibit["link"] is None:
            continue
        _, links = read_segment(files[name]) if name in files else ("", [])
        recorded = [link for link in links if link.position == exhibit["link"]]
        if not recorded or recorded[0].content != contents[snapshot]:
            message = f"The page {exhibit['name']} in {WARC} is not the one that link {exhibit['link']} recorded."
            yield Mismatch(code="page_differs", subject=WARC, message=message)


def _contents(raw: bytes) -> Iterator[tuple[str, str]]:
    """What the chain must say of each page in a WARC, made anew from its bytes, by snapshot id."""
    told: dict[str, dict[str, Any]] = {}
    for record in ArchiveIterator(io.BytesIO(raw)):
        if record.rec_type == "metadata" and record.rec_headers.get_header("Content-Type") == READ_TYPE:
            told[record.rec_headers.get_header("WARC-Concurrent-To")] = json.loads(read_whole(record, MOST_BYTES))
        elif record.rec_type == "response":
            of = told[record.rec_headers.get_header("WARC-Record-ID")]
            yield (
                of["snapshot"],
                read_content(
                    checked_at=datetime.fromisoformat(of["read_at"]),
                    sha256=content_sha256(read_whole(record, MOST_BYTES)),
                    status=of["status"],
                    final_url=of["final_url"],
                    headers=of["headers"],
                ),
            )
