"""The routing engine: who gets which call, and what it may not depend on."""

from __future__ import annotations

from hypothesis import given, settings, strategies as st

from routing.acd.engine import Decision, Engine
from routing.acd.queue import Pool, WaitingCall
from routing.ids import AgentId, CallId, QueueId, ServerId

MAIN = ServerId("main")
SALES, HELP = Pool(MAIN, QueueId("sales")), Pool(MAIN, QueueId("help"))
A, B, C = AgentId("a"), AgentId("b"), AgentId("c")


def call(
    name: str, pool: Pool = SALES, since: float = 0.0, priority: int = 0, **declined: float
) -> WaitingCall:
    return WaitingCall(
        CallId(name), pool, priority, since, tuple((AgentId(agent), at) for agent, at in declined.items())
    )


def pairs(engine: Engine, now: float = 100.0) -> list[tuple[str, str]]:
    return [(decision.call, decision.agent) for decision in engine.decide(now).made]


def test_the_longest_waiting_call_goes_to_the_longest_idle_agent() -> None:
    engine = Engine()
    engine.wait(call("late", since=5))
    engine.wait(call("early", since=4))
    engine.place(B, [SALES], 2.0)
    engine.place(A, [SALES], 3.0)
    assert pairs(engine) == [("early", "b"), ("late", "a")]
    assert pairs(engine) == []


def test_ties_break_on_ids() -> None:
    engine = Engine()
    for name in ("y", "x"):
        engine.wait(call(name))
    for agent in (B, A):
        engine.place(agent, [SALES], 1.0)
    assert pairs(engine) == [("x", "a"), ("y", "b")]


def test_an_agent_of_two_queues_takes_the_most_urgent_call() -> None:
    engine = Engine()
    engine.wait(call("old", SALES, since=1))
    engine.wait(call("urgent", HELP, since=9, priority=5))
    engine.place(A, [SALES, HELP], 0.0)
    assert pairs(engine) == [("urgent", "a")]
    engine.place(A, [SALES, HELP], 50.0)
    assert pairs(engine) == [("old", "a")]


def test_a_decision_tells_since_when_the_agent_idled() -> None:
    engine = Engine()
    engine.place(A, [SALES], 7.0)
    engine.wait(call("x"))
    assert engine.decide(9.0).made == (Decision(CallId("x"), A, SALES, 7.0),)
    assert not engine.is_free(A)
    assert not engine.waits(CallId("x"))


def test_a_call_that_left_and_an_agent_who_paused_match_nobody() -> None:
    engine = Engine()
    engine.wait(call("x"))
    engine.leave(CallId("x"))
    engine.leave(CallId("unknown"))
    engine.place(A, [SALES], 0.0)
    assert pairs(engine) == []
    engine.place(A, [], None)
    engine.wait(call("y"))
    assert pairs(engine) == []
    assert engine.waiting == 1


def test_a_refused_call_goes_round_the_refuser() -> None:
    engine = Engine()
    engine.place(A, [SALES], 0.0)
    engine.place(B, [SALES], 5.0)
    engine.wait(call("x", a=99.0))
    assert pairs(engine) == [("x", "b")]


def test_a_refused_call_waits_for_an_able_agent_who_is_busy() -> None:
    engine = Engine()
    engine.place(A, [SALES], 0.0)
    engine.place(B, [SALES], None)
    engine.wait(call("x", a=0.0))
    engine.wait(call("y", since=9))
    assert pairs(engine) == [("y", "a")]  # nobody behind it waits for that
    engine.place(A, [SALES], 100.0)
    assert pairs(engine) == []
    engine.place(B, [], None)  # the other signs out: nobody else is left
    assert pairs(engine) == [("x", "a")]


def test_when_all_refused_the_oldest_refusal_is_asked_again_after_a_pause() -> None:
    engine = Engine(reoffer_after=10.0)
    engine.place(A, [SALES], 0.0)
    engine.place(B, [SALES], 1.0)
    engine.wait(call("x", a=98.0, b=95.0))
    decisions = engine.decide(100.0)
    assert decisions.made == ()
    assert decisions.retry_at == 105.0
    assert engine.decide(104.9).made == ()
    assert pairs(engine, 105.0) == [("x", "b")]
    assert engine.decide(106.0).retry_at is None


def test_a_pool_is_of_one_server() -> None:
    engine = Engine()
    engine.place(A, [Pool(ServerId("other"), SALES.queue)], 0.0)
    engine.wait(call("x"))
    assert pairs(engine) == []


agents = st.sampled_from("abcd").map(AgentId)
pools = st.lists(st.sampled_from([SALES, HELP]), max_size=2, unique=True)
steps = st.one_of(
    st.tuples(
        st.just("wait"),
        st.integers(0, 8),
        st.sampled_from([SALES, HELP]),
        st.integers(0, 2),
        st.lists(agents, max_size=3),
    ),
    st.tuples(st.just("leave"), st.integers(0, 8)),
    st.tuples(st.just("place"), agents, pools, st.one_of(st.none(), st.integers(0, 50))),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(steps, max_size=40))
def test_no_free_agent_is_left_beside_a_call_he_could_take(story: list[tuple]) -> None:  # type: ignore[type-arg]
    """The incremental engine against the rule itself, checked over everything after every step."""
    engine = Engine(reoffer_after=10.0)
    waiting: dict[CallId, WaitingCall] = {}
    placed: dict[AgentId, tuple[tuple[Pool, ...], float | None]] = {}
    for step in story:
        match step:
            case ("wait", number, pool, priority, declined):
                one = WaitingCall(
                    CallId(f"c{number}"),
                    pool,
                    priority,
                    float(number),
                    tuple((agent, 0.0) for agent in declined),
                )
                engine.wait(one)
                waiting[one.call] = one
            case ("leave", number):
                engine.leave(CallId(f"c{number}"))
                waiting.pop(CallId(f"c{number}"), None)
            case ("place", agent, where, since):
                engine.place(agent, where, None if since is None else float(since))
                placed[agent] = (tuple(where), None if since is None else float(since))
        for decision in engine.decide(5.0).made:  # refusals (at 0) are too fresh to be asked again
            taken = waiting.pop(decision.call)
            where, since = placed[decision.agent]
            assert taken.pool in where
            assert since == decision.idle_since
            assert decision.agent not in dict(taken.declined)
            placed[decision.agent] = (where, None)
        for one in waiting.values():
            assert engine.waits(one.call)
            for agent, (where, since) in placed.items():
                assert not (one.pool in where and since is not None) or agent in dict(one.declined)
