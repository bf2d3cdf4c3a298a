"""The shapes of flows, opening hours and prompts, of a plan as a whole, and of what has changed in it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from callcenter.flows.documents import EmergencyDocument, FlowDocument, HoursDocument
from callcenter.people.documents import PlanDocument
from callcenter.web.fields import Answer, Code, Limit, Moment, Period, Request
from routing.flows.moves import Why
from routing.flows.tester import Ending

LARGEST_FILE = 2_000_000
"""Characters of a plan file; a site of a thousand agents has half a million."""
Severity = Literal["error", "warning"]
Keys = Annotated[str, Field(max_length=40, pattern=r"^[0-9*#]*$")]
"""What is pressed at one menu or question."""


class PlanMistake(Answer):
    """What is wrong with a plan. ``place`` leads to it with dots (``flows.main.steps.menu.choices.1.next``),
    ``code`` and ``parameters`` are for programs, ``message`` and ``remedy`` for people, in English. A plan
    with an ``error`` is refused; a ``warning`` is only told."""

    place: str
    code: str
    parameters: dict[str, str]
    message: str
    remedy: str
    severity: Severity


class PlanMistakes(Answer):
    mistakes: list[PlanMistake]


# --- flows --------------------------------------------------------------------------------------------


class FlowPath(Request):
    flow: Code


class FlowSettings(FlowDocument):
    """A flow as it is in force."""

    id: Code


class FlowList(Answer):
    """``mistakes`` is what is wrong, or worth a warning, in the whole plan in force."""

    items: list[FlowSettings]
    mistakes: list[PlanMistake]


class FlowCheckForm(Request):
    """Flows and hours that are to be checked as if they were put now; those that are not named stay as they
    are in force."""

    flows: dict[Code, FlowDocument] = Field(default={})
    hours: dict[Code, HoursDocument] = Field(default={})


class HoursPath(Request):
    hours: Code


class HoursSettings(HoursDocument):
    """Opening hours as they are in force."""

    id: Code


class HoursList(Answer):
    items: list[HoursSettings]


class Emergency(EmergencyDocument):
    """Whether and what is closed at once."""


# --- the tester ---------------------------------------------------------------------------------------


class QueueNow(Request):
    """A queue as the caller finds it; null is not known."""

    waiting: Annotated[int, Field(ge=0, le=100_000)] = 0
    able: Annotated[int, Field(ge=0, le=100_000)] = 1
    expected_wait: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)] | None = None


class FlowTestForm(Request):
    """A call to try: to ``dialled``, at ``at`` (UTC epoch seconds; now by default), from ``number`` (empty:
    withheld). ``known`` says that the caller is a client, of the class ``value``. ``keys`` are what is
    entered at each menu and question in turn, an empty one is silence; ``clients`` the value classes (null:
    none) of the clients whom a number typed in finds. ``queues`` are as the caller finds them; one that is
    not named is empty, with an agent signed in. The caller waits for ``patience`` seconds in queues, and
    presses ``key_in_queue`` at the first announcement that offers it. ``flows`` and ``hours`` are tried as
    in ``FlowCheckForm``."""

    dialled: Annotated[str, Field(min_length=1, max_length=64)]
    at: Moment | None = None
    number: Annotated[str, Field(max_length=64)] = ""
    known: bool = False
    value: Code | None = None
    keys: Annotated[list[Keys], Field(max_length=100)] = Field(default=[])
    key_in_queue: Annotated[str, Field(pattern=r"^[0-9*#]?$")] = ""
    clients: dict[str, Code | None] = Field(default={})
    queues: dict[Code, QueueNow] = Field(default={})
    patience: Period = 0
    answered_outside: bool = True
    flows: dict[Code, FlowDocument] = Field(default={})
    hours: dict[Code, HoursDocument] = Field(default={})


class WalkTrace(Answer):
    """One thing that a flow decided: ``why`` is a code, ``told`` its parameters."""

    flow: str | None
    step: str | None
    why: Why
    told: dict[str, str | int | float | bool | None]


class WalkMove(Answer):
    """What was decided at ``at`` (epoch seconds), and what was done then: ``action`` is ``play``, ``ask``,
    ``record``, ``dial_out``, ``look_up``, ``join``, ``stay``, ``keep_place`` or ``end``, ``details`` what it
    was done with (``spoken`` are prompts)."""

    at: float
    trace: list[WalkTrace]
    action: str
    details: dict[str, Any]


class FlowWalk(Answer):
    """What happens to the call. ``queue`` is where the caller waits, left a message or keeps a place;
    ``number`` is the one connected, or to be called back. ``ended_at`` is epoch seconds."""

    moves: list[WalkMove]
    ending: Ending
    ended_at: float
    queue: str | None
    number: str | None


# --- the whole plan -----------------------------------------------------------------------------------


class WholePlan(Answer):
    """Everything that routing is configured with. ``toml`` is the same as a plan file, which ``POST
    /plan/apply`` and ``callcenter apply`` take; ``version`` grows with each change."""

    version: int
    plan: PlanDocument
    toml: str


class ApplyQuery(Request):
    """``dry_run`` changes nothing, and tells what would be changed."""

    dry_run: bool = False


class ApplyForm(Request):
    """A plan file. What is not in it stays; with ``prune``, what the file leaves out of a table that it has
    is removed (agents are people, and stay)."""

    toml: Annotated[str, Field(max_length=LARGEST_FILE)]
    prune: bool = False


class PlanChange(Answer):
    """One thing that is different. ``before`` null is new, ``after`` null is gone. ``entity`` is the name of
    its table in a plan file (``queues``, ``flows`` ...), or ``users``, ``pause_reasons``, ``dispositions``,
    ``prompts``."""

    entity: str
    id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class Applied(Answer):
    """``changes`` empty: there was nothing to do."""

    dry_run: bool
    changes: list[PlanChange]
    mistakes: list[PlanMistake]


# --- the audit trail ----------------------------------------------------------------------------------


class AuditQuery(Request):
    """The newest first. ``from`` and ``to`` bound the moment; ``cursor`` is the ``next`` of the page
    before."""

    entity: Code | None = None
    id: Annotated[str, Field(max_length=64)] | None = None
    who: Annotated[str, Field(max_length=64)] | None = None
    source: Literal["api", "cli", "apply", "system"] | None = None
    since: Annotated[Moment | None, Field(alias="from")] = None
    until: Annotated[Moment | None, Field(alias="to")] = None
    limit: Limit = 50
    cursor: Annotated[str, Field(max_length=40, pattern=r"^[0-9]{1,18}$")] | None = None


class AuditEntry(PlanChange):
    """A change, with who made it, when (UTC epoch seconds) and by which way."""

    number: int
    at: float
    who: str
    source: Literal["api", "cli", "apply", "system"]


class AuditPage(Answer):
    items: list[AuditEntry]
    next: str | None
