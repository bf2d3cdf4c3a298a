"""Plans and worlds for the tests of flows."""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from routing.acd.model import Agent, Queue, RoutingPlan, SkillLevel, ValueClass
from routing.flows.directory import FlowDirectory
from routing.flows.model import Emergency, Flow, FlowPlan, Hours, OpenSpan, Step
from routing.flows.moves import Caller, Context, QueueState
from routing.ids import AgentId, FlowId, HoursId, PromptId, QueueId, SkillId, StationId, StepId

SALES, HELP, SPARE = QueueId("sales"), QueueId("help"), QueueId("spare")
MAIN, OTHER = FlowId("main"), FlowId("other")
DE = SkillId("de")
PROMPTS = tuple(PromptId(name) for name in ("welcome", "menu", "sorry"))
WELCOME, MENU, SORRY = PROMPTS
NUMBER = "+74950000001"
MOSCOW = "Europe/Moscow"


class FewHolidays:
    """A calendar that knows two countries: of ``RU`` one holiday, of ``XX`` none."""

    def zone(self, name: str) -> tzinfo | None:
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            return None

    def knows(self, country: str) -> bool:
        return country in ("RU", "XX")

    def holiday(self, country: str, day: date) -> str | None:
        return "New Year" if country == "RU" and (day.month, day.day) == (1, 1) else None


CALENDAR = FewHolidays()


def routing(*, agents: bool = True) -> RoutingPlan:
    return RoutingPlan(
        queues=(Queue(SALES, "Sales", ("100",)), Queue(HELP, "Help", ()), Queue(SPARE, "Spare", ())),
        agents=(
            Agent(
                AgentId("anna"),
                "Anna",
                StationId("a1001"),
                (SALES, HELP, SPARE),
                (SkillLevel(DE, 5),),
            ),
        )
        if agents
        else (),
        default_queue=SPARE,
        values=(ValueClass("gold", "Gold", 3.0),),
    )


def s(name: str) -> StepId:
    return StepId(name)


def flow(*steps: Step, name: FlowId = MAIN, number: str = NUMBER) -> Flow:
    """A flow that starts with its first step."""
    return Flow(name, name.title(), (number,) if number else (), steps[0].id, steps)


WORKDAYS = Hours(HoursId("office"), "Office", MOSCOW, (OpenSpan((1, 2, 3, 4, 5), 9 * 60, 18 * 60),), "RU")


def plan(*steps: Step, others: tuple[Flow, ...] = (), emergency: Emergency = Emergency()) -> FlowPlan:  # noqa: B008
    return FlowPlan((flow(*steps), *others), (WORKDAYS,), PROMPTS, emergency)


def directory(
    *steps: Step,
    others: tuple[Flow, ...] = (),
    emergency: Emergency = Emergency(),  # noqa: B008
) -> FlowDirectory:
    return FlowDirectory(plan(*steps, others=others, emergency=emergency), routing(), CALENDAR)


def at(text: str, zone: str = MOSCOW) -> float:
    """Epoch seconds of a local time, such as ``2026-11-27 18:59``."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def context(
    now: float = 1000.0,
    number: str = "+79161234567",
    caller: Caller | None = Caller(False),  # noqa: B008
    **queues: QueueState,
) -> Context:
    usual = QueueState(waiting=0, able=1)
    return Context(now, number, caller, lambda queue: queues.get(queue, usual))
