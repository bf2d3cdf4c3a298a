"""What the console needs to know of the site once."""

from __future__ import annotations

from callcenter.people.views import Language
from callcenter.web.context import Context
from callcenter.web.endpoint import Endpoints
from callcenter.web.schemas import DispositionChoice, PauseReasonChoice, QueueSummary, Site

routes = Endpoints("site")


@routes.get("/site")
async def get_site(context: Context) -> Site:
    """The site's settings."""
    settings, words = context.deps.settings, context.deps.words
    return Site(
        name=settings.name,
        timezone=settings.timezone,
        region=settings.region,
        languages=list(Language),
        pause_reasons=[PauseReasonChoice.model_validate(item) for item in await words.pause_reasons()],
        dispositions=[DispositionChoice.model_validate(item) for item in await words.dispositions()],
        queues=[QueueSummary.model_validate(queue) for queue in context.deps.plan().queues],
    )
