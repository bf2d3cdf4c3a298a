"""One way to write an endpoint: a coroutine whose annotations say what it takes and gives.

::

    routes = Endpoints("clients")

    @routes.patch("/clients/{client}", problems=(404,))
    async def change_client(context: Context, path: ClientPath, body: ClientForm) -> Client:
        \"\"\"Change a client.\"\"\"

``path``, ``query`` and ``body`` are models of ``schemas``; all three are checked before the handler runs,
and every bad field of all of them is named in one answer. The result is a model, or ``None`` for 204. The
same annotations make the OpenAPI document (``document.py``), so that it cannot say anything else. A ``body``
of ``bytes`` is a recording as it is, up to ``largest`` bytes; a result of ``Sound`` is one.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from aiohttp import web
from multidict import MultiMapping
from pydantic import BaseModel, ValidationError

from callcenter.web.context import Context
from callcenter.web.problems import FieldProblem, ProblemError, Source, bad_fields, fields_of

PREFIX = "/api/v1"
WAV, MP3 = "audio/wav", "audio/mpeg"
_ANY_BYTES = "application/octet-stream"
"""What a browser says of a file whose kind it doesn't know; its first bytes tell."""
Handler = Callable[..., Awaitable[Any]]
H = TypeVar("H", bound=Handler)


@dataclass(frozen=True, slots=True)
class Sound:
    """A WAV to be heard; of a file, only the range that was asked for is read, as it is sent."""

    wav: bytes | Path


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``result`` is ``None`` where no JSON is sent back. ``problems`` are statuses beyond those that any
    endpoint may answer with. ``takes_sound`` and ``gives_sound`` are about the bodies that are no JSON."""

    method: str
    path: str
    topic: str
    handler: Handler
    status: int
    path_model: type[BaseModel] | None
    query_model: type[BaseModel] | None
    body_model: type[BaseModel] | None
    result: type[BaseModel] | None
    problems: tuple[int, ...]
    largest: int = 0
    """Bytes of the body, where more is taken than the application's limit."""
    takes_sound: bool = False
    gives_sound: bool = False

    @property
    def name(self) -> str:
        return self.handler.__name__

    @property
    def route(self) -> str:
        return PREFIX + self.path

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        arguments = await self._arguments(request)
        result = await self.handler(Context(request), **arguments)
        if isinstance(result, Sound):
            return _sound(result.wav)
        if self.result is None:
            return web.Response(status=204)
        body = result.model_dump_json(by_alias=True).encode()
        return web.Response(status=self.status, body=body, content_type="application/json")

    async def _arguments(self, request: web.Request) -> dict[str, BaseModel | bytes]:
        found: dict[str, BaseModel | bytes] = {}
        errors: list[FieldProblem] = []
        if self.path_model is not None:
            _check("path", self.path_model, dict(request.match_info), found, errors)
        query, repeated = _query(request.query)
        errors += repeated
        if self.query_model is not None:
            _check("query", self.query_model, query, found, errors)
        elif query:
            errors += [_problem("query", name, "extra_forbidden", "Not a parameter here") for name in query]
        larger = request.clone(client_max_size=self.largest) if self.largest else request
        if self.body_model is not None:
            await _read_body(larger, self.body_model, found, errors)
        if errors:
            raise bad_fields(errors)
        if self.takes_sound:
            if not larger.content_type.startswith("audio/") and larger.content_type != _ANY_BYTES:
                raise ProblemError(415, "send the recording as audio/wav or audio/mpeg")
            found["body"] = await larger.read()
        return found


def _sound(wav: bytes | Path) -> web.StreamResponse:
    if isinstance(wav, bytes):
        return web.Response(body=wav, content_type=WAV)
    return web.FileResponse(wav, headers={"Content-Type": WAV})


def _problem(source: Source, field: str, code: str, message: str) -> FieldProblem:
    return FieldProblem(source=source, field=field[:64], code=code, message=message)


def _query(query: MultiMapping[str]) -> tuple[dict[str, str], list[FieldProblem]]:
    repeated = sorted({name for name in query if len(query.getall(name)) > 1})
    return dict(query), [_problem("query", name, "repeated", "Given more than once") for name in repeated]


def _check(
    source: Source,
    model: type[BaseModel],
    data: dict[str, str],
    found: dict[str, BaseModel | bytes],
    errors: list[FieldProblem],
) -> None:
    """Strings from the address, converted to what the model wants."""
    try:
        for value in data.values():
            value.encode()  # a lone surrogate comes from a broken percent escape
        found[source] = model.model_validate(data)
    except UnicodeEncodeError:
        errors.append(_problem(source, "", "not_utf8", "Not valid UTF-8"))
    except ValidationError as error:
        errors += fields_of(source, error)


async def _read_body(
    request: web.Request,
    model: type[BaseModel],
    found: dict[str, BaseModel | bytes],
    errors: list[FieldProblem],
) -> None:
    if request.content_type != "application/json":
        raise ProblemError(415, "send application/json", headers={"Accept": "application/json"})
    charset = request.charset
    if charset is not None and charset.lower() not in ("utf-8", "utf8"):
        raise ProblemError(415, "send UTF-8", headers={"Accept": "application/json; charset=utf-8"})
    try:
        data = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise _too_large(model, request.client_max_size) from None
    try:
        found["body"] = model.model_validate_json(data, strict=True)
    except ValidationError as error:
        errors += fields_of("body", error)


def _too_large(model: type[BaseModel], most: int) -> ProblemError:
    """Names the limit: the bytes, and where the model has one for its text, that as well."""
    told = getattr(model, "too_large", None)
    detail = f"the body is too large: at most {most} bytes are taken here"
    return ProblemError(413, detail if told is None else f"{told}; {detail}")


class Endpoints:
    """The endpoints of one topic, in the order of writing."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self._all: list[Endpoint] = []

    def __iter__(self) -> Iterator[Endpoint]:
        return iter(self._all)

    def get(self, path: str, **options: Any) -> Callable[[H], H]:
        return self._add("GET", path, **options)

    def post(self, path: str, **options: Any) -> Callable[[H], H]:
        return self._add("POST", path, **options)

    def put(self, path: str, **options: Any) -> Callable[[H], H]:
        return self._add("PUT", path, **options)

    def patch(self, path: str, **options: Any) -> Callable[[H], H]:
        return self._add("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> Callable[[H], H]:
        return self._add("DELETE", path, **options)

    def _add(
        self,
        method: str,
        path: str,
        *,
        status: int = 200,
        problems: tuple[int, ...] = (),
        largest: int = 0,
    ) -> Callable[[H], H]:
        def add(handler: H) -> H:
            hints = get_type_hints(handler)
            given = hints.get("return")
            model = given if inspect.isclass(given) and issubclass(given, BaseModel) else None
            self._all.append(
                Endpoint(
                    method=method,
                    path=path,
                    topic=self.topic,
                    handler=handler,
                    status=status if model is not None or given is Sound else 204,
                    path_model=hints.get("path"),
                    query_model=hints.get("query"),
                    body_model=None if hints.get("body") is bytes else hints.get("body"),
                    result=model,
                    problems=problems,
                    largest=largest,
                    takes_sound=hints.get("body") is bytes,
                    gives_sound=given is Sound,
                )
            )
            return handler

        return add
