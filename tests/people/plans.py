"""Whole plans for tests: one that is in order, and any number of others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from callcenter.people.site_plan import SitePlan
from callcenter.people.views import Skill
from routing.acd.model import (
    Agent,
    Preset,
    Queue,
    QueueWeight,
    Ring,
    Scoring,
    SkillLevel,
    Strategy,
    Team,
    ValueClass,
    Work,
)
from routing.flows.model import (
    Announcements,
    AskNumber,
    ByValue,
    CallOut,
    Choice,
    DayException,
    Emergency,
    Enqueue,
    Flow,
    FlowPlan,
    HangUp,
    Hours,
    IfKnown,
    IfOpen,
    Jump,
    Menu,
    OfferCallback,
    OpenSpan,
    Overflow,
    OverflowKind,
    Say,
    SetLanguage,
    ValueBranch,
    Voicemail,
)
from routing.ids import (
    AgentId,
    FlowId,
    HoursId,
    PromptId,
    QueueId,
    SkillId,
    StationId,
    StepId,
    TeamId,
)

ENGLISH, TECH = SkillId("english"), SkillId("tech")
SALES, HELP = QueueId("sales"), QueueId("help")
HELLO = PromptId("hello")

EVERY_STEP = Flow(
    FlowId("main"),
    "Main",
    ("74951230002", "74951230001"),
    StepId("open"),
    (
        IfOpen(StepId("open"), HoursId("office"), StepId("hello"), StepId("closed")),
        Say(StepId("hello"), HELLO, StepId("known")),
        IfKnown(StepId("known"), StepId("value"), StepId("number")),
        AskNumber(StepId("number"), HELLO, StepId("value"), StepId("menu"), 8, 4, 1),
        ByValue(StepId("value"), (ValueBranch("vip", StepId("help")),), StepId("menu")),
        Menu(
            StepId("menu"),
            HELLO,
            (Choice("1", StepId("english")), Choice("*", StepId("out"))),
            StepId("help"),
            7,
            2,
        ),
        SetLanguage(StepId("english"), "en", StepId("sales"), (SkillLevel(ENGLISH, 2),), 45),
        Enqueue(
            StepId("sales"),
            SALES,
            (
                Overflow(OverflowKind.LENGTH, 10, StepId("voicemail")),
                Overflow(OverflowKind.WAITED, 300, StepId("other")),
            ),
            Announcements(30, 90, HELLO, position=False, expected_wait=True, callback_key="9"),
            "jazz",
            StepId("callback"),
        ),
        OfferCallback(StepId("callback"), SALES, HELLO, StepId("help")),
        Enqueue(StepId("help"), HELP),
        CallOut(StepId("out"), "+74951230099", StepId("help"), 25),
        Voicemail(StepId("voicemail"), SALES, HELLO, 60),
        Jump(StepId("other"), FlowId("night")),
        HangUp(StepId("closed"), HELLO),
    ),
    "en",
)
NIGHT = Flow(FlowId("night"), "Night", (), StepId("bye"), (HangUp(StepId("bye")),))
OFFICE = Hours(
    HoursId("office"),
    "Office",
    "Europe/Moscow",
    (OpenSpan((1, 2, 3, 4, 5), 9 * 60, 18 * 60), OpenSpan((6,), 22 * 60, 2 * 60)),
    "RU",
    (
        DayException("2031-12-31", "New Year's Eve", ((540, 780), (840, 1440))),
        DayException("2031-06-13", "Audit"),
    ),
)
WHOLE = SitePlan(
    skills=(Skill(ENGLISH, "английский", "English"), Skill(TECH, "техника", "Technical")),
    queues=(
        Queue(
            SALES,
            "Продажи",
            ("100", "200"),
            required=(SkillLevel(ENGLISH, 5), SkillLevel(TECH, 1)),
            priority=-3,
            value=2.5,
            rings=(Ring(30, (SkillLevel(ENGLISH, 2),)), Ring(60)),
            preferred=(SkillLevel(TECH, 4),),
            preferred_patience=20,
            strategy=Strategy.LEAST_OCCUPIED,
            preset=Preset.CUSTOM,
            scoring=Scoring(need=0.5, promise=2.0, longest_wait=0),
            most_at_once=7,
        ),
        Queue(HELP, 'Help "desk" \\ [1]', ()),
    ),
    default_queue=HELP,
    teams=(Team(TeamId("north"), "North", (HELP, SALES)),),
    agents=(
        Agent(
            AgentId("anna"),
            "Анна",
            StationId("a1001"),
            (SALES, HELP),
            (SkillLevel(ENGLISH, 9), SkillLevel(TECH, 3)),
            TeamId("north"),
            (QueueWeight(HELP, 0.5), QueueWeight(SALES, 2.0)),
            (Work.INBOUND, Work.CALLBACK),
        ),
        Agent(AgentId("b.c@example.org"), "Борис", StationId("a1002"), (HELP,)),
    ),
    values=(ValueClass("vip", "VIP", 4.0),),
    flows=FlowPlan((EVERY_STEP, NIGHT), (OFFICE,), (HELLO,), Emergency(False, HELLO, (FlowId("night"),))),
)
"""In order, and with every setting there is set to something."""

# --- any plan -----------------------------------------------------------------------------------------

_names = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=12).map(
    lambda text: "x" + text.strip()
)
_codes = st.from_regex(r"[A-Za-z0-9_.\-]{1,6}", fullmatch=True)
_few_codes = st.sets(_codes, max_size=2)
_weights = st.floats(0, 1000, allow_nan=False)
_worths = st.floats(0.001, 1000, allow_nan=False)
_seconds = st.integers(0, 86_400)


@st.composite
def plans(draw: st.DrawFn, base: SitePlan = WHOLE) -> SitePlan:
    """Plans in order, of the same people and prompts as ``base``, with names and settings of any kind."""
    skills = sorted(draw(st.sets(_codes, min_size=1, max_size=4)))
    queues = draw(st.lists(_codes, min_size=1, max_size=4, unique=True))
    levels = st.lists(st.sampled_from(skills), max_size=3, unique=True).map(
        lambda names: tuple(SkillLevel(SkillId(name), 1 + len(name)) for name in sorted(names))
    )
    served = st.lists(st.sampled_from(queues), max_size=3, unique=True).map(
        lambda names: tuple(QueueId(name) for name in names)
    )
    made = tuple(
        Queue(
            QueueId(name),
            draw(_names),
            tuple(f"{index}{number}" for number in range(draw(st.integers(0, 3)))),
            required=draw(levels),
            priority=draw(st.integers(-1000, 1000)),
            value=draw(_worths),
            rings=tuple(
                Ring(after, draw(levels))
                for after in sorted(draw(st.sets(st.integers(1, 86_400), max_size=3)))
            ),
            preferred=draw(levels),
            preferred_patience=draw(_seconds),
            strategy=draw(st.sampled_from(Strategy)),
            preset=draw(st.sampled_from(Preset)),
            scoring=Scoring(need=draw(_weights), ageing=draw(_weights), longest_wait=draw(_seconds)),
            most_at_once=draw(st.none() | st.integers(1, 10_000)),
        )
        for index, name in enumerate(queues)
    )
    teams = tuple(
        Team(TeamId(name), draw(_names), draw(served)) for name in sorted(draw(st.sets(_codes, max_size=2)))
    )
    agents = tuple(
        replace(
            agent,
            queues=draw(served),
            skills=draw(levels),
            team=draw(st.sampled_from([None, *(team.id for team in teams)])),
            weights=tuple(QueueWeight(queue, draw(_worths)) for queue in sorted(draw(served))),
            work=tuple(work for work in Work if draw(st.booleans())),
        )
        for agent in base.agents
    )
    flows = tuple(
        Flow(
            FlowId(name),
            draw(_names),
            (f"9{index}",),
            StepId("s"),
            (Say(StepId("s"), HELLO, StepId("q")), Enqueue(StepId("q"), QueueId(queues[0]))),
        )
        for index, name in enumerate(sorted(draw(st.sets(_codes, max_size=2)) - {"emergency"}))
    )
    return SitePlan(
        skills=tuple(Skill(SkillId(name), draw(_names), draw(_names)) for name in skills),
        queues=made,
        default_queue=QueueId(draw(st.sampled_from(queues))),
        teams=teams,
        agents=agents,
        inactive=base.inactive,
        values=tuple(ValueClass(name, draw(_names), draw(_worths)) for name in sorted(draw(_few_codes))),
        flows=FlowPlan(flows, (OFFICE,) if draw(st.booleans()) else (), base.flows.prompts),
    )


def documents(plan: SitePlan) -> dict[str, Any]:
    """Each thing of the plan by table and name, as an export has it."""
    whole: dict[str, Any] = plan.document().model_dump(mode="json")
    whole["default_queue"] = {"": whole["default_queue"]}
    whole["emergency"] = {"": whole["emergency"]}
    return whole
