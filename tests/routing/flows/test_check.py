"""Everything wrong with a plan is told at once, with place and remedy; nothing right is complained of."""

from __future__ import annotations

from dataclasses import replace

import pytest

from routing.acd.model import Agent, Queue, Ring, RoutingPlan, SkillLevel, Team, Work
from routing.flows.check import check, has_errors
from routing.flows.mistakes import TEXTS, Code, Severity
from routing.flows.model import (
    Announcements,
    AskNumber,
    ByValue,
    CallOut,
    Choice,
    DayException,
    Emergency,
    Enqueue,
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
    Step,
    ValueBranch,
    Voicemail,
)
from routing.ids import AgentId, FlowId, HoursId, PromptId, QueueId, SkillId, StationId, TeamId
from tests.routing.flows.plans import (
    CALENDAR,
    DE,
    HELP,
    MENU,
    MOSCOW,
    NUMBER,
    OTHER,
    SALES,
    WELCOME,
    WORKDAYS,
    at,
    flow,
    plan,
    routing,
    s,
)

NOW = at("2026-11-27 12:00")
WAIT = Enqueue(s("wait"), SALES)
BYE = HangUp(s("bye"))
WAIT_OR_BE_CALLED = Enqueue(s("w"), SALES, (), Announcements(callback_key="1"), None, s("offer"))


def found(flows: FlowPlan, of: RoutingPlan | None = None) -> list[tuple[str, Code]]:
    mistakes = check(flows, of or routing(), CALENDAR, NOW)
    for mistake in mistakes:  # every text has its parameters
        assert mistake.message
        assert mistake.remedy
        assert "{" not in str(mistake)
    return [(mistake.place, mistake.code) for mistake in mistakes]


def of_steps(*steps: Step) -> list[tuple[str, Code]]:
    """Mistakes of a flow of these steps, apart from steps that nothing leads to."""
    return [one for one in found(plan(*steps)) if one[1] is not Code.UNREACHABLE_STEP]


GOOD = (
    SetLanguage(s("lang"), "en", s("open"), (SkillLevel(DE, 3),)),
    IfOpen(s("open"), HoursId("office"), s("known"), s("closed")),
    Say(s("closed"), PromptId("sorry"), s("message")),
    Voicemail(s("message"), HELP, PromptId("sorry")),
    IfKnown(s("known"), s("value"), s("ask")),
    ByValue(s("value"), (ValueBranch("gold", s("gold")),), s("menu")),
    AskNumber(s("ask"), MENU, s("value"), s("menu")),
    Menu(
        s("menu"), MENU, (Choice("1", s("wait")), Choice("*", s("menu")), Choice("9", s("jump"))), s("wait")
    ),
    Enqueue(
        s("wait"),
        SALES,
        (Overflow(OverflowKind.WAITED, 120, s("gold")), Overflow(OverflowKind.NOBODY, 0, s("message"))),
        Announcements(callback_key="2"),
        "jazz",
        s("callback"),
    ),
    OfferCallback(s("callback"), SALES, MENU, s("wait")),
    Enqueue(s("gold"), HELP, (Overflow(OverflowKind.LENGTH, 5, s("out")),)),
    CallOut(s("out"), "+74950000009", s("message")),
    Jump(s("jump"), OTHER),
)


def test_a_good_plan_has_nothing_wrong_with_it() -> None:
    good = plan(*GOOD, others=(flow(HangUp(s("bye"), WELCOME), name=OTHER, number=""),))
    assert found(good) == []


