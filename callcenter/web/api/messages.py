"""Messages that callers left: heard, and ticked off."""

from __future__ import annotations

import structlog

from callcenter.crm.views import Message as MessageView
from callcenter.people.views import Role
from callcenter.web.access import ACTS_FOR_OTHERS
from callcenter.web.context import Context
from callcenter.web.endpoint import Endpoints, Sound
from callcenter.web.problems import ProblemError, bad_field
from callcenter.web.prompt_schemas import Message, MessageChanges, MessageList, MessagePath, MessagesQuery
from callcenter.web.whose import check_message
from routing.ids import QueueId

routes = Endpoints("messages")
log = structlog.get_logger(__name__)


@routes.get("/messages")
async def list_messages(context: Context, query: MessagesQuery) -> MessageList:
    """Messages, the newest first: an operator's are those of his queues and of known clients."""
    queues = [QueueId(query.queue)] if query.queue is not None else None
    also_clients = False
    if context.user.role is Role.OPERATOR:
        if queues is None:
            queues, also_clients = list(context.user.queues), True
        elif queues[0] not in context.user.queues:
            raise ProblemError(403, "you don't serve this queue")
    found = await context.deps.messages.messages(
        queues=queues, also_clients=also_clients, done=query.done, limit=query.limit
    )
    return MessageList(items=[Message.model_validate(one) for one in found])


@routes.get("/messages/{message}/audio", problems=(403, 404, 503))
async def get_message_audio(context: Context, path: MessagePath) -> Sound:
    """What the caller said."""
    message = await _allowed(context, path)
    try:
        audio = await context.deps.messages.audio(message)
    except OSError as error:
        log.warning("web.message_not_read", recording=message.recording, error=error.strerror)
        raise ProblemError(
            503,
            f"the recording can't be read ({error.strerror}): "
            "let callcenter read Asterisk's folder of messages (asterisk.messages_dir)",
        ) from error
    if audio is None:
        raise ProblemError(
            404,
            "there is no such recording in asterisk.messages_dir: the caller may have said nothing, or the "
            "folder is not the one that Asterisk writes to",
        )
    return Sound(audio)


@routes.patch("/messages/{message}", problems=(403, 404, 409))
async def change_message(context: Context, path: MessagePath, body: MessageChanges) -> Message:
    """Tick a message off, or bring it back; give it to somebody.

    An operator takes one that nobody has, and leaves his own to others; of two who take at once, one gets it.
    What another has taken is his to tick off, or a supervisor's.
    """
    message = await _allowed(context, path)
    if body.assignee is not None:
        await _assign(context, message, body.assignee)
    elif body.done is not None:
        check_message(context, message)
    if body.done is not None:
        await context.deps.messages.set_done(path.message, body.done)
    changed = await context.deps.messages.find(path.message)
    if changed is None:
        raise ProblemError(404, "no such message")
    return Message.model_validate(changed)


async def _assign(context: Context, message: MessageView, login: str) -> None:
    user = context.user
    leads = user.role in ACTS_FOR_OTHERS
    if not leads and login not in ("", user.login):
        raise ProblemError(403, "only a supervisor may give a message to somebody else")
    if login and await context.deps.users.find(login) is None:
        raise bad_field("body", "assignee", "unknown_user", f"There is no user {login}")
    instead_of = message.assignee if leads else user.login
    if not await context.deps.messages.assign(message.id, login or None, instead_of=instead_of):
        raise ProblemError(409, "another has taken it; look again")


async def _allowed(context: Context, path: MessagePath) -> MessageView:
    message = await context.deps.messages.find(path.message)
    if message is None:
        raise ProblemError(404, "no such message")
    user = context.user
    if user.role is Role.OPERATOR and message.client is None and message.queue not in user.queues:
        raise ProblemError(403, "it was left for a queue that you don't serve")
    return message
