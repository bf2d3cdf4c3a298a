"""Where a call goes on: each step, each answer, and each mistake that must drop nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from routing.acd.directory import PlanDirectory
from routing.acd.model import SkillLevel
from routing.flows import spoken
from routing.flows.directory import FlowDirectory
from routing.flows.model import (
    Announcements,
    AskNumber,
    ByValue,
    CallOut,
    Choice,
    Emergency,
    Enqueue,
    Flow,
    FlowPlan,
    HangUp,
    IfKnown,
    IfOpen,
    Jump,
    Menu,
    OfferCallback,
    Say,
    SetLanguage,
    Step,
    ValueBranch,
    Voicemail,
)
from routing.flows.moves import (
    Action,
    Answer,
    Ask,
    CallbackKept,
    Caller,
    ClientKnown,
    Context,
    DialOut,
    End,
    Failed,
    Heard,
    Join,
    KeepPlace,
    Keys,
    LookUp,
    Move,
    OutEnded,
    Play,
    Position,
    Record,
    Recorded,
    Stage,
    Stay,
    Why,
)
from routing.flows.run import MOST_STEPS, advance, enter, queued, resume
from routing.ids import FlowId, HoursId, PromptId, QueueId
from tests.routing.flows.plans import (
    CALENDAR,
    DE,
    HELP,
    MENU,
    NUMBER,
    OTHER,
    SALES,
    SORRY,
    SPARE,
    WELCOME,
    at,
    context,
    directory,
    flow,
    plan,
    routing,
    s,
)

GONE = PromptId("gone")
SELL, HELPED = Enqueue(s("sell"), SALES), Enqueue(s("helped"), HELP)


class Talk:
    """One call through a flow of these steps; ``here`` is the world, which a test may change on the way."""

    def __init__(self, *steps: Step, flows: FlowDirectory | None = None, here: Context | None = None) -> None:
        self.flows = flows or directory(*steps)
        self.here = here or context()
        self.last: Move = enter(self.flows, NUMBER, self.here)

    def then(self, *answers: Answer) -> Action:
        for answer in answers:
            self.last = advance(self.flows, self.last.position, answer, self.here)
        return self.last.action

    @property
    def action(self) -> Action:
        return self.last.action

    @property
    def whys(self) -> list[Why]:
        return [trace.why for trace in self.last.trace]


def joined(queue: QueueId, since: float = 1000.0, look_at: float | None = None) -> Join:
    return Join(queue, since, (), since, "", look_at)


def test_a_prompt_is_played_then_the_next_step() -> None:
    talk = Talk(Say(s("hi"), WELCOME, s("sell")), SELL)
    assert talk.action == Play((WELCOME,))
    assert talk.whys == [Why.ENTERED, Why.PLAYED]
    assert talk.last.position.language == "ru"
    assert talk.then(Heard()) == joined(SALES)
    assert talk.last.position.stage is Stage.WAITING


def test_a_prompt_that_is_missing_or_fails_is_passed_over() -> None:
    talk = Talk(Say(s("hi"), GONE, s("sell")), SELL)
    assert talk.action == joined(SALES)
    assert talk.whys == [Why.ENTERED, Why.PROMPT_MISSING, Why.JOINED]
    assert Talk(Say(s("hi"), WELCOME, s("sell")), SELL).then(Failed()) == joined(SALES)


MENU_STEP = Menu(s("m"), MENU, (Choice("1", s("sell")), Choice("#", s("helped"))), s("bye"), 7, 3)


@pytest.mark.parametrize(
    ("keys", "action"),
    [
        (["1"], joined(SALES)),
        (["#"], joined(HELP)),
        (["5", "", "1"], joined(SALES)),
        (["5", "", "9"], End()),
        (["11"], Ask((MENU,), 1, 7)),
    ],
)
def test_a_menu(keys: list[str], action: Action) -> None:
    talk = Talk(MENU_STEP, SELL, HELPED, HangUp(s("bye")))
    assert talk.action == Ask((MENU,), 1, 7)
    assert talk.then(*(Keys(key) for key in keys)) == action


def test_a_menu_says_why_it_gave_up() -> None:
    talk = Talk(MENU_STEP, SELL, HELPED, HangUp(s("bye")))
    talk.then(Keys("5"))
    assert talk.whys == [Why.WRONG_KEY, Why.ASKED]
    talk.then(Failed(), Heard())
    assert talk.whys == [Why.SILENCE, Why.GAVE_UP, Why.HUNG_UP]


def test_a_menu_without_its_prompt_listens_once() -> None:
    talk = Talk(replace(MENU_STEP, prompt=GONE), SELL, HELPED, HangUp(s("bye")))
    assert talk.action == Ask((), 1, 7)
    assert talk.then(Keys("")) == End()


def test_a_number_is_asked_for_and_looked_up() -> None:
    ask = AskNumber(s("ask"), MENU, s("value"), s("helped"), 8, 5, 2)
    value = ByValue(s("value"), (ValueBranch("gold", s("sell")),), s("helped"))
    talk = Talk(ask, value, SELL, HELPED)
    assert talk.action == Ask((MENU,), 8, 5)
    assert talk.then(Keys("123#")) == LookUp("123")
    assert talk.last.position.collected == "123"
    assert talk.then(ClientKnown(False)) == Ask((MENU,), 8, 5)
    assert talk.then(Keys("124"), ClientKnown(True, "gold")) == joined(SALES)
    assert "124" not in str(talk.last.trace)

    silent = Talk(ask, value, SELL, HELPED)
    assert silent.then(Keys(""), Keys("#")) == joined(HELP)
    failing = Talk(ask, value, SELL, HELPED)
    assert failing.then(Keys("1"), Failed()) == joined(HELP)


def test_a_language_brings_its_skill_to_the_queue() -> None:
    talk = Talk(
        SetLanguage(s("l"), "de", s("w"), (SkillLevel(DE, 3),), 45), Enqueue(s("w"), SALES, music="jazz")
    )
    assert talk.action == Join(SALES, 1000.0, (SkillLevel(DE, 3),), 1045.0, "jazz", None)
    assert talk.last.position.language == "de"


@pytest.mark.parametrize(
    ("now", "queue", "why"),
    [("2026-11-27 17:59", SALES, Why.OPEN), ("2026-11-27 18:59", HELP, Why.CLOSED)],
)
def test_opening_hours(now: str, queue: QueueId, why: Why) -> None:
    step = IfOpen(s("if"), HoursId("office"), s("sell"), s("helped"))
    talk = Talk(step, SELL, HELPED, here=context(at(now)))
    assert isinstance(talk.action, Join)
    assert talk.action.queue == queue
    assert talk.whys == [Why.ENTERED, why, Why.JOINED]
    if why is Why.CLOSED:
        assert dict(talk.last.trace[1].told)["opens"] == at("2026-11-30 09:00")


KNOWN = IfKnown(s("if"), s("value"), s("helped"))
VALUE = ByValue(s("value"), (ValueBranch("gold", s("sell")),), s("helped"))


@pytest.mark.parametrize(
    ("caller", "queue"),
    [
        (Caller(True, "gold"), SALES),
        (Caller(True, "tin"), HELP),
        (Caller(True), HELP),
        (Caller(False, "gold"), HELP),
    ],
)
def test_known_clients_and_their_value(caller: Caller, queue: QueueId) -> None:
    assert Talk(KNOWN, VALUE, SELL, HELPED, here=context(caller=caller)).action == joined(queue)


def test_a_look_up_that_is_under_way_is_waited_for() -> None:
    talk = Talk(KNOWN, VALUE, SELL, HELPED, here=context(caller=None))
    assert talk.action == LookUp("")
    assert talk.then(ClientKnown(True, "gold")) == joined(SALES)
    slow = Talk(KNOWN, VALUE, SELL, HELPED, here=context(caller=None))
    assert slow.then(Failed()) == joined(HELP)


def test_a_look_up_that_came_late_counts_from_then_on() -> None:
    menu = Menu(s("menu"), MENU, (Choice("1", s("if")),), s("helped"))
    talk = Talk(replace(KNOWN, unknown=s("menu")), menu, VALUE, SELL, HELPED, here=context(caller=None))
    assert talk.then(Failed()) == Ask((MENU,), 1, 5)
    talk.here = context(caller=Caller(True, "gold"))
    assert talk.then(Keys("1")) == joined(SALES)


def test_a_message() -> None:
    talk = Talk(Voicemail(s("v"), HELP, SORRY, 90))
    assert talk.action == Record((SORRY,), 90, HELP)
    assert talk.then(Recorded(0)) == Record((SORRY,), 90, HELP)
    assert talk.then(Recorded(4)) == End()
    assert talk.whys == [Why.RECORDED, Why.HUNG_UP]
    assert Talk(Voicemail(s("v"), HELP, SORRY)).then(Recorded(0), Recorded(0)) == End()
    # A recorder that is broken is a mistake of ours.
    assert Talk(Voicemail(s("v"), HELP, SORRY)).then(Failed()) == joined(SPARE)


def test_a_number_outside() -> None:
    out = CallOut(s("out"), "+74950000009", s("sell"), 25)
    assert Talk(out, SELL).action == DialOut("+74950000009", 25)
    assert Talk(out, SELL).then(OutEnded(True)) == End()
    assert Talk(out, SELL).then(OutEnded(False)) == joined(SALES)
    assert Talk(out, SELL).then(Failed()) == joined(SALES)


def test_the_end() -> None:
    talk = Talk(HangUp(s("bye"), SORRY))
    assert talk.action == Play((SORRY,))
    assert talk.last.position.stage is Stage.CLOSING
    assert talk.then(Heard()) == End()
    assert talk.then(Heard()) == End()
    assert Talk(HangUp(s("bye"), GONE)).action == End()


def test_a_jump_keeps_the_language() -> None:
    other = replace(flow(SELL, name=OTHER, number=""), language="en")
    talk = Talk(flows=directory(Jump(s("j"), OTHER), others=(other,)))
    assert talk.action == joined(SALES)
    assert talk.whys == [Why.ENTERED, Why.JUMPED, Why.JOINED]
    assert (talk.last.position.flow, talk.last.position.language) == (OTHER, "ru")


def test_numbers_without_a_flow() -> None:
    flows = directory(SELL)
    assert enter(flows, "100", context()).action == joined(SALES)
    assert enter(flows, "555", context()).action == joined(SPARE)
    assert enter(flows, "555", context()).position.flow is None


def test_emergency_closing() -> None:
    everything = directory(SELL, emergency=Emergency(True, SORRY))
    for dialled in (NUMBER, "100", "555"):
        move = enter(everything, dialled, context())
        assert move.action == Play((SORRY,))
        assert advance(everything, move.position, Heard(), context()).action == End()
    assert enter(directory(SELL, emergency=Emergency(True)), NUMBER, context()).action == End()
    missing = directory(SELL, emergency=Emergency(True, GONE))
    assert enter(missing, NUMBER, context()).action == Play((spoken.CLOSED,))

    other = flow(HELPED, name=OTHER, number="200")
    some = directory(Jump(s("j"), OTHER), others=(other,), emergency=Emergency(True, SORRY, (OTHER,)))
    assert enter(some, "200", context()).action == Play((SORRY,))
    assert enter(some, NUMBER, context()).action == Play((SORRY,))  # by a jump
    assert enter(some, "100", context()).action == joined(SALES)


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (Say(s("x"), GONE, s("nowhere")), Why.NO_SUCH_STEP),
        (Jump(s("x"), FlowId("nowhere")), Why.NO_SUCH_FLOW),
        (Enqueue(s("x"), QueueId("nowhere")), Why.NO_SUCH_QUEUE),
        (OfferCallback(s("x"), QueueId("nowhere"), SORRY, s("x")), Why.NO_SUCH_QUEUE),
        (Voicemail(s("x"), QueueId("nowhere"), SORRY), Why.NO_SUCH_QUEUE),
        (IfOpen(s("x"), HoursId("nowhen"), s("x"), s("x")), Why.NO_SUCH_HOURS),
        (SetLanguage(s("x"), "en", s("x"), patience=0), Why.TOO_MANY_STEPS),
        (Jump(s("x"), FlowId("main")), Why.TOO_MANY_STEPS),
    ],
)
def test_a_mistake_of_the_plan_ends_in_the_default_queue(step: Step, why: Why) -> None:
    talk = Talk(step)
    assert talk.action == joined(SPARE)
    assert talk.whys[-2:] == [why, Why.JOINED]
    assert talk.then(Heard()) == Stay(None)


def test_a_flow_whose_zone_is_unknown_counts_as_no_hours() -> None:
    bad = plan(IfOpen(s("x"), HoursId("office"), s("x"), s("x")))
    bad = replace(bad, hours=(replace(bad.hours[0], zone="Mars/Base"),))
    assert Talk(flows=FlowDirectory(bad, routing(), CALENDAR)).action == joined(SPARE)


def test_a_caller_who_goes_round_by_keys_is_answered_in_the_end() -> None:
    talk = Talk(Menu(s("m"), MENU, (Choice("1", s("m")),), s("m")))
    for _ in range(MOST_STEPS - 1):
        assert talk.then(Keys("1")) == Ask((MENU,), 1, 5)
    assert talk.then(Keys("1")) == joined(SPARE)


@pytest.mark.parametrize("answer", [Recorded(3), OutEnded(True), ClientKnown(True), CallbackKept()])
def test_an_answer_that_does_not_fit_ends_in_the_default_queue(answer: Answer) -> None:
    for step in (Say(s("x"), WELCOME, s("x")), MENU_STEP, OfferCallback(s("x"), SALES, SORRY, s("x"))):
        talk = Talk(step)
        assert talk.then(answer) == joined(SPARE)
        assert talk.whys == [Why.UNFORESEEN, Why.JOINED]


def test_a_step_that_another_plan_has_no_more() -> None:
    before = Talk(MENU_STEP, SELL, HELPED)
    after = directory(SELL)
    assert advance(after, before.last.position, Keys("1"), context()).action == joined(SPARE)
    emptied = FlowDirectory(FlowPlan((Flow(FlowId("main"), "", (), s("x"), ()),)), routing(), CALENDAR)
    assert resume(emptied, before.last.position, context()).action == joined(SPARE)


# A restart.


def test_a_step_is_begun_anew_after_a_restart() -> None:
    talk = Talk(MENU_STEP, SELL, HELPED)
    talk.then(Keys("5"), Keys("5"))
    again = resume(talk.flows, talk.last.position, context())
    assert again.action == Ask((MENU,), 1, 7)
    assert again.position.tries == 1
    written = Position(FlowId("main"), s("m"), Stage.PLAYING, "en")
    assert resume(talk.flows, written, context()).action == Ask((MENU,), 1, 7)


def test_a_waiting_call_keeps_its_place_over_a_restart() -> None:
    talk = Talk(SELL)
    assert resume(talk.flows, talk.last.position, context(2000.0)).action == joined(SALES, since=1000.0)


def test_a_number_outside_is_not_dialled_again_after_a_restart() -> None:
    talk = Talk(CallOut(s("out"), "101", s("sell")), SELL)
    assert resume(talk.flows, talk.last.position, context()).action == joined(SALES)


def test_what_was_over_is_over_after_a_restart() -> None:
    talk = Talk(HangUp(s("bye"), SORRY))
    assert resume(talk.flows, talk.last.position, context()).action == End()
    nowhere = Position(None, None, Stage.PLAYING, "")
    assert resume(talk.flows, nowhere, context()).action == joined(SPARE)


def test_a_queue_that_another_plan_has_no_more() -> None:
    talk = Talk(SELL)
    fewer = replace(routing(), queues=tuple(queue for queue in routing().queues if queue.id != SALES))
    after = FlowDirectory(plan(SELL), fewer, CALENDAR)
    assert queued(after, talk.last.position, context(1005.0)).action == joined(SPARE)
    assert resume(after, talk.last.position, context(1005.0)).action == joined(SPARE)


# A callback.

OFFER = OfferCallback(s("offer"), SALES, SORRY, s("helped"))
OWN = ("7", "9", "1", "6", "1", "2", "3", "4", "5", "6", "7")
OFFERED = Ask((SORRY, spoken.CALLBACK_NUMBER, *OWN, spoken.CALLBACK_CONFIRM), 1, 5)
TYPE = Ask((spoken.CALLBACK_TYPE,), 15, 10)


def offered(number: str = "+79161234567") -> Talk:
    return Talk(OFFER, HELPED, here=context(number=number))


def test_a_callback_to_the_own_number() -> None:
    talk = offered()
    assert talk.action == OFFERED
    assert talk.then(Keys("1")) == KeepPlace(SALES, "+79161234567", 1000.0)
    assert talk.then(CallbackKept()) == Play((spoken.CALLBACK_KEPT,))
    assert talk.then(Heard()) == End()


def test_a_callback_to_another_number_that_is_confirmed() -> None:
    talk = offered()
    assert talk.then(Keys("2")) == TYPE
    confirm = Ask((spoken.CALLBACK_NUMBER, "8", "4", "9", spoken.CALLBACK_CONFIRM), 1, 5)
    assert talk.then(Keys("849#")) == confirm
    assert talk.then(Keys("")) == confirm
    assert talk.then(Keys("2")) == TYPE
    assert talk.then(Keys("84950000000")) != TYPE
    assert talk.then(Keys("1")) == KeepPlace(SALES, "84950000000", 1000.0)
    assert "8495" not in str(talk.last.trace)


def test_a_withheld_number_must_be_typed() -> None:
    assert offered("").action == Ask((SORRY, spoken.CALLBACK_TYPE), 15, 10)


@pytest.mark.parametrize(
    "keys", [["3"], ["#"], ["", ""], ["2", "", ""], ["2", "84950000000", "7"], ["2", "11", "12"]]
)
def test_a_callback_is_declined(keys: list[str]) -> None:
    talk = offered()
    assert talk.then(*(Keys(key) for key in keys)) == joined(HELP)
    assert Why.CALLBACK_DECLINED in talk.whys


def test_the_talk_about_a_callback_has_an_end() -> None:
    talk = offered()
    answers = [Keys("2"), *[Keys("84950000000"), Keys("2")] * 4]
    assert talk.then(*answers) == joined(HELP)


def test_a_callback_that_is_refused() -> None:
    talk = offered()
    assert talk.then(Keys("1"), Failed()) == Play((spoken.CALLBACK_REFUSED,))
    assert talk.then(Heard()) == joined(HELP)


def test_each_offer_of_a_callback_counts_its_own_silence() -> None:
    second = replace(OFFER, id=s("second"), queue=HELP)
    talk = Talk(replace(OFFER, declined=s("second")), second, HELPED)
    assert talk.then(Keys(""), Keys("")) == OFFERED
    assert talk.last.position.step == s("second")
    assert talk.then(Keys("")) == OFFERED


def test_a_callback_keeps_the_place_of_the_wait() -> None:
    says = Announcements(0, 60, callback_key="1")
    talk = Talk(Enqueue(s("w"), SALES, (), says, None, s("offer")), replace(OFFER, declined=s("w")))
    talk.here = context(1500.0)
    talk.last = queued(talk.flows, talk.last.position, talk.here)
    assert talk.then(Keys("1"), Keys("1")) == KeepPlace(SALES, "+79161234567", 1000.0)


def test_who_declines_for_ever_waits_on_in_his_queue() -> None:
    says = Announcements(0, 10, callback_key="1")
    talk = Talk(Enqueue(s("w"), SALES, (), says, None, s("offer")), replace(OFFER, declined=s("w")))
    for n in range(MOST_STEPS):
        talk.here = context(1010.0 + 10 * n)
        talk.last = queued(talk.flows, talk.last.position, talk.here)
        talk.then(Keys("1"))
        if Why.TOO_MANY_STEPS in talk.whys:
            break
        talk.then(Keys("3"))
    assert talk.last.position.taken == MOST_STEPS
    assert talk.last.position.waiting is not None
    assert talk.last.position.waiting.queue == SALES
    assert talk.last.position.waiting.since == 1000.0
    assert talk.last.position.stage is Stage.WAITING


def test_a_number_is_found_with_or_without_its_plus() -> None:
    named = FlowPlan(
        (flow(HangUp(s("x")), number="+7495"), flow(HangUp(s("x")), name=FlowId("b"), number="100"))
    )
    flows = FlowDirectory(named, routing(), CALENDAR)
    assert flows.flow_for("+7495") is flows.flow_for("7495") is named.flows[0]
    assert flows.flow_for("+100") is named.flows[1]
    assert flows.flow_for("495") is None
    of = replace(
        routing(), queues=(replace(routing().queues[0], numbers=("7495", "200")), *routing().queues[1:])
    )
    mixed = FlowDirectory(named, of, CALENDAR)
    assert mixed.flow_for("+7495") is named.flows[0]
    assert mixed.flow_for("7495") is None  # the exact number is the queue's
    assert mixed.queue_for("7495") == mixed.queue_for("+200") == SALES
    assert PlanDirectory(of).queue_for("+200").id == SALES
    assert PlanDirectory(of).queue_for("201").id == SPARE