def test_all_mistakes_are_told_at_once() -> None:
    bad = plan(
        Say(s("a"), PromptId("wellcome"), s("nowhere")),
        IfOpen(s("b"), HoursId("offices"), s("a"), s("a")),
        Enqueue(s("c"), QueueId("sale")),
        Jump(s("d"), FlowId("mian")),
        ByValue(s("e"), (ValueBranch("silver", s("a")),), s("a")),
        SetLanguage(s("f"), "en", s("a"), (SkillLevel(SkillId("fr"), 11),)),
        OfferCallback(s("g"), QueueId("sale"), WELCOME, s("a")),
        Voicemail(s("h"), QueueId("sale"), WELCOME),
        emergency=Emergency(False, PromptId("fire"), (FlowId("gone"),)),
    )
    errors = [one for one in found(bad) if one[1] is not Code.UNREACHABLE_STEP]
    assert errors == [
        ("flow main, step a, next", Code.UNKNOWN_STEP),
        ("flow main, step a, prompt", Code.UNKNOWN_PROMPT),
        ("flow main, step b, hours", Code.UNKNOWN_HOURS),
        ("flow main, step c, queue", Code.UNKNOWN_QUEUE),
        ("flow main, step d, flow", Code.UNKNOWN_FLOW),
        ("flow main, step e, branches.1.value", Code.UNKNOWN_VALUE),
        ("flow main, step f, wanted.1.skill", Code.UNKNOWN_SKILL),
        ("flow main, step f, wanted.1.level", Code.OUT_OF_RANGE),
        ("flow main, step g, queue", Code.UNKNOWN_QUEUE),
        ("flow main, step h, queue", Code.UNKNOWN_QUEUE),
        ("emergency, prompt", Code.UNKNOWN_PROMPT),
        ("emergency, flows.1", Code.UNKNOWN_FLOW),
    ]


def test_a_mistake_reads_as_a_sentence_with_its_remedy() -> None:
    (mistake, *_) = check(
        plan(Say(s("a"), PromptId("wellcome"), s("b")), replace(BYE, id=s("b"))), routing(), CALENDAR, NOW
    )
    assert str(mistake) == (
        "flow main, step a, prompt: there is no prompt 'wellcome'; "
        "upload it, or name one that is uploaded, such as 'welcome'"
    )
    assert mistake.severity is Severity.ERROR


def test_every_code_has_its_texts() -> None:
    assert set(TEXTS) == set(Code)


def test_a_menu() -> None:
    menu = Menu(
        s("m"), MENU, (Choice("1", s("bye")), Choice("1", s("bye")), Choice("12", s("bye"))), s("bye"), 0, 11
    )
    assert of_steps(menu, BYE) == [
        ("flow main, step m, choices.2.key", Code.KEY_TWICE),
        ("flow main, step m, choices.3.key", Code.BAD_KEY),
        ("flow main, step m, seconds", Code.OUT_OF_RANGE),
        ("flow main, step m, attempts", Code.OUT_OF_RANGE),
    ]
    assert of_steps(Menu(s("m"), MENU, (), s("bye")), BYE) == [
        ("flow main, step m, choices", Code.NO_CHOICES)
    ]


def test_ranges_numbers_and_languages() -> None:
    assert of_steps(
        AskNumber(s("ask"), MENU, s("bye"), s("bye"), 0, 61, 0),
        SetLanguage(s("lang"), "English", s("bye"), patience=-1),
        CallOut(s("out"), "call me", s("bye"), 0),
        Voicemail(s("v"), SALES, MENU, 0),
        ByValue(s("by"), (ValueBranch("gold", s("bye")), ValueBranch("gold", s("bye"))), s("bye")),
        BYE,
    ) == [
        ("flow main, step ask, most_digits", Code.OUT_OF_RANGE),
        ("flow main, step ask, seconds", Code.OUT_OF_RANGE),
        ("flow main, step ask, attempts", Code.OUT_OF_RANGE),
        ("flow main, step lang, language", Code.BAD_LANGUAGE),
        ("flow main, step lang, patience", Code.OUT_OF_RANGE),
        ("flow main, step out, number", Code.BAD_NUMBER),
        ("flow main, step out, seconds", Code.OUT_OF_RANGE),
        ("flow main, step v, seconds", Code.OUT_OF_RANGE),
        ("flow main, step by, branches.2.value", Code.VALUE_TWICE),
    ]


