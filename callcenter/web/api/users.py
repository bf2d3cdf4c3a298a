"""People who may sign in; for administrators."""

from __future__ import annotations

from callcenter.people.fields import Skill
from callcenter.people.views import Role, User, UserChanges
from callcenter.web.context import Context
from callcenter.web.endpoint import Endpoints
from callcenter.web.problems import ProblemError, bad_field
from callcenter.web.schemas import NewUserForm, UserAccount, UserForm, UserList, UserPath
from routing.acd.model import SkillLevel
from routing.ids import QueueId, SkillId, StationId

routes = Endpoints("users")


@routes.get("/users")
async def list_users(context: Context) -> UserList:
    """Everyone, by login."""
    return UserList.model_validate({"items": await context.deps.users.all()})


@routes.post("/users", status=201, problems=(409,))
async def create_user(context: Context, body: NewUserForm) -> UserAccount:
    """Add someone; with a station they are an agent too."""
    _check_queues(context, body.queues)
    user = User(
        login=body.login,
        name=body.name,
        role=body.role,
        language=body.language,
        active=True,
        station=None if body.station is None else StationId(body.station),
        queues=tuple(QueueId(queue) for queue in body.queues),
        skills=_skills(body.skills),
    )
    await context.deps.users.add(user, await context.auth.hash(body.password), by=context.author)
    await context.people_changed()
    return UserAccount.model_validate(user)


@routes.patch("/users/{login}", problems=(404, 409))
async def change_user(context: Context, path: UserPath, body: UserForm) -> UserAccount:
    """Change someone; fields left out stay.

    An administrator cannot lock himself out: his own role and activity are for another one to change.
    """
    if path.login == context.user.login:
        if body.active is False:
            raise bad_field("body", "active", "own_account", "Another administrator must do this")
        if body.role is not None and body.role is not Role.ADMINISTRATOR:
            raise bad_field("body", "role", "own_account", "Another administrator must do this")
    _check_queues(context, body.queues or [])
    station = None if "station" not in body.model_fields_set else (body.station or "")
    changes = UserChanges(
        name=body.name,
        role=body.role,
        language=body.language,
        active=body.active,
        station=station,
        queues=None if body.queues is None else tuple(QueueId(queue) for queue in body.queues),
        skills=None if body.skills is None else _skills(body.skills),
        password_hash=None if body.password is None else await context.auth.hash(body.password),
    )
    user = await context.deps.users.change(path.login, changes, by=context.author)
    if user is None:
        raise ProblemError(404, "no such user")
    if body.password is not None or body.role is not None or not user.active or station is not None:
        await context.auth.end_sessions_of(context.request.app, user.login)
    await context.people_changed()
    return UserAccount.model_validate(user)


def _check_queues(context: Context, queues: list[str]) -> None:
    known = {queue.id for queue in context.deps.plan().queues}
    for index, queue in enumerate(queues):
        if queue not in known:
            raise bad_field("body", f"queues.{index}", "unknown_queue", "There is no such queue")


def _skills(skills: list[Skill]) -> tuple[SkillLevel, ...]:
    return tuple(SkillLevel(SkillId(skill.skill), skill.level) for skill in skills)
