"""Many guides: an event is looked up by source and kind, not by walking all assumptions; parsed guides are kept."""

from pathlib import Path

import pytest

from bench.assess import events_on, known_facts, read_state, timed_assess, write_guides
from monitor.app import App
from monitor.assess import GuideIndex, index_guides, touches
from monitor.config import guides as reading
from monitor.config.guides import read_guides
from monitor.daemon.current import Current
from monitor.model import VerdictKind

NAMED = {name: (name,) for name in ("a", "b", "c", "d", "e", "f", "g", "h")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("many") / "guides"
    write_guides(folder, 8, 50, list(NAMED))
    return folder


@pytest.fixture(scope="module")
def index(folder: Path) -> GuideIndex:
    found, _ = read_guides(folder, NAMED, findings := [])
    assert findings == []
    return index_guides(found)


@pytest.mark.parametrize("kind", ["fee.changed", "draw.new", "rule.changed"])
def test_an_event_looks_only_at_what_could_rest_on_it(index: GuideIndex, kind: str) -> None:
    event = events_on("a")[kind]
    everything = [(guide, item) for guide in index.guides.values() for item in guide.assumptions]
    assert len(everything) == 400
    candidates = {entry.name for entry in index.candidates(event)}
    affected = {(guide.id, item.id) for guide, item in everything if touches(event, guide, item)}
    assert affected <= candidates
    assert len(candidates) < 40


def test_what_an_event_affects_does_not_hang_on_the_index(index: GuideIndex) -> None:
    event = events_on("b")["fee.changed"]
    previous = dict.fromkeys(index.expecting("b"), VerdictKind.HOLDS)
    _, affects = timed_assess(event, index, known_facts("b"), read_state("b"), previous)
    direct = {
        (guide.id, item.id)
        for guide in index.guides.values()
        for item in guide.assumptions
        if touches(event, guide, item)
    }
    assert {(affect.guide, affect.assumption) for affect in affects} == direct


def test_a_guide_is_parsed_again_only_when_its_words_change(folder: Path) -> None:
    def parsed() -> int:
        return reading._parse.cache_info().misses  # noqa: SLF001 - whether the cache is used is the point

    first, _ = read_guides(folder, NAMED, [])
    before = parsed()
    again, _ = read_guides(folder, NAMED, [])
    assert (again, parsed()) == (first, before)
    path = folder / "guide-0003.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("Guide 3", "Guide three"), encoding="utf-8")
    edited, _ = read_guides(folder, NAMED, [])
    assert (edited[3].title, parsed()) == ("Guide three", before + 1)
    read_guides(folder, {**NAMED, "more": ("more",)}, [])
    assert parsed() == before + 1 + len(first)


def test_problems_are_told_again_though_the_guide_is_kept(tmp_path: Path) -> None:
    (tmp_path / "guides").mkdir()
    (tmp_path / "guides" / "g.toml").write_text('id = "g"\ntitle = "G"\ntext = "g.md"\nsevrity = 1\n', encoding="utf-8")
    (tmp_path / "sources.toml").write_text("", encoding="utf-8")
    for text, told in ((None, 2), ("words", 1)):
        if text:
            (tmp_path / "guides" / "g.md").write_text(text, encoding="utf-8")
        findings: list[object] = []
        found, _ = read_guides(tmp_path / "guides", {}, findings)  # type: ignore[arg-type]
        assert (len(findings), found[0].text) == (told, text or "")


def test_a_program_indexes_its_guides_once_for_all_it_reads(tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text("")
    (tmp_path / "guides").mkdir()
    (tmp_path / "guides" / "g.toml").write_text('id = "g"\ntitle = "G"\n')
    app = App(environ={}, cwd=tmp_path, config_file=tmp_path / "sources.toml")
    current = Current(app)
    assert current.board().index is current.board().index is app.board(alerting=True).index
    assert app.board(alerting=True).route is not None
    assert app.board(alerting=False).route is None
    assert current.reload() == ()
    assert current.board() is not app.board(alerting=True)