def test_the_wait() -> None:
    says = Announcements(first=-1, every=5, prompt=PromptId("none"), callback_key="x")
    assert of_steps(Enqueue(s("w"), SALES, (Overflow(OverflowKind.WAITED, 0, s("bye")),), says), BYE) == [
        ("flow main, step w, overflow.1.limit", Code.OUT_OF_RANGE),
        ("flow main, step w, announcements.first", Code.OUT_OF_RANGE),
        ("flow main, step w, announcements.every", Code.OUT_OF_RANGE),
        ("flow main, step w, announcements.prompt", Code.UNKNOWN_PROMPT),
        ("flow main, step w, announcements.callback_key", Code.BAD_KEY),
        ("flow main, step w, announcements.callback_key", Code.KEY_WITHOUT_CALLBACK),
    ]
    key = Announcements(callback_key="1")
    offer = OfferCallback(s("offer"), HELP, MENU, s("bye"))
    assert of_steps(Enqueue(s("w"), SALES, (), key, None, s("offer")), offer, BYE) == [
        ("flow main, step w, callback", Code.CALLBACK_ELSEWHERE)
    ]
    assert of_steps(Enqueue(s("w"), SALES, (), key, None, s("bye")), BYE) == [
        ("flow main, step w, callback", Code.NOT_A_CALLBACK)
    ]
    silent = Announcements(position=False, expected_wait=False)
    assert of_steps(Enqueue(s("w"), HELP, (), silent, None, s("offer")), offer, BYE) == [
        ("flow main, step w, announcements", Code.SILENT_ANNOUNCEMENTS),
        ("flow main, step w, callback", Code.CALLBACK_WITHOUT_KEY),
    ]


def test_an_overflow_back_into_the_same_queue() -> None:
    first = Enqueue(s("w"), SALES, (Overflow(OverflowKind.WAITED, 60, s("again")),))
    assert of_steps(first, Enqueue(s("again"), SALES)) == [
        ("flow main, step w, overflow.1.next", Code.OVERFLOW_BACK)
    ]
    jumping = plan(first, Jump(s("again"), OTHER), others=(flow(WAIT, name=OTHER, number=""),))
    assert found(jumping) == [("flow main, step w, overflow.1.next", Code.OVERFLOW_BACK)]
    itself = Enqueue(s("w"), SALES, (Overflow(OverflowKind.WAITED, 60, s("w")),))
    assert of_steps(itself) == [("flow main, step w, overflow.1.next", Code.CYCLE)]
    # After having been asked something, the caller may well wait on.
    asked = OfferCallback(s("again"), SALES, MENU, s("on"))
    assert of_steps(first, asked, Enqueue(s("on"), SALES)) == []


def cycle_paths(*steps: Step) -> list[str]:
    mistakes = check(plan(*steps), routing(), CALENDAR, NOW)
    return [str(dict(one.parameters)["path"]) for one in mistakes if one.code is Code.CYCLE]


def test_a_way_back_needs_an_act_of_the_caller() -> None:
    assert cycle_paths(Say(s("a"), WELCOME, s("b")), Say(s("b"), WELCOME, s("a"))) == [
        "main.a → main.b → main.a"
    ]
    by_key = Menu(s("m"), MENU, (Choice("1", s("m")),), s("bye"))
    assert cycle_paths(by_key, BYE) == []
    by_silence = Menu(s("m"), MENU, (Choice("1", s("bye")),), s("m"))
    assert cycle_paths(by_silence, BYE) == ["main.m → main.m"]
    assert cycle_paths(AskNumber(s("n"), MENU, s("bye"), s("n")), BYE) == ["main.n → main.n"]
    nobody = Enqueue(s("w"), SALES, (Overflow(OverflowKind.NOBODY, 0, s("offer")),))
    assert cycle_paths(nobody, OfferCallback(s("offer"), SALES, MENU, s("w"))) == [
        "main.w → main.offer → main.w"
    ]
    assert cycle_paths(CallOut(s("out"), "101", s("out"))) == ["main.out → main.out"]


def test_a_cycle_through_jumps() -> None:
    there = flow(Say(s("say"), WELCOME, s("back")), Jump(s("back"), FlowId("main")), name=OTHER, number="")
    round_plan = plan(Jump(s("go"), OTHER), others=(there,))
    (mistake,) = check(round_plan, routing(), CALENDAR, NOW)
    assert mistake.place == "flow other, step back, flow"
    assert dict(mistake.parameters) == {"path": "main.go → other.say → other.back → main.go"}


def test_ids_and_numbers_given_twice() -> None:
    twice = FlowPlan(
        (flow(BYE, BYE), flow(BYE, number="100"), flow(BYE, name=OTHER, number="")),
        (WORKDAYS, WORKDAYS),
    )
    assert found(twice) == [
        ("hours office", Code.ID_TWICE),
        ("flow main, step bye", Code.ID_TWICE),
        ("flow main", Code.ID_TWICE),
        ("flow other", Code.UNREACHABLE_FLOW),
        ("queue sales, numbers.1", Code.NUMBER_TWICE),
    ]
    same = replace(flow(BYE), numbers=("1", "1"))
    assert found(FlowPlan((same, replace(flow(BYE, name=OTHER), numbers=("1",))))) == [
        ("flow main, numbers.2", Code.NUMBER_TWICE),
        ("flow other, numbers.1", Code.NUMBER_TWICE),
    ]


