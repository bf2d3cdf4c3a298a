"""The queues as they are configured."""

from __future__ import annotations

from callcenter.web.context import Context
from callcenter.web.endpoint import Endpoints
from callcenter.web.schemas import QueueList, QueueSettings

routes = Endpoints("queues")


@routes.get("/queues")
async def list_queues(context: Context) -> QueueList:
    """All queues with their settings."""
    return QueueList(items=[QueueSettings.model_validate(queue) for queue in context.deps.plan().queues])
