"""One's own day, and one's own figures beside the team's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from callcenter.history.figures import AgentFigures
from callcenter.history.queries import InteractionFilter
from callcenter.web.callback_schemas import Callback
from callcenter.web.context import Context
from callcenter.web.endpoint import Endpoints
from callcenter.web.me_schemas import (
    LONGEST_SPAN,
    DispositionFigure,
    DueTask,
    Figures,
    FiguresQuery,
    MyDay,
    MyFigures,
    TaskPath,
    TaskTick,
)
from callcenter.web.problems import ProblemError, bad_field
from callcenter.web.schemas import Interaction
from callcenter.web.whose import check_task, queues_of
from routing.ids import AgentId

routes = Endpoints("me")
_MOST = 50


@routes.get("/me/day")
async def get_my_day(context: Context) -> MyDay:
    """Today's calls, the tasks that are due, and the callbacks that are due or promised."""
    deps, login = context.deps, context.user.login
    since, until = _day(context)
    queues = list(queues_of(context))
    calls = await deps.history.interactions(InteractionFilter(agent=AgentId(login), since=since), _MOST, None)
    tasks = await deps.day.due_for(login, queues, until, limit=_MOST)
    callbacks = await deps.callbacks.due_for(AgentId(login), queues, until, limit=_MOST)
    return MyDay(
        since=since,
        until=until,
        calls=[Interaction.model_validate(call) for call in calls.items],
        tasks=[DueTask.model_validate(task) for task in tasks],
        callbacks=[Callback.model_validate(callback) for callback in callbacks],
    )


@routes.patch("/me/tasks/{task}", problems=(403, 404))
async def tick_my_task(context: Context, path: TaskPath, body: TaskTick) -> DueTask:
    """Tick a task off, or bring it back: one's own, or one that is nobody's, if it is for one's queues."""
    task = await context.deps.day.find(path.task)
    if task is None:
        raise ProblemError(404, "no such task")
    check_task(context, task)
    changed = await context.deps.day.set_done(path.task, body.done)
    if changed is None:
        raise ProblemError(404, "no such task")
    return DueTask.model_validate(changed)


@routes.get("/me/figures", problems=(403,))
async def get_my_figures(context: Context, query: FiguresQuery) -> MyFigures:
    """One's own figures of a time beside those of one's team (without a team: of everybody who serves one of
    one's queues)."""
    now = context.deps.clock.now()
    since = _day(context)[0] if query.since is None else query.since
    until = min(now, now if query.until is None else query.until)
    if not 0 < until - since <= LONGEST_SPAN:
        raise bad_field("query", "since", "bad_span", "Before until, and at most 31 days before it")
    me = context.agent
    team_name, mates = _mates(context, me)
    found = await context.deps.figures.agents(mates, since, until)
    chosen = await context.deps.figures.dispositions(mates, since, until)
    working = [one for one in found if one.worked]
    count = max(1, len(working))
    mine = {one.disposition: one.times for one in chosen if one.agent == me}
    every: dict[str, int] = {}
    for one in chosen:
        every[one.disposition] = every.get(one.disposition, 0) + one.times
    return MyFigures(
        since=since,
        until=until,
        team_name=team_name,
        agents=len(working),
        mine=_summed([one for one in found if one.agent == me], 1),
        team=_summed(working, count),
        dispositions=[
            DispositionFigure(disposition=code, mine=mine.get(code, 0), team=times / count)
            for code, times in sorted(every.items(), key=lambda item: (-item[1], item[0]))
        ],
    )


def _day(context: Context) -> tuple[float, float]:
    return day_of(context.deps.clock.now(), ZoneInfo(context.deps.settings.timezone))


def day_of(now: float, zone: ZoneInfo) -> tuple[float, float]:
    """The day of this instant on that clock, as epoch seconds: of 23 or 25 hours twice a year."""
    start = datetime.fromtimestamp(now, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return start.timestamp(), (start + timedelta(days=1)).timestamp()


def _mates(context: Context, me: AgentId) -> tuple[str, list[AgentId]]:
    """The name of my team, and who is in it, I included."""
    plan = context.deps.plan()
    own = next((agent for agent in plan.agents if agent.id == me), None)
    if own is None:
        return "", [me]
    if own.team is not None:
        name = next((team.name for team in plan.teams if team.id == own.team), "")
        return name, [agent.id for agent in plan.agents if agent.team == own.team]
    return "", [agent.id for agent in plan.agents if agent.id == me or set(agent.queues) & set(own.queues)]


def _summed(found: Sequence[AgentFigures], agents: int) -> Figures:
    """The figures of these, counts divided by so many agents."""
    answered = sum(one.answered for one in found)
    talked, wrap_up = sum(one.talked for one in found), sum(one.wrap_up for one in found)
    ready = sum(one.ready for one in found)
    handled = talked + wrap_up
    return Figures(
        answered=answered / agents,
        missed=sum(one.missed for one in found) / agents,
        declined=sum(one.declined for one in found) / agents,
        talked=talked / agents,
        wrap_up=wrap_up / agents,
        ready=ready / agents,
        paused=sum(one.paused for one in found) / agents,
        aht=handled / answered if answered else None,
        occupancy=handled / (handled + ready) if handled + ready else None,
    )