def test_a_leading_plus_makes_no_second_number() -> None:
    bare, plus = (
        replace(flow(BYE), numbers=("74951239999",)),
        replace(flow(BYE, name=OTHER), numbers=("+74951239999",)),
    )
    assert found(FlowPlan((bare, plus))) == [("flow other, numbers.1", Code.NUMBER_TWICE)]
    of = routing()
    queued = replace(of, queues=(replace(of.queues[0], numbers=("+74951239999",)), *of.queues[1:]))
    assert found(FlowPlan((bare,)), queued) == [("queue sales, numbers.1", Code.NUMBER_TWICE)]
    both = replace(flow(BYE), numbers=("74951239999", "+74951239999"))
    assert found(FlowPlan((both,))) == []


@pytest.mark.parametrize("number", [NUMBER, NUMBER.removeprefix("+"), "100", "+100"])
def test_a_call_out_to_our_own_number_would_come_in_again(number: str) -> None:
    assert of_steps(CallOut(s("out"), number, s("bye")), BYE) == [
        ("flow main, step out, number", Code.OWN_NUMBER)
    ]


def test_steps_that_nothing_leads_to_are_a_warning() -> None:
    island = plan(BYE, Say(s("x"), WELCOME, s("y")), HangUp(s("y")))
    assert found(island) == [
        ("flow main, step x", Code.UNREACHABLE_STEP),
        ("flow main, step y", Code.UNREACHABLE_STEP),
    ]
    assert not has_errors(check(island, routing(), CALENDAR, NOW))


def test_a_start_that_is_not_there() -> None:
    assert found(FlowPlan((replace(flow(BYE), start=s("go")),))) == [("flow main, start", Code.UNKNOWN_STEP)]


def hours(**changed: object) -> FlowPlan:
    return FlowPlan(hours=(replace(WORKDAYS, **changed),))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "place", "code"),
    [
        ({"zone": "Moscow"}, "hours office, zone", Code.BAD_ZONE),
        ({"holidays": "ZZ"}, "hours office, holidays", Code.BAD_COUNTRY),
        ({"spans": ()}, "hours office", Code.NEVER_OPENS),
        ({"zone": "Moscow", "spans": ()}, "hours office", Code.NEVER_OPENS),
        ({"spans": (OpenSpan((), 0, 60),)}, "hours office, spans.1.days", Code.NO_CHOICES),
        ({"spans": (OpenSpan((0,), 0, 60),)}, "hours office, spans.1.days", Code.OUT_OF_RANGE),
        ({"spans": (OpenSpan((1,), 1440, 60),)}, "hours office, spans.1.opens", Code.OUT_OF_RANGE),
        ({"spans": (OpenSpan((1,), 0, 1441),)}, "hours office, spans.1.closes", Code.OUT_OF_RANGE),
        ({"exceptions": (DayException("31.12.2026", ""),)}, "hours office, exceptions.1.date", Code.BAD_DATE),
        (
            {"exceptions": (DayException("2026-12-31", ""), DayException("2026-12-31", ""))},
            "hours office, exceptions.2.date",
            Code.DATE_TWICE,
        ),
        (
            {"exceptions": (DayException("2026-12-31", "", ((-1, 60),)),)},
            "hours office, exceptions.1.spans.1.opens",
            Code.OUT_OF_RANGE,
        ),
        (
            {"spans": (), "exceptions": (DayException("2026-11-26", "", ((0, 0),)),)},
            "hours office",
            Code.NEVER_OPENS,
        ),
    ],
)
def test_opening_hours(changed: dict[str, object], place: str, code: Code) -> None:
    assert (place, code) in found(hours(**changed))


def test_hours_open_on_one_date_to_come_are_right() -> None:
    assert found(hours(spans=(), exceptions=(DayException("2026-12-31", "", ((0, 0),)),))) == []
    assert found(FlowPlan(hours=(Hours(HoursId("a"), "A", MOSCOW, (OpenSpan((1,), 0, 0),)),))) == []


