"""The endpoints of ``/api/v1``, one module a topic."""

from __future__ import annotations

from callcenter.web.api import (
    agents,
    callbacks,
    calls,
    clients,
    flows,
    messages,
    papers,
    plan,
    prompts,
    queues,
    scripts,
    session,
    site,
    teams,
    users,
    why,
)
from callcenter.web.endpoint import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = (
    *session.routes,
    *site.routes,
    *agents.routes,
    *calls.routes,
    *papers.routes,
    *callbacks.routes,
    *clients.routes,
    *queues.routes,
    *teams.routes,
    *flows.routes,
    *scripts.routes,
    *prompts.routes,
    *messages.routes,
    *plan.routes,
    *users.routes,
    *why.routes,
)
