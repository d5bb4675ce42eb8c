"""The HTML verification report stands on its own and shows remote text as text."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from monitor.model import Assumption, Guide, ReadState, Verdict, VerdictEvidence, VerdictKind
from monitor.web.report import Proof, Reported, render_report

NOW = datetime(2026, 6, 23, 12, tzinfo=UTC)
NASTY = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'


def verdict(
    name: str, kind: VerdictKind, *, url: str = "https://example.org/#:~:text=fee", quote: str = "q"
) -> Verdict:
    return Verdict(
        guide="g",
        assumption=name,
        claim=f"Claim {name} {NASTY}",
        verdict=kind,
        expected="fee equals 1475",
        found="1750",
        reasons=("Because.",),
        source="s",
        as_of=NOW,
        last_good_read=NOW,
        reads_since_change=3,
        evidence=VerdictEvidence(version="v1", quote=quote, url=url),
    )


def report(*verdicts: Verdict, fresh: bool = False, **read: Any) -> str:
    assumptions = tuple(Assumption(id=item.assumption, claim=item.claim, sources=("s",)) for item in verdicts)
    guide = Guide(id="g", title="A guide", assumptions=assumptions)
    state = ReadState(
        source="s",
        url="https://example.org/",
        version="v1",
        last_good_read=NOW,
        last_change=NOW,
        last_check=NOW,
        checks=4,
        reads_since_change=3,
        health="ok",
        marker="2026-06-01",
    )
    state = replace(state, **read)
    reported = Reported(guide=guide, verdicts=verdicts, sentences={})
    return render_report(
        [reported],
        reads={"s": state},
        titles={"s": "The page"},
        now=NOW,
        proof=Proof(stills=(), root=None),
        fresh=fresh,
    )


def test_what_needs_a_person_comes_first():
    html = report(verdict("A", VerdictKind.HOLDS), verdict("B", VerdictKind.CONTRADICTED))
    assert html.index("B. Claim") < html.index("A. Claim")


def test_remote_text_is_text():
    html = report(verdict("A", VerdictKind.CONTRADICTED, quote=NASTY))
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html


def test_only_web_addresses_become_links():
    html = report(verdict("A", VerdictKind.HOLDS, url="javascript:alert(1)"))
    assert "javascript:" not in html
    assert 'href="https://example.org/#:~:text=fee"' in report(verdict("A", VerdictKind.HOLDS))


def test_nothing_is_loaded_from_outside():
    html = report(verdict("A", VerdictKind.HOLDS))
    assert not re.search(r"<(script|link|img|iframe|object)\b", html)
    assert "default-src 'none'" in html


def test_it_names_the_publishers_own_stamp_and_how_it_was_made():
    assert "2026-06-01" in report(verdict("A", VerdictKind.HOLDS))
    assert "Every source was read for this report" in report(verdict("A", VerdictKind.HOLDS), fresh=True)
    assert "nothing was read for it" in report(verdict("A", VerdictKind.HOLDS))


def test_a_fresh_report_names_the_pages_that_could_not_be_read():
    fine = report(verdict("A", VerdictKind.HOLDS), fresh=True)
    assert "Every source was read for this report." in fine
    state = {"health": "blocked", "last_good_read": NOW - timedelta(days=3)}
    blocked = report(verdict("A", VerdictKind.HOLDS), fresh=True, **state)
    assert "Every source was read" not in blocked
    assert re.search(r"except these, of which it says what was known before:\s*<strong>The page</strong>", blocked)


def test_the_official_words_and_what_was_expected_stand_once():
    shown = replace(
        verdict("A", VerdictKind.CONTRADICTED, quote="Application $1,750"),
        reasons=(
            "Expected fee equals 1475. Found application: 1750 CAD.",
            "“Application $1,750” (s, last read well 2026-06-23T12:00:00Z)",
            "s could not be read when it was last checked.",
        ),
    )
    html = report(shown)
    assert html.count("Application $1,750") == 1
    assert html.count("fee equals 1475") == 1
    assert "<p>Found application: 1750 CAD.</p>" in html
    assert "<p>s could not be read when it was last checked.</p>" in html
    assert "<dt>Page's stamp</dt><dd>2026-06-01</dd>" in html
