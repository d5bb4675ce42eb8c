"""Whether a page says what it said when it was last read, told without reading it: most checks need no more."""

from msgspec.structs import replace

from monitor.changes.reading import Reading
from monitor.extractors import REVISION
from monitor.model import Imprint, Quality, QualityOutcome, Snapshot, Source, Validators
from monitor.pages.imprint import body_imprint, context, words_imprint


def glance(source: Source, snapshot: Snapshot, known: Imprint | None) -> Reading | Imprint | None:
    """The reading of a page that for certain says what the page of this imprint said.

    Else it must be read; then its own imprint, where that had to be worked out.
    """
    if known is None or known.context != context(snapshot.final_url, source, REVISION):
        return None
    seen = Imprint(context=known.context, body=body_imprint(snapshot), words=known.words)
    if seen.body != known.body:
        seen = replace(seen, words=words_imprint(snapshot, source))
        if seen.words is None or seen.words != known.words:
            return seen
    return Reading(
        checked_at=snapshot.fetched_at,
        quality=Quality(outcome=QualityOutcome.OK),
        snapshot=snapshot,
        not_modified=True,
        http_status=snapshot.status,
        validators=validators_of(source, snapshot),
        imprint=seen,
    )


def validators_of(source: Source, snapshot: Snapshot) -> Validators:
    """For the next request to this address; those of another one it redirects to would say nothing of it."""
    if snapshot.final_url != source.url:
        return Validators()
    return Validators(etag=snapshot.headers.get("etag"), last_modified=snapshot.headers.get("last-modified"))
