"""The API's own description (OpenAPI 3.1): made from the table of endpoints and the vocabulary, never by hand."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from monitor import __version__
from monitor.model import Check, CheckOutcome, Delivery, Event, Recheck, Verdict, Version
from monitor.web.api import ENDPOINTS, Endpoint

Schema = dict[str, Any]

_OPTIONAL_TEXT = {"type": ["string", "null"]}
_TEXTS = {"type": "array", "items": {"type": "string"}}
_NAMES = {
    "event": {"type": "string", "pattern": "^[0-9a-f]{4,64}$"},
    "source": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$"},
}


def describe() -> Schema:
    """The OpenAPI document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "stilltrue",
            "version": __version__,
            "description": "What official pages say, what changed, and which guide assumptions need rechecking. "
            "Read only. Times are UTC; money is a decimal string.",
        },
        "paths": {path: {"get": _operation(path, endpoint)} for path, endpoint in ENDPOINTS.items()},
        "components": {"schemas": _schemas()},
    }


def _operation(path: str, endpoint: Endpoint) -> Schema:
    one = _reference(endpoint.answers)
    parts = re.findall(r"\{(\w+)\}", path)
    return {
        "operationId": re.sub(r"\W+", "_", path.removeprefix("/api/")).strip("_"),
        "summary": endpoint.about,
        "parameters": [
            *({"name": name, "in": "path", "required": True, "schema": _NAMES[name]} for name in parts),
            *(
                {"name": item.name, "in": "query", "description": item.about, "schema": dict(item.schema)}
                for item in endpoint.parameters
            ),
        ],
        "responses": {
            "200": _response("As asked.", {"type": "array", "items": one} if endpoint.many else one),
            "400": _response("A parameter does not fit.", _reference("Error")),
            "404": _response("There is no such thing.", _reference("Error")),
        },
    }


def _response(about: str, schema: Mapping[str, Any]) -> Schema:
    return {"description": about, "content": {"application/json": {"schema": schema}}}


def _reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _schemas() -> Schema:
    kinds = [Event, Verdict, Recheck, Delivery, Version, Check]
    _, made = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    schemas: Schema = {name: _whole(schema) for name, schema in made.items()}
    schemas["Event"]["properties"]["affects"] = {"type": "array", "items": _object(_AFFECT)}
    schemas["Event"]["required"].append("affects")
    hunks = {"type": "array", "items": _object(_HUNK)}
    schemas["EventInFull"] = {"allOf": [_reference("Event"), _object({"hunks": hunks})]}
    schemas["Slice"] = _object(
        {
            "events": {"type": "array", "items": _reference("Event")},
            "next": _OPTIONAL_TEXT,
            "searched_to": _OPTIONAL_TEXT,
        }
    )
    schemas["Fact"] = _object(_FACT)
    schemas["Source"] = _object(_SOURCE)
    schemas["Counts"] = {
        "type": "object",
        "propertyNames": {"enum": list(CheckOutcome)},
        "additionalProperties": {"type": "integer", "minimum": 1},
    }
    schemas["Error"] = _object({"error": {"type": "string"}})
    return schemas


def _whole(schema: Schema) -> Schema:
    """A struct's schema as we answer with it: every field is always there."""
    if schema.get("type") == "object" and "properties" in schema:
        plain = {name: _without_default(part) for name, part in schema["properties"].items()}
        return {"type": "object", "properties": plain, "required": list(plain)}
    return {name: part for name, part in schema.items() if name in {"enum", "type"}}


def _without_default(schema: Schema) -> Schema:
    return {name: part for name, part in schema.items() if name != "default"}


def _object(properties: Mapping[str, Any]) -> Schema:
    return {"type": "object", "properties": dict(properties), "required": list(properties)}


_AFFECT = {name: {"type": "string"} for name in ("guide", "assumption", "verdict", "reason")}
_HUNK = {**{name: {"type": "string"} for name in ("op", "old", "new")}, "path": _TEXTS}
_FACT = {
    **{name: {"type": "string"} for name in ("key", "kind", "source", "quote")},
    "value": {"type": "object"},
    "path": _TEXTS,
    **dict.fromkeys(("first_seen", "last_seen", "version", "superseded_by"), _OPTIONAL_TEXT),
}
_SOURCE = {
    **{name: {"type": "string"} for name in ("id", "publisher", "title", "url", "health")},
    "enabled": {"type": "boolean"},
    **dict.fromkeys(("last_good_read", "last_change", "next_due", "problem"), _OPTIONAL_TEXT),
    **{name: {"type": "integer", "minimum": 0} for name in ("checks", "reads_since_change", "failures")},
}
