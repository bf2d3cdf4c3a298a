"""From a scenario file, and the plan file and tables it names, to a ``Scenario``; or to all that is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from callcenter.errors import ConfigError
from callcenter.people.documents import AgentDocument, PlanDocument, agent_of, queue_of, team_of, value_of
from callcenter.people.plan_file import lay_over, read_toml
from callcenter.people.site_plan import SitePlan
from callcenter.settings.values import did_you_mean
from callcenter.whatif.documents import (
    CallsDocument,
    ConstantDocument,
    EmpiricalDocument,
    ExponentialDocument,
    Lasting,
    NeverDocument,
    Patience,
    ScenarioDocument,
    ShiftDocument,
    SpreadDocument,
)
from callcenter.whatif.mistakes import ScenarioErrors, Sheet
from callcenter.whatif.tables import read_column, read_ledger
from routing.acd.directory import PlanDirectory
from routing.acd.model import Agent, RoutingPlan
from routing.acd.simulation.chance import (
    Constant,
    Distribution,
    Empirical,
    Exponential,
    Gamma,
    Lognormal,
    Never,
)
from routing.acd.simulation.scenario import CallType, Habits, Rate, RecordedCall, Scenario, Shift
from routing.ids import AgentId, QueueId, StationId

DATABASE = "database"

LINGER = 7 * 86_400.0
"""How long agents without shifts stay for those who wait when the day is over, seconds; the simulation ends
with the last call."""


def read_scenario(path: Path, site: Callable[[], RoutingPlan]) -> Scenario:
    """``site`` gives the plan of the database, for a scenario with ``plan = "database"``; it is not asked
    otherwise, and may raise what it likes. Blocks on files. Raises ``ScenarioErrors``."""
    errors: list[ConfigError] = []
    sheet = Sheet(path, errors)
    document = sheet.shaped(ScenarioDocument)
    if document is None:
        raise ScenarioErrors(errors)
    base: RoutingPlan | None = None
    if document.plan == DATABASE:
        base = site()
    elif document.plan is not None:
        base = read_plan(path.parent / document.plan, errors)
        if base is None:
            raise ScenarioErrors(errors)
    scenario = _Reader(sheet, document, base, errors).scenario()
    if errors or scenario is None:
        raise ScenarioErrors(errors)
    return scenario


def read_plan(path: Path, errors: list[ConfigError], base: RoutingPlan | None = None) -> RoutingPlan | None:
    """A plan file laid over ``base``, as ``callcenter apply`` lays it over the plan in force; by itself
    without ``base``, where its agents need no station, since nobody rings one. ``None`` when it is no plan,
    with every reason added to ``errors``."""
    sheet = Sheet(path, errors)
    if sheet.data is None:
        return None
    data = read_toml(sheet.text)
    if base is None:
        named = data.get("agents")
        names = sorted(named) if isinstance(named, dict) else ()
        site = SitePlan(agents=tuple(Agent(AgentId(name), name, StationId(name), ()) for name in names))
    else:
        site = SitePlan((), base.queues, base.default_queue, base.teams, base.agents, values=base.values)
    laid = lay_over(site, data)
    for mistake in laid.mistakes:
        sheet.wrong(tuple(mistake.place.split(".")), mistake.message, mistake.remedy)
    if laid.mistakes:
        return None
    if not laid.plan.queues:
        sheet.wrong(("queues",), "there is no queue", "Write one, such as [queues.sales]")
        return None
    return laid.plan.tolerant_routing()


def plan_of(document: PlanDocument, base: RoutingPlan | None = None) -> RoutingPlan:
    """What a document with at least one queue, here or in ``base``, says; what it names again replaces what
    ``base`` has of the id."""
    queues = {} if base is None else {str(queue.id): queue for queue in base.queues}
    agents = {} if base is None else {str(agent.id): agent for agent in base.agents}
    teams = {} if base is None else {str(team.id): team for team in base.teams}
    values = {} if base is None else {value.id: value for value in base.values}
    queues |= {name: queue_of(name, one) for name, one in document.queues.items()}
    for name, of_agent in document.agents.items():
        known = agents.get(name) or Agent(AgentId(name), name, StationId(name), ())
        agents[name] = agent_of(known, of_agent)
    teams |= {name: team_of(name, one) for name, one in document.teams.items()}
    values |= {name: value_of(name, one) for name, one in document.values.items()}
    default = document.default_queue or (base.default_queue if base is not None else next(iter(queues)))
    return RoutingPlan(
        tuple(queues.values()),
        tuple(agents.values()),
        QueueId(default),
        tuple(teams.values()),
        tuple(values.values()),
    )


class _Reader:
    """What goes beyond shapes: names that must be known, times that must fit."""

    def __init__(
        self, sheet: Sheet, document: ScenarioDocument, base: RoutingPlan | None, errors: list[ConfigError]
    ) -> None:
        self._sheet, self._document, self._base, self._errors = sheet, document, base, errors
        self._folder = sheet.path.parent
        self._since, self._until = clock(document.from_), clock(document.until)

    def scenario(self) -> Scenario | None:
        document, sheet = self._document, self._sheet
        if not document.queues and self._base is None:
            remedy = 'Write one, such as [queues.sales], or name a plan: plan = "export.toml"'
            sheet.wrong(("queues",), "there is no queue", remedy)
            return None
        crews = self._crews()
        plan = plan_of(document.plan_document(), self._base)
        plan = RoutingPlan(plan.queues, (*plan.agents, *crews), plan.default_queue, plan.teams, plan.values)
        self._check_plan(plan)
        if self._until <= self._since:
            sheet.wrong(("until",), "is not after from", 'A day that ends after midnight ends at "26:00"')
        elif document.warm_up_minutes * 60 >= self._until - self._since:
            sheet.wrong(("warm_up_minutes",), "leaves nothing to count", "Shorten it, or simulate longer")
        shifts = self._shifts(plan)
        types = tuple(self._calls(name, one, plan) for name, one in document.calls.items())
        recorded = self._recorded()
        habits = self._habits()
        if self._errors:
            return None
        self._check_served(plan, shifts)
        return Scenario(
            document.name,
            plan,
            types,
            shifts,
            self._since,
            self._until,
            recorded,
            habits,
            document.warm_up_minutes * 60.0,
            document.replications,
            document.seed,
        )

    def _known(self, key: tuple[str, ...], what: str, name: str, known: list[str]) -> bool:
        if name in known:
            return True
        hint = did_you_mean(name, known)
        names = ", ".join(sorted(known)[:8]) or "none"
        self._sheet.wrong(key, f"there is no {what} {name}", f"{hint}Known are: {names}")
        return False

    def _check_plan(self, plan: RoutingPlan) -> None:
        """What the scenario's own tables name."""
        document = self._document
        queues = [str(queue.id) for queue in plan.queues]
        teams = [str(team.id) for team in plan.teams]
        skills = sorted(document.skills)
        held = {str(level.skill) for agent in plan.agents for level in agent.skills} | set(skills)
        if document.default_queue is not None:
            self._known(("default_queue",), "queue", document.default_queue, queues)
        for name, team in document.teams.items():
            for queue in team.queues:
                self._known(("teams", name, "queues"), "queue", queue, queues)
        people = [("agents", name, one) for name, one in document.agents.items()]
        people += [("crews", name, one) for name, one in document.crews.items()]
        for table, name, one in people:
            for queue in one.queues:
                self._known((table, name, "queues"), "queue", queue, queues)
            if one.team is not None:
                self._known((table, name, "team"), "team", one.team, teams)
            for weight in one.weights:
                self._known((table, name, "weights"), "queue", weight.queue, queues)
            for level in one.skills if skills else ():
                self._known((table, name, "skills"), "skill", level.skill, sorted(held & set(skills)))
        for name, of_queue in document.queues.items():
            wanted = [("required", level.skill) for level in of_queue.required]
            wanted += [("preferred", level.skill) for level in of_queue.preferred]
            wanted += [("rings", level.skill) for ring in of_queue.rings for level in ring.required]
            for key, skill in wanted:
                self._known(("queues", name, key), "skill", skill, sorted(held))

    def _crews(self) -> tuple[Agent, ...]:
        agents = []
        for name, crew in self._document.crews.items():
            document = AgentDocument.model_validate(crew.model_dump(exclude={"count"}))
            for number in range(1, crew.count + 1):
                login = f"{name}-{number}"
                if login in self._document.agents:
                    self._sheet.wrong(("crews", name), f"{login} is an agent, too", "Rename one of them")
                blank = Agent(AgentId(login), login, StationId(login), ())
                agents.append(agent_of(blank, document))
        return tuple(agents)

    def _shifts(self, plan: RoutingPlan) -> tuple[Shift, ...]:
        """Without any, all agents are there all the time, and after it: who waits at the end is served."""
        if not self._document.shifts:
            return tuple(Shift(agent.id, self._since, self._until + LINGER) for agent in plan.agents)
        shifts: list[Shift] = []
        names = [str(agent.id) for agent in plan.agents]
        for name, shift in self._document.shifts.items():
            key = ("shifts", name)
            if not shift.agents and not shift.crews:
                self._sheet.wrong(key, "nobody works in it", "Write agents or crews")
            since, until, pauses = self._times(key, shift)
            who = [agent for agent in shift.agents if self._known((*key, "agents"), "agent", agent, names)]
            for crew in shift.crews:
                if self._known((*key, "crews"), "crew", crew, list(self._document.crews)):
                    who += [f"{crew}-{n}" for n in range(1, self._document.crews[crew].count + 1)]
            for agent in who:
                clash = next(
                    (s for s in shifts if s.agent == agent and s.since < until and since < s.until), None
                )
                if clash is not None:
                    problem = f"{agent} has another shift at that time"
                    self._sheet.wrong(key, problem, "Let the one end before the other begins")
                    break
                shifts.append(Shift(AgentId(agent), since, until, pauses))
        return tuple(shifts)

    def _times(
        self, key: tuple[str, ...], shift: ShiftDocument
    ) -> tuple[float, float, tuple[tuple[float, float], ...]]:
        since, until = clock(shift.from_), clock(shift.until)
        if until <= since:
            remedy = 'Write a later until; a shift that ends after midnight ends at "26:00"'
            self._sheet.wrong((*key, "until"), "is not after from", remedy)
        pauses = []
        last = since
        for pause in shift.pauses:
            start, end = clock(pause.from_), clock(pause.until)
            if end <= start or start < last or end > until:
                problem = f"the pause {pause.from_} to {pause.until} doesn't fit into the shift"
                remedy = "Pauses lie within the shift, in order, and don't overlap"
                self._sheet.wrong((*key, "pauses"), problem, remedy)
            pauses.append((start, end))
            last = end
        return since, until, tuple(pauses)

    def _calls(self, name: str, calls: CallsDocument, plan: RoutingPlan) -> CallType:
        key = ("calls", name)
        self._known((*key, "queue"), "queue", calls.queue, [str(queue.id) for queue in plan.queues])
        if calls.client is not None:
            self._known((*key, "client"), "value class", calls.client, [value.id for value in plan.values])
        rates: list[Rate] = []
        if calls.per_hour is not None:
            rates = [Rate(self._since, self._until, calls.per_hour)]
            if calls.arrivals:
                self._sheet.wrong((*key, "arrivals"), "stands beside per_hour", "Keep one of the two")
                rates = []
        elif not calls.arrivals and self._document.ledger is None:
            remedy = "Write per_hour, or arrivals by interval, or name a ledger of real calls"
            self._sheet.wrong(key, "nothing says how often they call", remedy)
        for piece in calls.arrivals:
            since, until = clock(piece.from_), clock(piece.until)
            if until <= since or (rates and since < rates[-1].until):
                problem = f"the interval {piece.from_} to {piece.until} is empty or overlaps the one before"
                self._sheet.wrong((*key, "arrivals"), problem, "Write intervals in order, each ending later")
            rates.append(Rate(since, until, piece.per_hour))
        handle = self._distribution((*key, "handle"), calls.handle)
        patience = self._distribution((*key, "patience"), calls.patience)
        return CallType(name, QueueId(calls.queue), handle, patience, tuple(rates), calls.client)

    def _distribution(self, key: tuple[str, ...], one: Lasting | Patience) -> Distribution:
        match one:
            case ExponentialDocument():
                return Exponential(one.mean)
            case SpreadDocument(distribution="gamma"):
                return Gamma(one.mean, one.cv)
            case SpreadDocument():
                return Lognormal(one.mean, one.cv)
            case ConstantDocument():
                return Constant(one.mean)
            case NeverDocument():
                return Never()
            case EmpiricalDocument():
                return self._empirical(key, one)

    def _empirical(self, key: tuple[str, ...], one: EmpiricalDocument) -> Distribution:
        if (one.values is None) == (one.file is None):
            self._sheet.wrong(key, "needs values or a file, one of them", "Write values = [210, 185.5, 340]")
            return Constant(0.0)
        if one.values is not None:
            return Empirical.of(one.values)
        assert one.file is not None
        values = read_column(self._folder / one.file, one.column, self._sheet.place(key), self._errors)
        return Empirical.of(values) if values else Constant(0.0)

    def _recorded(self) -> tuple[RecordedCall, ...]:
        if self._document.ledger is None:
            return ()
        path = self._folder / self._document.ledger
        kinds = list(self._document.calls)
        return read_ledger(
            path, kinds, (self._since, self._until), self._sheet.place(("ledger",)), self._errors
        )

    def _habits(self) -> Habits:
        habits, usual = self._document.habits, Habits()
        answer, pause = habits.answer, habits.pause
        return Habits(
            usual.answer if answer is None else self._distribution(("habits", "answer"), answer),
            habits.declines,
            habits.rest,
            habits.pauses_per_hour,
            usual.pause if pause is None else self._distribution(("habits", "pause"), pause),
        )

    def _check_served(self, plan: RoutingPlan, shifts: tuple[Shift, ...]) -> None:
        """A queue that is called and that nobody of these shifts can ever serve."""
        directory = PlanDirectory(plan)
        here = {shift.agent for shift in shifts}
        served = {queue for agent in plan.agents if agent.id in here for queue in directory.served_by(agent)}
        for name, calls in self._document.calls.items():
            if calls.queue not in served:
                served.add(QueueId(calls.queue))  # told once
                problem = f"nobody who works can serve {calls.queue}"
                remedy = "Let an agent with the skills that it requires serve it, in a shift"
                self._sheet.wrong(("calls", name, "queue"), problem, remedy)


def clock(text: str) -> float:
    """Seconds from midnight of ``HH:MM`` or ``HH:MM:SS``."""
    parts = [int(part) for part in text.split(":")]
    return float(parts[0] * 3600 + parts[1] * 60 + (parts[2] if len(parts) > 2 else 0))
