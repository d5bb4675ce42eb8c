"""Plain JSON data as it comes from outside."""

from collections.abc import Mapping
from typing import Any, TypeAlias

Json: TypeAlias = Any
"""dict, list, str, int, float, bool or None."""
JsonObject: TypeAlias = Mapping[str, Json]
