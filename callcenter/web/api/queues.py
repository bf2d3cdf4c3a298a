"""The queues as they are configured, the skills that they may require, and the presets of their score."""

from __future__ import annotations

from pydantic import ValidationError

from callcenter.people import edits
from callcenter.people.documents import QueueDocument, ScoringSettings, queue_document, queue_of
from callcenter.people.views import Skill as SkillView
from callcenter.web.context import Context
from callcenter.web.endpoint import Endpoints
from callcenter.web.plan_schemas import (
    NewQueueForm,
    PresetChoice,
    PresetList,
    QueueForm,
    QueueList,
    QueuePath,
    QueueSettings,
    ScoringTerm,
    SkillChoice,
    SkillForm,
    SkillList,
    SkillPath,
)
from callcenter.web.problems import bad_fields, fields_of
from routing.acd.model import Preset, Queue, RoutingPlan, Scoring
from routing.acd.presets import PRESETS
from routing.ids import QueueId, SkillId

routes = Endpoints("queues")

_TERMS = {
    "need": "weighs what would be lost if the queue's next call is not served now, by its live rates, times "
    "the value of the call",
    "promise": "adds up to this much as the wait nears the promised one, and passes it",
    "ageing": "adds so much for each minute waited",
    "spare": "weighs what the agent would be worth to other queues, so that specialists go before flexible "
    "agents, and some of these are held back for more valuable calls; 0 holds nobody back",
    "skill": "adds so much for each level of a preferred skill, a tenth of it per level",
    "longest_wait": "a call that waited longer (seconds) goes before all that did not, the oldest first; 0: "
    "no such bound",
}


@routes.get("/queues")
async def list_queues(context: Context) -> QueueList:
    """All queues with their settings."""
    plan = context.deps.plan()
    return QueueList(items=[_settings(queue, plan) for queue in plan.queues])


@routes.post("/queues", status=201, problems=(409,))
async def create_queue(context: Context, body: NewQueueForm) -> QueueSettings:
    """Add a queue, after the others."""
    queue = queue_of(body.id, QueueDocument.model_validate(body.model_dump(exclude={"id", "takes_unknown"})))
    edit = edits.add_queue(queue, takes_unknown=body.takes_unknown)
    edited = await context.edit(edit, within=f"queues.{body.id}")
    return _settings(queue, edited.after.tolerant_routing())


@routes.put("/queues/{queue}", problems=(404, 409))
async def change_queue(context: Context, path: QueuePath, body: QueueForm) -> QueueSettings:
    """Replace a queue's settings; its place among the others stays."""
    said = body.model_dump(include=body.model_fields_set - {"takes_unknown"})

    def change(known: Queue) -> Queue:
        whole = {**queue_document(known).model_dump(), **said}
        if "scoring" not in said and whole["preset"] is not Preset.CUSTOM:
            whole["scoring"] = None
        try:
            return queue_of(known.id, QueueDocument.model_validate(whole))
        except ValidationError as error:
            raise bad_fields(fields_of("body", error)) from error

    edit = edits.change_queue(QueueId(path.queue), change, takes_unknown=body.takes_unknown)
    edited = await context.edit(edit, within=f"queues.{path.queue}")
    plan = edited.after.tolerant_routing()
    return _settings(next(queue for queue in plan.queues if queue.id == path.queue), plan)


@routes.delete("/queues/{queue}", problems=(404,))
async def remove_queue(context: Context, path: QueuePath) -> None:
    """Remove a queue.

    Refused while it takes the calls to unknown numbers, while agents, teams or flows name it, and while a
    disposition is offered there alone. Past calls keep its name. Calls that wait in it are put into the
    default queue.
    """
    await context.edit(edits.remove_queue(path.queue), within=f"queues.{path.queue}")


@routes.get("/skills")
async def list_skills(context: Context) -> SkillList:
    """All skills, by id."""
    return SkillList.model_validate({"items": (await context.deps.plans.site_plan()).skills})


@routes.put("/skills/{skill}")
async def put_skill(context: Context, path: SkillPath, body: SkillForm) -> SkillChoice:
    """Add a skill, or rename it."""
    skill = SkillView(SkillId(path.skill), body.ru, body.en)
    await context.edit(edits.put_skill(skill), within=f"skills.{path.skill}")
    return SkillChoice.model_validate(skill)


@routes.delete("/skills/{skill}", problems=(404,))
async def remove_skill(context: Context, path: SkillPath) -> None:
    """Remove a skill. Refused while queues, agents or flows name it; the answer says which."""
    await context.edit(edits.remove_skill(path.skill), within=f"skills.{path.skill}")


@routes.get("/presets")
async def list_presets(context: Context) -> PresetList:
    """The ready settings of the score, each with when to take it; and what each setting means."""
    choices = [
        PresetChoice(id=preset, use=ready.use, scoring=ScoringSettings.model_validate(ready.scoring))
        for preset, ready in PRESETS.items()
    ]
    own = ScoringSettings.model_validate(Scoring())
    choices.append(PresetChoice(id=Preset.CUSTOM, use="Your own settings, in `scoring`.", scoring=own))
    return PresetList(
        items=choices, terms=[ScoringTerm(id=term, meaning=meaning) for term, meaning in _TERMS.items()]
    )


def _settings(queue: Queue, plan: RoutingPlan) -> QueueSettings:
    return QueueSettings.model_validate(
        {
            **queue_document(queue).model_dump(),
            "id": queue.id,
            "takes_unknown": queue.id == plan.default_queue,
        }
    )
