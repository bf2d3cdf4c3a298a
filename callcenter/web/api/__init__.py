"""The endpoints of ``/api/v1``, one module a topic."""

from __future__ import annotations

from callcenter.web.api import agents, calls, clients, queues, session, site, users
from callcenter.web.endpoint import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = (
    *session.routes,
    *site.routes,
    *agents.routes,
    *calls.routes,
    *clients.routes,
    *queues.routes,
    *users.routes,
)
