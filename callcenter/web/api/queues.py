"""The queues as they are configured, and the skills that they may require."""

from __future__ import annotations

from collections.abc import Sequence

from callcenter.people.documents import QueueDocument, queue_document, queue_of
from callcenter.people.fields import Skill
from callcenter.people.views import Skill as SkillView
from callcenter.web.context import Context
from callcenter.web.endpoint import Endpoints
from callcenter.web.plan_schemas import (
    NewQueueForm,
    QueueForm,
    QueueList,
    QueuePath,
    QueueSettings,
    SkillChoice,
    SkillForm,
    SkillList,
    SkillPath,
)
from callcenter.web.problems import FieldProblem, bad_fields
from routing.acd.model import Queue
from routing.ids import QueueId, SkillId

routes = Endpoints("queues")


@routes.get("/queues")
async def list_queues(context: Context) -> QueueList:
    """All queues with their settings."""
    plan = context.deps.plan()
    return QueueList(
        items=[_settings(queue, takes_unknown=queue.id == plan.default_queue) for queue in plan.queues]
    )


@routes.post("/queues", status=201, problems=(409,))
async def create_queue(context: Context, body: NewQueueForm) -> QueueSettings:
    """Add a queue, after the others."""
    await _check_skills(context, body.required)
    queue = _queue(QueueId(body.id), body)
    await context.deps.plans.add_queue(queue, takes_unknown=body.takes_unknown)
    return await _changed(context, queue, takes_unknown=body.takes_unknown)


@routes.put("/queues/{queue}", problems=(404, 409))
async def change_queue(context: Context, path: QueuePath, body: QueueForm) -> QueueSettings:
    """Replace a queue's settings; its place among the others stays."""
    await _check_skills(context, body.required)
    queue = _queue(QueueId(path.queue), body)
    await context.deps.plans.change_queue(queue, takes_unknown=body.takes_unknown)
    return await _changed(context, queue, takes_unknown=body.takes_unknown)


@routes.get("/skills")
async def list_skills(context: Context) -> SkillList:
    """All skills, by id."""
    return SkillList.model_validate({"items": await context.deps.plans.skills()})


@routes.put("/skills/{skill}")
async def put_skill(context: Context, path: SkillPath, body: SkillForm) -> SkillChoice:
    """Add a skill, or rename it."""
    skill = SkillView(SkillId(path.skill), body.ru, body.en)
    await context.deps.plans.put_skill(skill)
    return SkillChoice.model_validate(skill)


def _settings(queue: Queue, *, takes_unknown: bool) -> QueueSettings:
    return QueueSettings.model_validate(
        {
            **queue_document(queue).model_dump(),
            "id": queue.id,
            "takes_unknown": takes_unknown,
        }
    )


def _queue(queue: QueueId, form: NewQueueForm | QueueForm) -> Queue:
    return queue_of(queue, QueueDocument.model_validate(form.model_dump(exclude={"id", "takes_unknown"})))


async def _changed(context: Context, queue: Queue, *, takes_unknown: bool) -> QueueSettings:
    await context.people_changed()
    return _settings(queue, takes_unknown=takes_unknown or context.deps.plan().default_queue == queue.id)


async def _check_skills(context: Context, required: Sequence[Skill]) -> None:
    known = {skill.id for skill in await context.deps.plans.skills()}
    errors: list[FieldProblem] = []
    named: set[str] = set()
    for index, needed in enumerate(required):
        field = f"required.{index}.skill"
        if needed.skill not in known:
            errors.append(
                FieldProblem(
                    source="body", field=field, code="unknown_skill", message="There is no such skill"
                )
            )
        elif needed.skill in named:
            errors.append(
                FieldProblem(source="body", field=field, code="repeated", message="Given more than once")
            )
        named.add(needed.skill)
    if errors:
        raise bad_fields(errors)
