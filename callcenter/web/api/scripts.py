"""Call scripts: their versions, what is wrong with them, and how they would go."""

from __future__ import annotations

from callcenter.scripts.check import check
from callcenter.scripts.documents import answers_of, script_of
from callcenter.scripts.mistakes import Mistake
from callcenter.scripts.model import Script
from callcenter.scripts.texts import answer_texts, fill
from callcenter.scripts.views import SavedScript, ScriptVersion
from callcenter.scripts.walk import walk, wrong_answers
from callcenter.web.context import Context
from callcenter.web.days import site_day
from callcenter.web.endpoint import Endpoints
from callcenter.web.problems import FieldProblem, ProblemError, bad_fields
from callcenter.web.script_schemas import (
    LARGEST_BODY,
    PreviewStep,
    PublishForm,
    ScriptCheckForm,
    ScriptForm,
    ScriptList,
    ScriptMistake,
    ScriptMistakes,
    ScriptPath,
    ScriptPreview,
    ScriptPreviewForm,
    ScriptQueuesForm,
    ScriptSettings,
    ScriptSummary,
    ScriptVersionDetail,
    ScriptVersionPath,
    ScriptVersionSummary,
)
from routing.ids import QueueId

routes = Endpoints("scripts")


@routes.get("/scripts")
async def list_scripts(context: Context) -> ScriptList:
    """All scripts, by name."""
    return ScriptList(items=[_summary(script) for script in await context.deps.scripts.all()])


@routes.post("/scripts/check", largest=LARGEST_BODY)
async def check_script(context: Context, body: ScriptCheckForm) -> ScriptMistakes:
    """Everything that is wrong with a script, before it is saved. Changes nothing."""
    return ScriptMistakes(mistakes=_mistakes(script_of(body.document)))


@routes.post("/scripts/preview", largest=LARGEST_BODY)
async def preview_script(context: Context, body: ScriptPreviewForm) -> ScriptPreview:
    """How a script goes with these answers, and what the agent would read. Changes nothing."""
    script, answers = script_of(body.document), answers_of(body.answers)
    went = walk(script, answers)
    known = {**body.fill, **answer_texts(script, answers, body.language)}
    steps = {step.id: step for step in reversed(script.steps)}
    return ScriptPreview(
        steps=[
            PreviewStep(
                step=name,
                title=steps[name].title.get(body.language, ""),
                text=fill(steps[name].text.get(body.language, ""), known),
            )
            for name in went.steps
        ],
        missing=list(went.missing),
        wrong=dict(wrong_answers(script, answers, site_day(context))),
        ended=went.ended,
        broken=went.broken,
    )


# After /scripts/check and /scripts/preview, whose addresses it would take for POST.
@routes.get("/scripts/{script}", problems=(404,))
async def get_script(context: Context, path: ScriptPath) -> ScriptSettings:
    """A script in its latest version, and who saved which."""
    found = await context.deps.scripts.version(path.script)
    return await _settings(context, path.script, found)


@routes.put("/scripts/{script}", problems=(409,), largest=LARGEST_BODY)
async def put_script(context: Context, path: ScriptPath, body: ScriptForm) -> ScriptSettings:
    """Save a draft: a new version, if anything is different.

    It may have mistakes; calls go by the published version until another is published.
    """
    saved = await context.deps.scripts.save(path.script, body.document, body.base, by=context.author)
    return await _settings(context, path.script, saved)


@routes.get("/scripts/{script}/versions/{version}", problems=(404,))
async def get_script_version(context: Context, path: ScriptVersionPath) -> ScriptVersionDetail:
    """One version as it was saved. To restore it, save its document again."""
    found = await context.deps.scripts.version(path.script, path.version)
    if found is None:
        raise ProblemError(404, "no such version")
    return ScriptVersionDetail.model_validate(found)


@routes.post("/scripts/{script}/publish", problems=(404,))
async def publish_script(context: Context, path: ScriptPath, body: PublishForm) -> None:
    """Have new calls begin with this version; those under way keep theirs.

    Refused while the version has an error, such as a loop.
    """
    await context.deps.scripts.publish(path.script, body.version, by=context.author)


@routes.post("/scripts/{script}/withdraw", problems=(404,))
async def withdraw_script(context: Context, path: ScriptPath) -> None:
    """Have no new call begin with it; those under way keep it."""
    await context.deps.scripts.withdraw(path.script, by=context.author)


@routes.put("/scripts/{script}/queues", problems=(404,))
async def assign_script(context: Context, path: ScriptPath, body: ScriptQueuesForm) -> None:
    """Say which queues go by it."""
    known = {queue.id for queue in context.deps.plan().queues}
    errors = [
        FieldProblem(
            source="body", field=f"queues.{place}", code="unknown_queue", message="There is no such queue"
        )
        for place, queue in enumerate(body.queues)
        if queue not in known
    ]
    if errors:
        raise bad_fields(errors)
    await context.deps.scripts.assign(path.script, [QueueId(it) for it in body.queues], by=context.author)


async def _settings(context: Context, script: str, version: ScriptVersion | None) -> ScriptSettings:
    saved = next((one for one in await context.deps.scripts.all() if one.id == script), None)
    if saved is None or version is None:
        raise ProblemError(404, "no such script")
    versions = await context.deps.scripts.versions(script)
    return ScriptSettings(
        **_summary(saved).model_dump(exclude={"document"}),
        document=version.document,
        mistakes=_mistakes(script_of(version.document)),
        versions=[ScriptVersionSummary.model_validate(one) for one in versions],
    )


def _summary(script: SavedScript) -> ScriptSummary:
    return ScriptSummary.model_validate(script)


def _mistakes(script: Script) -> list[ScriptMistake]:
    return [script_mistake(mistake) for mistake in check(script)]


def script_mistake(mistake: Mistake) -> ScriptMistake:
    return ScriptMistake(
        place=mistake.place,
        code=mistake.code.value,
        parameters=dict(mistake.parameters),
        message=mistake.message,
        remedy=mistake.remedy,
        severity=mistake.severity.value,
    )
