"""What colleagues write to each other, and raised hands. New messages come by the live picture; here they are
sent, and read back page by page."""

from __future__ import annotations

from callcenter.calls.chat_requests import LowerHand, RaiseHand, ReadChat, SendChat
from callcenter.calls.chats import ConversationId, people_of, room, team_of
from callcenter.web.access import ACTS_FOR_OTHERS, SEES_EVERYTHING
from callcenter.web.chat_schemas import (
    ChatMessage,
    ChatMessageList,
    ChatPageQuery,
    ChatPeople,
    ChatPerson,
    ChatReadMark,
    ChatRoom,
    ChatSearchQuery,
    ConversationPath,
    HandUp,
    NewChatMessage,
)
from callcenter.web.context import Context
from callcenter.web.endpoint import Endpoints
from callcenter.web.problems import ProblemError
from callcenter.web.schemas import AgentPath
from routing.ids import AgentId

routes = Endpoints("chat")


@routes.get("/chat/people")
async def list_chat_people(context: Context) -> ChatPeople:
    """Whom one may write to: everyone who may sign in, and the rooms one is in."""
    teams = {agent.id: agent.team for agent in context.deps.plan().agents}
    people = [
        ChatPerson(login=user.login, name=user.name, role=user.role, team=teams.get(AgentId(user.login)))
        for user in await context.deps.users.all()
        if user.active and user.login != context.user.login
    ]
    rooms = _rooms(context)
    recent = await context.deps.chats.conversations(context.user.login)
    return ChatPeople(people=people, rooms=rooms, recent=list(recent))


@routes.get("/chat/search")
async def search_chat(context: Context, query: ChatSearchQuery) -> ChatMessageList:
    """Messages with this text, whatever its case, of the conversations one is in; the newest first."""
    rooms = [ConversationId(one.conversation) for one in _rooms(context)]
    found = await context.deps.chats.search(context.user.login, rooms, query.text, limit=query.limit)
    return ChatMessageList(items=[ChatMessage.model_validate(one) for one in found])


@routes.get("/chat/{conversation}/messages", problems=(403, 404))
async def list_chat_messages(
    context: Context, path: ConversationPath, query: ChatPageQuery
) -> ChatMessageList:
    """A conversation page by page, the newest first."""
    conversation = await _own(context, path)
    found = await context.deps.chats.page(conversation, below=query.below, limit=query.limit)
    return ChatMessageList(items=[ChatMessage.model_validate(one) for one in found])


@routes.post("/chat/{conversation}/messages", problems=(403, 404, 409, 429, 503))
async def send_chat_message(context: Context, path: ConversationPath, body: NewChatMessage) -> None:
    """Write to a colleague, or in a team's room.

    What is sent again under the same id (because its answer was lost) is said once. At most ten messages at
    once, then one a second.
    """
    conversation = await _own(context, path, writes=True)
    await context.submit(SendChat(conversation, body.id, context.user.login, body.text))


@routes.put("/chat/{conversation}/read", problems=(403, 404, 503))
async def mark_chat_read(context: Context, path: ConversationPath, body: ChatReadMark) -> None:
    """Remember how far one has read; marks only move on."""
    conversation = await _own(context, path)
    await context.submit(ReadChat(conversation, body.number, context.user.login))


@routes.put("/agents/{agent}/hand", problems=(403, 404, 409, 503))
async def raise_hand(context: Context, path: AgentPath, body: HandUp) -> None:
    """Ask a supervisor for help. For oneself only."""
    if context.user.agent != path.agent:
        raise ProblemError(403, "only an agent himself raises his hand")
    await context.submit(RaiseHand(AgentId(path.agent), body.text))


@routes.delete("/agents/{agent}/hand", problems=(403, 404, 503))
async def lower_hand(context: Context, path: AgentPath) -> None:
    """Take a raised hand down: one's own, or as a supervisor anyone's."""
    if context.user.agent != path.agent and context.user.role not in ACTS_FOR_OTHERS:
        raise ProblemError(403, "only a supervisor may lower another agent's hand")
    await context.submit(LowerHand(AgentId(path.agent), context.user.login))


def _rooms(context: Context) -> list[ChatRoom]:
    plan = context.deps.plan()
    own = next((agent.team for agent in plan.agents if agent.id == context.user.agent), None)
    every = context.user.role in SEES_EVERYTHING
    return [
        ChatRoom(conversation=room(team.id), name=team.name) for team in plan.teams if every or team.id == own
    ]


async def _own(context: Context, path: ConversationPath, *, writes: bool = False) -> ConversationId:
    """The conversation, if the user takes part in it; who ``writes`` needs somebody who can read it."""
    conversation = ConversationId(path.conversation)
    people = people_of(conversation)
    if people is not None:
        if context.user.login not in people:
            raise ProblemError(403, "you don't take part in this conversation")
        other = people[0] if people[1] == context.user.login else people[1]
        user = await context.deps.users.find(other) if writes else None
        if writes and (user is None or not user.active):
            raise ProblemError(404, f"nobody who may sign in has the login {other!r}")
        return conversation
    team = team_of(conversation)
    if team is None:
        raise ProblemError(404, "no such conversation: the logins of a direct one stand in order")
    if not any(known.id == team for known in context.deps.plan().teams):
        raise ProblemError(404, f"no team {team!r}")
    if conversation not in {one.conversation for one in _rooms(context)}:
        raise ProblemError(403, "you are not in this team")
    return conversation
