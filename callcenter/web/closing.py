"""Whether a wrap-up may be closed so: with a disposition of the call's queue, and all that it asks for."""

from __future__ import annotations

from callcenter.calls.requests import PromiseCallback
from callcenter.calls.views import call_key
from callcenter.people.dispositions import offered
from callcenter.people.views import Ask, Disposition
from callcenter.scripts.documents import answers_of
from callcenter.scripts.walk import answered
from callcenter.web.context import Context
from callcenter.web.picture import client_of, queue_of, shown
from callcenter.web.problems import FieldProblem, bad_field, bad_fields
from callcenter.web.schemas import WrapUp
from routing.ids import CallbackId, CallId


async def check_wrap_up(context: Context, call: CallId, body: WrapUp) -> None:
    """Raises the ``ProblemError`` that names everything which is missing or too much."""
    choices = await context.deps.words.dispositions()
    choice = next((item for item in choices if item.code == body.disposition), None)
    if choice is None:
        raise bad_field("body", "disposition", "unknown_disposition", "Not a disposition of this site")
    if any(item.parent == choice.code for item in choices):
        raise bad_field("body", "disposition", "group", "A group of dispositions: choose one within it")
    if choice not in offered(choices, queue_of(context, call)):
        raise bad_field("body", "disposition", "other_queue", "Not a disposition of this call's queue")
    errors: list[FieldProblem] = []
    if choice.note_required and not body.note.strip():
        errors.append(_problem("note", "missing", "This disposition needs a note"))
    errors += _asked("amount", choice.amount, body.amount is not None)
    errors += _asked("callback_at", choice.callback, body.callback_at is not None)
    if body.callback_at is not None and body.callback_at <= context.deps.clock.now():
        errors.append(_problem("callback_at", "in_the_past", "Must be in the future"))
    errors += await _unanswered(context, call, choice)
    if errors:
        raise bad_fields(errors)


def _asked(field: str, asks: Ask, given: bool) -> list[FieldProblem]:
    if asks is Ask.REQUIRED and not given:
        return [_problem(field, "missing", "This disposition needs it")]
    if asks is Ask.NO and given:
        return [_problem(field, "not_asked", "This disposition does not ask for it")]
    return []


async def _unanswered(context: Context, call: CallId, choice: Disposition) -> list[FieldProblem]:
    """Fields of the script that the disposition needs. Those that the call's script does not have at all are
    nobody's to answer."""
    if not choice.answers:
        return []
    script = await context.deps.papers.script_of(call)
    if script is None:
        return []
    known = {field.id for step in script.document.steps for field in step.fields}
    answers = answers_of(dict(script.answers))
    return [
        _problem(f"answers.{name}", "missing", "This disposition needs it answered in the script")
        for name in choice.answers
        if name in known and not answered(answers, name)
    ]


def _problem(field: str, code: str, message: str) -> FieldProblem:
    return FieldProblem(source="body", field=field, code=code, message=message)


async def promise(context: Context, call: CallId, at: float, *, mine: bool) -> PromiseCallback:
    """The wish to call the caller of this call back; asked for twice, it is promised once, and in the place
    of one that is open: the client was told this time, and the wrap-up must not hang on that one."""
    number = await number_of(context, call)
    queue, client = queue_of(context, call), client_of(context, call)
    if queue is None:
        record = await context.deps.history.interaction(call)
        if record is not None:
            queue, client = record.interaction.queue, record.interaction.client
    if queue is None or not number:
        raise bad_field("body", "callback_at", "no_number", "This call has no number or queue to call back")
    callback = CallbackId(f"wrapup-{call.replace(':', '-')}")
    agent = context.agent if mine else None
    by = context.user.login
    return PromiseCallback(callback, number, queue, at, "", by, client, agent, moves=True)


async def number_of(context: Context, call: CallId) -> str | None:
    """The caller's number, of a call on the floor or of one that is over."""
    seen = shown(context, call_key(call))
    if seen is not None:
        return str(seen["number"])
    record = await context.deps.history.interaction(call)
    return None if record is None else record.interaction.number
