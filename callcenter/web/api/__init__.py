"""The endpoints of ``/api/v1``, one module a topic."""

from __future__ import annotations

from callcenter.web.api import (
    agents,
    callbacks,
    calls,
    chat,
    clients,
    control,
    flows,
    items,
    me,
    messages,
    papers,
    phone,
    plan,
    prompts,
    queues,
    scripts,
    session,
    site,
    teams,
    timeline,
    users,
    why,
)
from callcenter.web.endpoint import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = (
    *session.routes,
    *site.routes,
    *agents.routes,
    *calls.routes,
    *control.routes,
    *phone.routes,
    *papers.routes,
    *callbacks.routes,
    *clients.routes,
    *timeline.routes,
    *items.routes,
    *queues.routes,
    *teams.routes,
    *flows.routes,
    *scripts.routes,
    *prompts.routes,
    *messages.routes,
    *plan.routes,
    *users.routes,
    *why.routes,
    *me.routes,
    *chat.routes,
)