def agent(name: str, *queues: QueueId, level: int = 0, team: str = "", work: Work = Work.INBOUND) -> Agent:
    skills = (SkillLevel(DE, level),) if level else ()
    return Agent(
        AgentId(name), name, StationId(name), queues, skills, TeamId(team) if team else None, work=(work,)
    )


def one_queue(queue: Queue, *agents: Agent, teams: tuple[Team, ...] = ()) -> list[tuple[str, Code]]:
    return found(FlowPlan(), RoutingPlan((queue,), agents, queue.id, teams))


DEMANDING = Queue(SALES, "Sales", (), (SkillLevel(DE, 5),))


def test_a_queue_nobody_can_serve() -> None:
    assert one_queue(DEMANDING, agent("a", SALES, level=5)) == []
    assert one_queue(DEMANDING, agent("a", SALES, level=4)) == [("queue sales", Code.QUEUE_UNSKILLED)]
    relaxed = replace(DEMANDING, rings=(Ring(30, (SkillLevel(DE, 4),)),))
    assert one_queue(relaxed, agent("a", SALES, level=4)) == []
    assert one_queue(relaxed, agent("a", SALES, level=3)) == [("queue sales", Code.QUEUE_UNSKILLED)]
    assert one_queue(DEMANDING, agent("a", level=5)) == [("queue sales", Code.QUEUE_UNSTAFFED)]
    assert one_queue(DEMANDING, agent("a", SALES, level=5, work=Work.OUTBOUND)) == [
        ("queue sales", Code.QUEUE_UNSTAFFED)
    ]
    team = Team(TeamId("t"), "T", (SALES,))
    assert one_queue(DEMANDING, agent("a", level=5, team="t"), teams=(team,)) == []


def test_a_callback_that_nobody_could_make() -> None:
    steps = (WAIT_OR_BE_CALLED, OfferCallback(s("offer"), SALES, WELCOME, s("w")))
    offer = FlowPlan((flow(*steps),), (), (WELCOME,))
    both = (Work.INBOUND, Work.CALLBACK)
    inbound = agent("a", SALES, level=5)
    for others, expected in (
        ((), [("queue sales", Code.CALLBACK_UNSTAFFED)]),
        ((agent("b", level=5, work=Work.CALLBACK),), [("queue sales", Code.CALLBACK_UNSTAFFED)]),
        ((agent("b", SALES, level=4, work=Work.CALLBACK),), [("queue sales", Code.CALLBACK_UNSTAFFED)]),
        ((agent("b", SALES, level=5, work=Work.CALLBACK),), []),
        ((replace(inbound, id=AgentId("b"), work=both),), []),
    ):
        assert found(offer, RoutingPlan((DEMANDING,), (inbound, *others), SALES)) == expected
    assert found(FlowPlan((flow(WAIT),)), RoutingPlan((DEMANDING,), (inbound,), SALES)) == []


def test_a_site_is_built_up_in_some_order() -> None:
    plain = Queue(SALES, "Sales", ())
    assert one_queue(plain) == [("queue sales", Code.QUEUE_IDLE)]
    idle = RoutingPlan((plain, Queue(HELP, "Help", ())), (agent("a", SALES),), SALES)
    assert found(FlowPlan(), idle) == [("queue help", Code.QUEUE_IDLE)]
    led = FlowPlan((flow(Enqueue(s("w"), HELP)),))
    assert found(led, idle) == [("queue help", Code.QUEUE_UNSTAFFED)]


def test_skills_that_a_queue_names() -> None:
    french = Queue(SALES, "Sales", (), preferred=(SkillLevel(SkillId("fr"), 1),))
    assert one_queue(french, agent("a", SALES)) == [("queue sales, preferred.1.skill", Code.UNKNOWN_SKILL)]
    plan_of = RoutingPlan((french,), (agent("a", SALES),), SALES)
    assert check(FlowPlan(), plan_of, CALENDAR, NOW, skills=[SkillId("fr")]) == ()


def test_a_default_queue_that_is_not_there() -> None:
    lost = replace(routing(), default_queue=QueueId("gone"))
    assert found(FlowPlan(), lost)[0] == ("default queue", Code.UNKNOWN_QUEUE)
