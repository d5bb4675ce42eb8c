"""Several real worker processes on a real PostgreSQL, one killed meanwhile; ``make fleet`` runs the long form."""

from pathlib import Path

import pytest
from fleet import Pass, fleet, run, verify
from postgres import NO_SERVER, find_programs


@pytest.mark.skipif(find_programs() is None, reason=NO_SERVER)
def test_two_workers_lose_nothing_and_tell_nothing_twice_though_one_is_killed(tmp_path: Path):
    with fleet(tmp_path, sources=80, seed=7, stalled_after=3, timeout=5, fsync="off") as made:
        played = run(made, [Pass(workers=2), Pass(workers=2, kills=1)])
        verify(made, played)
