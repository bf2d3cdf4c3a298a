"""The shapes of one's own day and figures."""

from __future__ import annotations

from callcenter.web.callback_schemas import Callback
from callcenter.web.fields import Answer, Moment, Request, RowId
from callcenter.web.schemas import Interaction

LONGEST_SPAN = 31 * 86_400.0


class DueTask(Answer):
    """``assignee`` is a login, empty for anyone of the ``queue``. ``message`` marks one that a caller
    left."""

    id: int
    title: str
    due_at: float | None
    assignee: str
    done_at: float | None
    queue: str | None
    number: str
    message: bool
    client: int | None
    client_name: str


class MyDay(Answer):
    """``since`` and ``until`` are the site's day. ``calls`` are the latest of today's, the newest first;
    ``tasks`` those due by its end, ``callbacks`` the open ones that one promised or made, and those due
    today in one's queues that nobody promised. Each list has at most 50."""

    since: float
    until: float
    calls: list[Interaction]
    tasks: list[DueTask]
    callbacks: list[Callback]


class TaskPath(Request):
    task: RowId


class TaskTick(Request):
    done: bool


class FiguresQuery(Request):
    """From ``since`` (none: the beginning of the site's day) to ``until`` (none: now), at most 31 days."""

    since: Moment | None = None
    until: Moment | None = None


class Figures(Answer):
    """Of one agent, or of a team: counts are then per agent who worked, ratios of the team's sums. ``aht``
    is talk + hold + wrap-up per conversation answered, in seconds; ``occupancy`` those over themselves +
    ready time. None where there is nothing to divide by. The rest in seconds, ``talked`` with hold."""

    answered: float
    missed: float
    declined: float
    talked: float
    wrap_up: float
    ready: float
    paused: float
    aht: float | None
    occupancy: float | None


class DispositionFigure(Answer):
    """How often a disposition was chosen: by oneself, and on average by an agent of the team."""

    disposition: str
    mine: int
    team: float


class MyFigures(Answer):
    """``agents`` counts those of the team who worked in this time, oneself included."""

    since: float
    until: float
    team_name: str
    agents: int
    mine: Figures
    team: Figures
    dispositions: list[DispositionFigure]
