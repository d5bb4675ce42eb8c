import re
from datetime import date
from pathlib import Path

import pytest
from pydantic import BaseModel

from monitor.changes.kinds import NAMING
from monitor.config import lint_config, load_config, shapes
from monitor.config.scalars import EVENT_KINDS

DOCS = (Path(__file__).parents[1] / "docs" / "sources.md").read_text(encoding="utf-8")
SHAPES = [shape for shape in vars(shapes).values() if isinstance(shape, type) and issubclass(shape, BaseModel)]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_key_is_explained(shape: type[BaseModel]) -> None:
    keys = [field.alias or name for name, field in shape.model_fields.items()]
    assert [key for key in keys if f"`{key}`" not in DOCS and f"\n{key} = " not in DOCS] == []


def test_every_event_kind_is_listed() -> None:
    assert [kind for kind in EVENT_KINDS if f"`{kind}`" not in DOCS] == []


def test_every_event_kind_that_is_raised_is_known() -> None:
    raised = {kind for naming in NAMING.values() for kind in (naming.added, naming.changed, naming.removed) if kind}
    assert raised
    assert raised <= set(EVENT_KINDS)


def test_the_example_of_the_rest_can_be_used_as_it_stands(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(\[monitor\].*?)```", DOCS, re.DOTALL)
    (tmp_path / "sources.toml").write_text(example)
    config = load_config(tmp_path / "sources.toml", now=date(2026, 1, 1), environ={})
    assert lint_config(config) == []
