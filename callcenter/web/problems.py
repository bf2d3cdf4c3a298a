"""Errors as people and programs read them: ``application/problem+json`` (RFC 9457), naming every bad field.

A handler raises ``ProblemError``; everything else that can go wrong on the way (an unknown path, a wrong
method, a body that is too large, our own crash) is turned into one by the outermost middleware.
"""

from __future__ import annotations

import http
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, assert_never

from aiohttp import web
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from callcenter.calls.requests import Refusal, Refused
from callcenter.flows.documents import place_of
from callcenter.people.mistakes import PlanRefusedError
from callcenter.scripts.errors import ScriptRefusedError, WrongAnswersError
from callcenter.storage.errors import ChangedMeanwhileError

CONTENT_TYPE = "application/problem+json"
Source = Literal["body", "query", "path"]


class FieldProblem(BaseModel):
    """One bad field. ``field`` is its path with dots (``phones.0``), empty for the whole; ``code`` is for
    programs, with the ``parameters`` that its words need in another language; ``message`` is for people, and
    ``remedy`` where there is one to tell."""

    source: Source
    field: str
    code: str
    message: str
    remedy: str | None = None
    parameters: dict[str, str] | None = None


class Problem(BaseModel):
    """An error. ``refusal`` is set when the core refused: the state of the floor does not allow it now."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] | None = None
    refusal: Refusal | None = None


class ProblemError(Exception):
    """Answer the request with this problem."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        kind: str = "about:blank",
        errors: Sequence[FieldProblem] = (),
        refusal: Refusal | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.problem = Problem(
            type=kind,
            title=http.HTTPStatus(status).phrase,
            status=status,
            detail=detail,
            errors=list(errors) or None,
            refusal=refusal,
        )
        self.headers = dict(headers or {})


def response(error: ProblemError) -> web.Response:
    return web.Response(
        status=error.problem.status,
        body=error.problem.model_dump_json(exclude_none=True).encode(),
        content_type=CONTENT_TYPE,
        headers=error.headers,
    )


def bad_field(source: Source, field: str, code: str, message: str) -> ProblemError:
    """A 422 for one field."""
    return ProblemError(
        422,
        f"{field}: {message}",
        kind="urn:callcenter:problem:bad-fields",
        errors=[FieldProblem(source=source, field=field, code=code, message=message)],
    )


def fields_of(source: Source, error: ValidationError) -> list[FieldProblem]:
    """Every complaint of pydantic, without the values that were sent (they may be personal, or a
    password)."""
    return [_field(source, item) for item in error.errors(include_url=False, include_input=False)]


def _field(source: Source, item: ErrorDetails) -> FieldProblem:
    return FieldProblem(
        source=source,
        field=place_of(item["loc"]),
        code=item["type"],
        message=item["msg"],
        remedy=item.get("ctx", {}).get("remedy"),
    )


def refused_plan(error: PlanRefusedError, within: str = "") -> ProblemError:
    """A change of the plan was refused: each mistake by its place, which for what was sent is the field.
    ``within`` is the place of what was sent, such as ``queues.sales``."""
    found = [
        FieldProblem(
            source="body",
            field=_field_within(mistake.place, within),
            code=mistake.code,
            message=mistake.message,
            remedy=mistake.remedy,
            parameters=dict(mistake.parameters) or None,
        )
        for mistake in error.mistakes
    ]
    names = ", ".join(item.field or "the whole" for item in found)
    return ProblemError(
        422, f"the plan would be wrong: {names}", kind="urn:callcenter:problem:bad-plan", errors=found
    )


def changed_meanwhile(error: ChangedMeanwhileError) -> ProblemError:
    """The version or revision to go on from is given as ``now``."""
    problem = FieldProblem(
        source="body",
        field=error.field,
        code="changed",
        message=error.message,
        parameters={"now": str(error.now)},
    )
    return ProblemError(409, str(error), kind=f"{_URN}changed-meanwhile", errors=[problem])


def of_scripts(error: ScriptRefusedError | WrongAnswersError) -> ProblemError:
    """What the stores of scripts refuse."""
    match error:
        case ScriptRefusedError():
            problems = [
                FieldProblem(
                    source="body",
                    field=mistake.place,
                    code=mistake.code.value,
                    message=mistake.message,
                    remedy=mistake.remedy,
                    parameters=dict(mistake.parameters) or None,
                )
                for mistake in error.mistakes
            ]
            return ProblemError(422, f"not published: {error}", kind=f"{_URN}bad-script", errors=problems)
        case WrongAnswersError():
            wrong = [
                FieldProblem(source="body", field=f"answers.{name}", code="not_acceptable", message=message)
                for name, message in error.wrong.items()
            ]
            return ProblemError(422, str(error), kind=f"{_URN}bad-fields", errors=wrong)
        case _:
            assert_never(error)


_URN = "urn:callcenter:problem:"


def _field_within(place: str, within: str) -> str:
    if within and place == within:
        return ""
    return place.removeprefix(f"{within}.") if within else place


def bad_fields(errors: Iterable[FieldProblem]) -> ProblemError:
    """400 when the body could not be read as JSON at all, else 422."""
    found = list(errors)
    if any(item.code == "json_invalid" for item in found):
        return ProblemError(
            400, "the body is not valid JSON", kind="urn:callcenter:problem:bad-json", errors=found
        )
    names = ", ".join(item.field or item.source for item in found)
    return ProblemError(
        422, f"not acceptable: {names}", kind="urn:callcenter:problem:bad-fields", errors=found
    )


_STATUS_OF: Mapping[Refusal, int] = {
    Refusal.UNKNOWN_AGENT: 404,
    Refusal.UNKNOWN_CALL: 404,
    Refusal.NOT_YOURS: 403,
    Refusal.TOO_LATE: 409,
    Refusal.NOT_ALLOWED_NOW: 409,
    Refusal.REASON_MISSING: 422,
    Refusal.COLLEAGUE_BUSY: 409,
    Refusal.UNKNOWN_QUEUE: 422,
    Refusal.BAD_NUMBER: 422,
    Refusal.PHONE_UNUSABLE: 409,
    Refusal.NO_INTERNAL_CALL: 409,
    Refusal.TOO_FAST: 429,
    Refusal.BUSY: 503,
    Refusal.STARTING: 503,
}


def refused(answer: Refused) -> ProblemError:
    """The core said no. 503 (with Retry-After) when it could not be asked."""
    status = _STATUS_OF[answer.refusal]
    return ProblemError(
        status,
        answer.message,
        kind=f"urn:callcenter:problem:{answer.refusal.value.replace('_', '-')}",
        refusal=answer.refusal,
        headers={"Retry-After": "2"} if status == 503 else None,
    )
