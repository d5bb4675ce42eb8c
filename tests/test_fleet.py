"""Real workers on a real PostgreSQL, one killed or the server restarted meanwhile; ``make fleet`` is the long form."""

from pathlib import Path

import pytest
from fleet import Pass, fleet, run, verify
from postgres import NO_SERVER, find_programs


@pytest.mark.skipif(find_programs() is None, reason=NO_SERVER)
def test_two_workers_lose_nothing_and_tell_nothing_twice_though_one_is_killed(tmp_path: Path):
    with fleet(tmp_path, sources=80, seed=7, stalled_after=3, timeout=5, fsync="off") as made:
        played = run(made, [Pass(workers=2), Pass(workers=2, kills=1)])
        verify(made, played)


@pytest.mark.skipif(find_programs() is None, reason=NO_SERVER)
def test_what_was_in_hand_when_the_server_restarted_is_made_within_seconds(tmp_path: Path):
    with fleet(tmp_path, sources=80, seed=7, stalled_after=3, timeout=5) as made:
        played = run(made, [Pass(workers=1), Pass(workers=1, restarts=1)])
        verify(made, played)
    assert played[1].seconds < 40, "it waited for a node's look at every source, once a minute"
