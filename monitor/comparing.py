"""Two reads of each source, one after the other: what differs between them without anything having changed."""

import asyncio
from collections.abc import Callable, Sequence

from monitor.changes.kinds import changed_fields
from monitor.config import Config
from monitor.errors import FetchError, Finding
from monitor.fetch.client import HttpFetcher
from monitor.model import Source, Validators
from monitor.read import read_snapshot


async def compare_live(
    sources: Sequence[Source], *, fetcher: HttpFetcher, config: Config, on_source: Callable[[], object]
) -> list[Finding]:
    """Fetch each source twice; findings name those that cannot be read well, find nothing, or differ by themselves."""

    async def compare(source: Source) -> Finding | None:
        problem = await _compare(source, fetcher)
        on_source()
        return problem and Finding(
            file=str(config.path),
            line=config.find_line(source.id),
            code=problem[0],
            message=f"{source.id}: {problem[1]}",
        )

    async with fetcher:
        found = await asyncio.gather(*(compare(source) for source in sources))
    return [finding for finding in found if finding is not None]


async def _compare(source: Source, fetcher: HttpFetcher) -> tuple[str, str] | None:
    readings = []
    for _ in range(2):
        try:
            snapshot = await fetcher.fetch(source, Validators())
        except FetchError as error:
            return error.code, str(error)
        if snapshot is None:
            return "not_modified_unasked", "the server says nothing changed although nothing was compared"
        readings.append(read_snapshot(source, snapshot))
        problem = readings[-1].quality.problem
        if problem is not None:
            return problem.code, problem.message
    one, two = readings
    before = {fact.key: fact for fact in one.facts}
    if not before:
        return "no_facts", "nothing was found by its extractors"
    differing = [fact.key for fact in two.facts if fact.key not in before or changed_fields(before[fact.key], fact)]
    if differing:
        return "unstable", f"two reads in a row differ in {', '.join(differing[:3])}: narrow its scope"
    return None
