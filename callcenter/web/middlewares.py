"""What happens to every request, from the outside in: counting, turning errors into problems, then (inside
aiohttp-session) who asks and whether they may."""

from __future__ import annotations

import time

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from callcenter.callbacks.errors import TakenError
from callcenter.flows.errors import PromptFolderError
from callcenter.people.mistakes import PlanRefusedError
from callcenter.scripts.errors import ScriptRefusedError, WrongAnswersError
from callcenter.storage.errors import (
    ChangedMeanwhileError,
    DatabaseUnavailableError,
    DuplicateError,
    NotFoundError,
    StoreError,
)
from callcenter.web.access import RULES
from callcenter.web.context import AUTH, METRICS, NETWORK, OPTIONS, SESSION_ID, USER
from callcenter.web.endpoint import PREFIX
from callcenter.web.problems import (
    FieldProblem,
    ProblemError,
    changed_meanwhile,
    of_scripts,
    refused_plan,
    response,
)

log = structlog.get_logger(__name__)

CSRF_HEADER = "X-Requested-With"
CSRF_VALUE = "callcenter"
_SAFE = ("GET", "HEAD", "OPTIONS")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=(), payment=(), usb=()",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
}


def route_of(request: web.Request) -> str:
    """The route's pattern; one word for all that match none, so that metrics stay few."""
    resource = request.match_info.route.resource
    return "unknown" if resource is None else resource.canonical


@web.middleware
async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
    metrics, started = request.app[METRICS], time.perf_counter()
    method = request.method if request.method in _METHODS else "other"
    route = route_of(request)
    status = 500
    try:
        answer = await handler(request)
        status = answer.status
        return answer
    except web.HTTPException as error:
        status = error.status
        raise
    finally:
        metrics.requests.labels(method, route, status).inc()
        if status != 101:
            metrics.seconds.labels(method, route).observe(time.perf_counter() - started)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@web.middleware
async def explain(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every error leaves as a problem."""
    try:
        return await handler(request)
    except ProblemError as error:
        return response(error)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return response(_of_http(error))
    except DatabaseUnavailableError as error:
        log.warning("web.database_away", route=route_of(request), error=str(error))
        return response(
            ProblemError(
                503,
                "the database is away; try again",
                kind="urn:callcenter:problem:database-away",
                headers={"Retry-After": "2"},
            )
        )
    except StoreError as error:
        return response(_of_store(error))
    except Exception:
        log.exception("web.crashed", method=request.method, route=route_of(request))
        return response(ProblemError(500, "our mistake; it was logged"))


def _of_http(error: web.HTTPException) -> ProblemError:
    details = {
        404: "there is nothing here",
        405: "not a method of this address",
        413: "the body is too large",
    }
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    return ProblemError(error.status, details.get(error.status, error.reason), headers=headers)


def _of_store(error: StoreError) -> ProblemError:
    if isinstance(error, PromptFolderError):
        log.warning("web.prompts_folder", problem=error.message)
        return ProblemError(503, error.message, kind="urn:callcenter:problem:prompts-folder")
    if isinstance(error, TakenError):
        return ProblemError(409, error.message, kind="urn:callcenter:problem:already-taken")
    if isinstance(error, ChangedMeanwhileError):
        return changed_meanwhile(error)
    if isinstance(error, ScriptRefusedError | WrongAnswersError):
        return of_scripts(error)
    if isinstance(error, PlanRefusedError):
        return refused_plan(error)
    if isinstance(error, NotFoundError):
        return ProblemError(404, str(error))
    taken = isinstance(error, DuplicateError)
    field = FieldProblem(
        source="body", field=error.field, code="taken" if taken else "not_acceptable", message=error.message
    )
    kind = f"urn:callcenter:problem:{'taken' if taken else 'bad-fields'}"
    return ProblemError(409 if taken else 422, str(error), kind=kind, errors=[field])


@web.middleware
async def admit(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse foreign pages, then look into the table of roles."""
    resource = request.match_info.route.resource
    if resource is None:
        return await handler(request)  # aiohttp's own 404 or 405
    if request.method not in _SAFE:
        _check_page(request)
    method = "GET" if request.method == "HEAD" else request.method
    rule = RULES[method, resource.canonical]
    if not rule.public:
        who = await request.app[AUTH].current(request)
        if who is None:
            raise ProblemError(401, "sign in first", kind="urn:callcenter:problem:signed-out")
        if not rule.allows(who.user):
            agents = rule.agents and who.user.role in rule.roles
            raise ProblemError(
                403, "you have no station, so you take no calls" if agents else "not for your role"
            )
        request[USER] = who.user
        request[SESSION_ID] = who.session
    return await handler(request)


def _check_page(request: web.Request) -> None:
    if request.headers.get(CSRF_HEADER) != CSRF_VALUE:
        raise ProblemError(
            403, f"send the header {CSRF_HEADER}: {CSRF_VALUE}", kind="urn:callcenter:problem:foreign-page"
        )
    if not request.app[NETWORK].own_page(request):
        raise ProblemError(
            403, "sent by a page of another origin", kind="urn:callcenter:problem:foreign-page"
        )


async def secure(request: web.Request, answer: web.StreamResponse) -> None:
    """The headers of every response. The console's pages bring a wider policy of their own."""
    for name, value in _HEADERS.items():
        answer.headers.setdefault(name, value)
    answer.headers["Server"] = "callcenter"  # aiohttp's own names its version
    if request.app[OPTIONS].https:
        answer.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.path.startswith(PREFIX):
        answer.headers.setdefault("Cache-Control", "no-store")
