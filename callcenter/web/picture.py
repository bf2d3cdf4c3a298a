"""The live picture as handlers ask it: who is engaged with what, and who waits."""

from __future__ import annotations

import json
from typing import Any

from callcenter.calls.views import agent_key, call_key
from callcenter.web.context import Context
from routing.ids import AgentId, CallId, ClientId, QueueId


def shown(context: Context, key: str) -> dict[str, Any] | None:
    """An entity of the live picture, as browsers see it."""
    document = context.push.document(key)
    return None if document is None else json.loads(document)


def state_in(context: Context, agent: AgentId, call: CallId) -> str | None:
    """The agent's state if he is engaged with this call, else ``None``."""
    seen = shown(context, agent_key(agent))
    return seen["state"] if seen is not None and seen["call"] == call else None


def client_of(context: Context, call: CallId) -> ClientId | None:
    """Who the caller is taken for, while the call is on the floor."""
    seen = shown(context, call_key(call))
    return None if seen is None else seen.get("client")


def queue_of(context: Context, call: CallId) -> QueueId | None:
    """The call's queue while it is on the floor."""
    seen = shown(context, call_key(call))
    return None if seen is None else seen["queue"]
