"""Who may call what: the one table, and the one place that looks at it.

A route that is not in the table stops the server from starting, and so does a line without its route.
Which rows a role may see (an operator his own calls, say) is decided by the handlers; whether a role may
ask at all is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from callcenter.people.views import Role, User
from callcenter.web.endpoint import PREFIX


@dataclass(frozen=True, slots=True)
class Rule:
    """``roles`` empty means public: no sign-in. ``agents`` also asks for a station."""

    roles: frozenset[Role]
    agents: bool = False

    @property
    def public(self) -> bool:
        return not self.roles

    def allows(self, user: User) -> bool:
        return user.role in self.roles and (not self.agents or user.agent is not None)


PUBLIC = Rule(frozenset())
ANYONE = Rule(frozenset(Role))
AGENTS = Rule(frozenset(Role), agents=True)
LEADERS = Rule(frozenset({Role.SUPERVISOR, Role.CAMPAIGN_MANAGER, Role.ADMINISTRATOR}))
SUPERVISORS = Rule(frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR}))
ADMINISTRATORS = Rule(frozenset({Role.ADMINISTRATOR}))

Table = Mapping[tuple[str, str], Rule]

RULES: Table = {
    ("GET", "/healthz"): PUBLIC,
    ("GET", "/readyz"): PUBLIC,
    ("GET", "/metrics"): PUBLIC,
    ("GET", "/ws"): PUBLIC,  # checks the session itself: a refusal must be a close code
    ("GET", "/sip"): PUBLIC,  # the same
    ("GET", "/{path}"): PUBLIC,  # the console's own files
    ("GET", f"{PREFIX}/openapi.json"): PUBLIC,
    ("POST", f"{PREFIX}/session"): PUBLIC,
    ("GET", f"{PREFIX}/session"): ANYONE,
    ("PATCH", f"{PREFIX}/session"): ANYONE,
    ("DELETE", f"{PREFIX}/session"): PUBLIC,  # signing out twice is no error
    ("GET", f"{PREFIX}/site"): ANYONE,
    ("PUT", f"{PREFIX}/agents/{{agent}}/state"): ANYONE,  # operators: himself
    ("POST", f"{PREFIX}/phone/credentials"): AGENTS,
    ("POST", f"{PREFIX}/calls/{{call}}/quality"): AGENTS,  # of a leg of his own
    ("POST", f"{PREFIX}/calls/{{call}}/decline"): AGENTS,
    ("POST", f"{PREFIX}/calls/{{call}}/hang-up"): AGENTS,
    ("POST", f"{PREFIX}/calls/{{call}}/wrap-up"): AGENTS,
    ("PUT", f"{PREFIX}/calls/{{call}}/client"): AGENTS,
    ("DELETE", f"{PREFIX}/calls/{{call}}/client"): AGENTS,
    ("POST", f"{PREFIX}/calls/{{call}}/hold"): AGENTS,
    ("POST", f"{PREFIX}/calls/{{call}}/resume"): AGENTS,
    ("POST", f"{PREFIX}/calls/{{call}}/transfer"): AGENTS,
    ("POST", f"{PREFIX}/calls/{{call}}/park"): AGENTS,
    ("POST", f"{PREFIX}/calls/{{call}}/fetch"): AGENTS,
    ("POST", f"{PREFIX}/calls/{{call}}/consult"): AGENTS,
    ("POST", f"{PREFIX}/calls/{{call}}/complete"): AGENTS,
    ("POST", f"{PREFIX}/calls/{{call}}/join"): AGENTS,
    ("POST", f"{PREFIX}/calls/{{call}}/dismiss"): AGENTS,
    ("POST", f"{PREFIX}/calls/{{call}}/leave"): AGENTS,
    ("POST", f"{PREFIX}/calls/{{call}}/keys"): AGENTS,
    ("PUT", f"{PREFIX}/calls/{{call}}/recording"): AGENTS,
    ("GET", f"{PREFIX}/calls/{{call}}/recording"): ANYONE,  # operators: his own
    ("POST", f"{PREFIX}/calls"): AGENTS,
    ("POST", f"{PREFIX}/colleagues/call"): AGENTS,
    ("POST", f"{PREFIX}/colleagues/hang-up"): AGENTS,
    ("GET", f"{PREFIX}/colleagues/calls"): ANYONE,  # operators: their own
    ("POST", f"{PREFIX}/calls/{{call}}/wrap-up/extend"): AGENTS,
    ("POST", f"{PREFIX}/calls/{{call}}/script"): AGENTS,
    ("GET", f"{PREFIX}/calls/{{call}}/script"): ANYONE,  # operators: of their calls
    ("PUT", f"{PREFIX}/calls/{{call}}/script"): AGENTS,
    ("GET", f"{PREFIX}/calls/{{call}}/note"): ANYONE,  # operators: of their calls
    ("PUT", f"{PREFIX}/calls/{{call}}/note"): AGENTS,
    ("GET", f"{PREFIX}/agents/{{agent}}/next"): ANYONE,  # operators: himself
    ("GET", f"{PREFIX}/scripts"): SUPERVISORS,
    ("POST", f"{PREFIX}/scripts/check"): SUPERVISORS,
    ("POST", f"{PREFIX}/scripts/preview"): SUPERVISORS,
    ("GET", f"{PREFIX}/scripts/{{script}}"): SUPERVISORS,
    ("PUT", f"{PREFIX}/scripts/{{script}}"): SUPERVISORS,
    ("GET", f"{PREFIX}/scripts/{{script}}/versions/{{version}}"): SUPERVISORS,
    ("POST", f"{PREFIX}/scripts/{{script}}/publish"): SUPERVISORS,
    ("POST", f"{PREFIX}/scripts/{{script}}/withdraw"): SUPERVISORS,
    ("PUT", f"{PREFIX}/scripts/{{script}}/queues"): SUPERVISORS,
    ("GET", f"{PREFIX}/calls/{{call}}/why"): LEADERS,
    ("GET", f"{PREFIX}/agents/{{agent}}/why"): ANYONE,  # operators: himself
    ("PUT", f"{PREFIX}/agents/{{agent}}/hand"): AGENTS,  # himself
    ("DELETE", f"{PREFIX}/agents/{{agent}}/hand"): ANYONE,  # operators: himself
    ("GET", f"{PREFIX}/me/day"): ANYONE,
    ("PATCH", f"{PREFIX}/me/tasks/{{task}}"): ANYONE,  # as whose.check_task says
    ("GET", f"{PREFIX}/me/figures"): AGENTS,
    ("GET", f"{PREFIX}/chat/people"): ANYONE,
    ("GET", f"{PREFIX}/chat/search"): ANYONE,  # everybody: in his own conversations
    ("GET", f"{PREFIX}/chat/{{conversation}}/messages"): ANYONE,  # everybody: who takes part
    ("POST", f"{PREFIX}/chat/{{conversation}}/messages"): ANYONE,  # everybody: who takes part
    ("PUT", f"{PREFIX}/chat/{{conversation}}/read"): ANYONE,  # everybody: who takes part
    ("GET", f"{PREFIX}/calls"): ANYONE,  # operators: his own, or one client's
    ("GET", f"{PREFIX}/calls/{{call}}"): ANYONE,  # operators: his own, or of a known client
    ("GET", f"{PREFIX}/clients"): ANYONE,
    ("POST", f"{PREFIX}/clients"): ANYONE,
    ("GET", f"{PREFIX}/clients/{{client}}"): ANYONE,
    ("PATCH", f"{PREFIX}/clients/{{client}}"): ANYONE,
    ("POST", f"{PREFIX}/clients/{{client}}/phones"): ANYONE,
    ("GET", f"{PREFIX}/clients/{{client}}/interactions"): ANYONE,
    ("GET", f"{PREFIX}/clients/{{client}}/card"): ANYONE,
    ("GET", f"{PREFIX}/clients/{{client}}/timeline"): ANYONE,
    ("POST", f"{PREFIX}/clients/{{client}}/deals"): ANYONE,
    ("POST", f"{PREFIX}/clients/{{client}}/tickets"): ANYONE,
    ("POST", f"{PREFIX}/clients/{{client}}/tasks"): ANYONE,
    ("POST", f"{PREFIX}/clients/{{client}}/notes"): ANYONE,
    ("PATCH", f"{PREFIX}/clients/{{client}}/deals/{{item}}"): ANYONE,
    ("PATCH", f"{PREFIX}/clients/{{client}}/tickets/{{item}}"): ANYONE,
    ("PATCH", f"{PREFIX}/clients/{{client}}/tasks/{{item}}"): ANYONE,  # as whose.check_task says
    ("PATCH", f"{PREFIX}/clients/{{client}}/notes/{{item}}"): ANYONE,  # operators: those they wrote
    ("PUT", f"{PREFIX}/site/pause-reasons"): SUPERVISORS,
    ("PUT", f"{PREFIX}/site/dispositions"): ADMINISTRATORS,
    ("GET", f"{PREFIX}/queues"): LEADERS,
    ("POST", f"{PREFIX}/queues"): ADMINISTRATORS,
    ("PUT", f"{PREFIX}/queues/{{queue}}"): ADMINISTRATORS,
    ("GET", f"{PREFIX}/skills"): LEADERS,
    ("PUT", f"{PREFIX}/skills/{{skill}}"): ADMINISTRATORS,
    ("DELETE", f"{PREFIX}/queues/{{queue}}"): ADMINISTRATORS,
    ("DELETE", f"{PREFIX}/skills/{{skill}}"): ADMINISTRATORS,
    ("GET", f"{PREFIX}/presets"): LEADERS,
    ("GET", f"{PREFIX}/teams"): LEADERS,
    ("PUT", f"{PREFIX}/teams/{{team}}"): ADMINISTRATORS,
    ("DELETE", f"{PREFIX}/teams/{{team}}"): ADMINISTRATORS,
    ("GET", f"{PREFIX}/agents"): LEADERS,
    ("PUT", f"{PREFIX}/agents/{{agent}}/routing"): SUPERVISORS,
    ("GET", f"{PREFIX}/values"): LEADERS,
    ("PUT", f"{PREFIX}/values/{{value}}"): ADMINISTRATORS,
    ("DELETE", f"{PREFIX}/values/{{value}}"): ADMINISTRATORS,
    ("GET", f"{PREFIX}/flows"): LEADERS,
    ("GET", f"{PREFIX}/flows/emergency"): LEADERS,
    ("PUT", f"{PREFIX}/flows/emergency"): SUPERVISORS,
    ("GET", f"{PREFIX}/flows/{{flow}}"): LEADERS,
    ("PUT", f"{PREFIX}/flows/{{flow}}"): ADMINISTRATORS,
    ("DELETE", f"{PREFIX}/flows/{{flow}}"): ADMINISTRATORS,
    ("POST", f"{PREFIX}/flows/check"): LEADERS,
    ("POST", f"{PREFIX}/flows/test"): LEADERS,
    ("GET", f"{PREFIX}/hours"): LEADERS,
    ("PUT", f"{PREFIX}/hours/{{hours}}"): ADMINISTRATORS,
    ("DELETE", f"{PREFIX}/hours/{{hours}}"): ADMINISTRATORS,
    ("GET", f"{PREFIX}/prompts"): LEADERS,
    ("PUT", f"{PREFIX}/prompts/{{prompt}}/{{language}}"): ADMINISTRATORS,
    ("GET", f"{PREFIX}/prompts/{{prompt}}/{{language}}/audio"): LEADERS,
    ("DELETE", f"{PREFIX}/prompts/{{prompt}}/{{language}}"): ADMINISTRATORS,
    ("GET", f"{PREFIX}/messages"): ANYONE,  # operators: of their queues and of known clients
    ("GET", f"{PREFIX}/messages/{{message}}/audio"): ANYONE,  # operators: the same
    ("PATCH", f"{PREFIX}/messages/{{message}}"): ANYONE,  # operators: the same
    ("GET", f"{PREFIX}/plan"): ADMINISTRATORS,
    ("POST", f"{PREFIX}/plan/apply"): ADMINISTRATORS,
    ("GET", f"{PREFIX}/audit"): SUPERVISORS,
    ("GET", f"{PREFIX}/callbacks"): ANYONE,  # operators: those they made
    ("GET", f"{PREFIX}/dialling-hours"): ANYONE,
    ("POST", f"{PREFIX}/callbacks"): ANYONE,
    ("GET", f"{PREFIX}/callbacks/{{callback}}"): ANYONE,  # operators: those they made
    ("PATCH", f"{PREFIX}/callbacks/{{callback}}"): ANYONE,  # operators: those they made
    ("DELETE", f"{PREFIX}/callbacks/{{callback}}"): ANYONE,  # operators: those they made
    ("GET", f"{PREFIX}/missed"): ANYONE,
    ("POST", f"{PREFIX}/missed/{{number}}/claim"): AGENTS,
    ("DELETE", f"{PREFIX}/missed/{{number}}/claim"): AGENTS,  # operators: their own
    ("POST", f"{PREFIX}/missed/{{number}}/dismiss"): ANYONE,  # operators: not another's
    ("POST", f"{PREFIX}/missed/{{number}}/callback"): AGENTS,
    ("GET", f"{PREFIX}/users"): ADMINISTRATORS,
    ("POST", f"{PREFIX}/users"): ADMINISTRATORS,
    ("PATCH", f"{PREFIX}/users/{{login}}"): ADMINISTRATORS,
}

SEES_EVERYTHING = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})
"""Roles that see the whole live picture, cards and calls of others included."""
ACTS_FOR_OTHERS = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})
"""Roles that may change another agent's state."""


def differences(routes: Iterable[tuple[str, str]], table: Table = RULES) -> list[str]:
    """What the table and the router disagree about, in words; empty when they agree."""
    served = set(routes)
    return [f"{method} {path} has no rule" for method, path in sorted(served - set(table))] + [
        f"{method} {path} has a rule and no route" for method, path in sorted(set(table) - served)
    ]
