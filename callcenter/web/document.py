"""The OpenAPI 3.1 document, from the endpoints' annotations; the WebSocket's messages are in its
``components`` too, so that one generator gives the console all its types.

The same sources give the same bytes, in every process.
"""

from __future__ import annotations

import http
import json
from functools import cache
from inspect import getdoc
from typing import Any, Literal, cast

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from callcenter import __name__ as product
from callcenter.web.access import RULES
from callcenter.web.api import ENDPOINTS
from callcenter.web.endpoint import MP3, PREFIX, WAV, Endpoint
from callcenter.web.problems import CONTENT_TYPE, Problem
from callcenter.web.push.protocol import ClientMessage, Entity, ServerMessage

VERSION = "1"
Schema = dict[str, Any]
Mode = Literal["validation", "serialization"]
_BINARY: Schema = {"schema": {"type": "string", "format": "binary"}}
_REF = "#/components/schemas/{model}"
_EXTRA: tuple[tuple[type[BaseModel], Mode], ...] = (
    (Problem, "validation"),
    (Entity, "serialization"),
    (ServerMessage, "serialization"),
    (ClientMessage, "validation"),
)


class _Untitled(GenerateJsonSchema):
    """Without a title on every field, which only repeats its name in the console's types."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def document() -> Schema:
    """The document; a fresh value that the caller may change."""
    return cast(Schema, json.loads(text()))


@cache
def text() -> str:
    """The document as JSON text."""
    schemas, components = _schemas()
    paths: dict[str, Schema] = {}
    for endpoint in ENDPOINTS:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, schemas)
    whole: Schema = {
        "openapi": "3.1.0",
        "info": {
            "title": f"{product} API",
            "version": VERSION,
            "description": (
                "Times are UTC epoch seconds. Errors are application/problem+json and name every bad "
                "field. The WebSocket /ws carries ServerMessage and ClientMessage as JSON text frames."
            ),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": PREFIX}],
        "tags": [{"name": topic} for topic in dict.fromkeys(endpoint.topic for endpoint in ENDPOINTS)],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(components.items())),
            "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": "cc_session"}},
        },
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _schemas() -> tuple[dict[tuple[type[BaseModel], Mode], Schema], dict[str, Schema]]:
    """The reference of every model that is used, and what the references lead to."""
    used: dict[tuple[type[BaseModel], Mode], None] = dict.fromkeys(_EXTRA)
    for endpoint in ENDPOINTS:
        if endpoint.body_model is not None:
            used[endpoint.body_model, "validation"] = None
        if endpoint.result is not None:
            used[endpoint.result, "serialization"] = None
    inputs = [(key, key[1], TypeAdapter(key[0])) for key in used]
    found, definitions = TypeAdapter.json_schemas(
        inputs, by_alias=True, ref_template=_REF, schema_generator=_Untitled
    )
    schemas = {key: schema for (key, _), schema in found.items()}
    return schemas, cast(dict[str, Schema], definitions["$defs"])


def _operation(endpoint: Endpoint, schemas: dict[tuple[type[BaseModel], Mode], Schema]) -> Schema:
    rule = RULES[endpoint.method, endpoint.route]
    summary, _, description = (getdoc(endpoint.handler) or "").partition("\n\n")
    operation: Schema = {"operationId": endpoint.name, "tags": [endpoint.topic], "summary": summary}
    if description:
        operation["description"] = description.strip()
    parameters = [*_parameters("path", endpoint.path_model), *_parameters("query", endpoint.query_model)]
    if endpoint.method != "GET":
        parameters.append(
            {
                "name": "X-Requested-With",
                "in": "header",
                "required": True,
                "schema": {"type": "string", "const": "callcenter"},
            }
        )
    if parameters:
        operation["parameters"] = parameters
    if endpoint.body_model is not None:
        schema = schemas[endpoint.body_model, "validation"]
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    if endpoint.takes_sound:
        operation["requestBody"] = {"required": True, "content": {WAV: _BINARY, MP3: _BINARY}}
    operation["responses"] = _responses(endpoint, schemas, public=rule.public)
    if not rule.public:
        operation["security"] = [{"session": []}]
        operation["x-roles"] = sorted(rule.roles)
        operation["x-agents-only"] = rule.agents
    return operation


def _parameters(place: str, model: type[BaseModel] | None) -> list[Schema]:
    if model is None:
        return []
    schema = model.model_json_schema(by_alias=True, ref_template=_REF, schema_generator=_Untitled)
    if "$defs" in schema:
        raise TypeError(f"{model.__name__}: a parameter must be a plain value")
    required = schema.get("required", [])
    return [
        {"name": name, "in": place, "required": name in required, "schema": part}
        for name, part in schema["properties"].items()
    ]


def _responses(
    endpoint: Endpoint, schemas: dict[tuple[type[BaseModel], Mode], Schema], *, public: bool
) -> Schema:
    good: Schema = {"description": http.HTTPStatus(endpoint.status).phrase}
    if endpoint.result is not None:
        good["content"] = {"application/json": {"schema": schemas[endpoint.result, "serialization"]}}
    if endpoint.gives_sound:
        good["content"] = {WAV: _BINARY}
    statuses = set(endpoint.problems)
    if not public:
        statuses |= {401, 403}
    if endpoint.method != "GET":
        statuses.add(403)  # the CSRF header is missing
    if endpoint.body_model is not None:
        statuses |= {400, 413, 415, 422}
    if endpoint.takes_sound:
        statuses |= {413, 415, 422}
    if endpoint.path_model is not None or endpoint.query_model is not None:
        statuses.add(422)
    content = {CONTENT_TYPE: {"schema": schemas[Problem, "validation"]}}
    return {str(endpoint.status): good} | {
        str(status): {"description": http.HTTPStatus(status).phrase, "content": content}
        for status in sorted(statuses)
    }
