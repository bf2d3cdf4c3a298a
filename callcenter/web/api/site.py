"""What the console needs to know of the site once, and the site's words."""

from __future__ import annotations

from collections.abc import Sequence

from callcenter.people.dispositions import offered, tree_problems
from callcenter.people.views import Disposition, Language, PauseReason
from callcenter.web.context import Context
from callcenter.web.endpoint import Endpoints
from callcenter.web.plan_schemas import (
    DispositionForm,
    DispositionList,
    DispositionsForm,
    PauseReasonForm,
    PauseReasonList,
    PauseReasonsForm,
)
from callcenter.web.problems import FieldProblem, bad_fields
from callcenter.web.schemas import DispositionChoice, PauseReasonChoice, QueueSummary, Site
from routing.ids import QueueId

routes = Endpoints("site")


@routes.get("/site")
async def get_site(context: Context) -> Site:
    """The site's settings."""
    settings, words = context.deps.settings, context.deps.words
    versions = await words.versions()
    return Site(
        name=settings.name,
        timezone=settings.timezone,
        region=settings.region,
        languages=list(Language),
        pause_reasons=[PauseReasonChoice.model_validate(item) for item in await words.pause_reasons()],
        dispositions=[DispositionChoice.model_validate(item) for item in await words.dispositions()],
        pause_reasons_version=versions.pause_reasons,
        dispositions_version=versions.dispositions,
        queues=[QueueSummary.model_validate(queue) for queue in context.deps.plan().queues],
    )


@routes.put("/site/pause-reasons", problems=(409,))
async def set_pause_reasons(context: Context, body: PauseReasonsForm) -> PauseReasonList:
    """Replace the pause reasons.

    Agents who are paused now stay so, and past pauses keep their reason.
    """
    if errors := _repeated(body.items):
        raise bad_fields(errors)
    reasons = [PauseReason(item.code, item.ru, item.en) for item in body.items]
    version = await context.deps.words.set_pause_reasons(reasons, base=body.base, by=context.author)
    return PauseReasonList.model_validate({"items": reasons, "version": version})


@routes.put("/site/dispositions", problems=(409,))
async def set_dispositions(context: Context, body: DispositionsForm) -> DispositionList:
    """Replace the dispositions.

    Past calls keep theirs.
    """
    queues = [queue.id for queue in context.deps.plan().queues]
    errors = _repeated(body.items)
    for index, item in enumerate(body.items):
        errors += [
            _problem(f"items.{index}.queues.{place}", "unknown_queue", "There is no such queue")
            for place, queue in enumerate(item.queues)
            if queue not in queues
        ]
    dispositions = [
        Disposition(
            item.code,
            item.ru,
            item.en,
            tuple(map(QueueId, item.queues)),
            item.note_required,
            item.parent,
            item.callback,
            item.amount,
            tuple(dict.fromkeys(item.answers)),
        )
        for item in body.items
    ]
    errors += [
        _problem(f"items.{wrong.at}.{wrong.field}", wrong.code, wrong.message)
        for wrong in tree_problems(dispositions)
    ]
    bare = [queue for queue in queues if not offered(dispositions, QueueId(queue))]
    if bare:
        errors.append(_problem("items", "queue_without", f"None is left for {', '.join(bare)}"))
    if errors:
        raise bad_fields(errors)
    version = await context.deps.words.set_dispositions(dispositions, base=body.base, by=context.author)
    return DispositionList.model_validate({"items": dispositions, "version": version})


def _problem(field: str, code: str, message: str) -> FieldProblem:
    return FieldProblem(source="body", field=field, code=code, message=message)


def _repeated(items: Sequence[PauseReasonForm] | Sequence[DispositionForm]) -> list[FieldProblem]:
    codes = [item.code for item in items]
    return [
        _problem(f"items.{index}.code", "repeated", "Given more than once")
        for index, code in enumerate(codes)
        if code in codes[:index]
    ]
