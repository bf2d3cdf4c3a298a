"""What waits for a slow browser, and which tab leads."""

from __future__ import annotations

from hypothesis import given, strategies as st

from callcenter.web.push.leaders import LeadChange, Leaders
from callcenter.web.push.outbox import CONTROL_LIMIT, Outbox, Owed
from routing.ids import AgentId

ANNA = AgentId("anna")


def test_messages_leave_in_order_answers_first() -> None:
    outbox = Outbox(3)
    assert outbox.current
    outbox.change(b"1")
    assert not outbox.current
    outbox.change(b"2")
    outbox.answer(b"pong")
    assert [outbox.take() for _ in range(4)] == [b"pong", b"1", b"2", None]


def test_overflow_becomes_one_snapshot() -> None:
    outbox = Outbox(2)
    assert [outbox.change(b"x") for _ in range(2)] == [True, True]
    assert outbox.change(b"x") is False
    assert outbox.change(b"y") is True  # the snapshot will hold it
    assert outbox.take() is Owed.SNAPSHOT
    assert outbox.take() is None
    assert not outbox.lost


def test_a_second_overflow_before_all_is_sent_is_the_end() -> None:
    outbox = Outbox(2)
    for _ in range(3):
        outbox.change(b"x")
    assert outbox.take() is Owed.SNAPSHOT
    assert [outbox.change(b"x") for _ in range(3)] == [True, True, False]
    assert outbox.lost
    assert outbox.take() is None


def test_having_caught_up_forgives() -> None:
    outbox = Outbox(2)
    for _ in range(4):
        for _ in range(3):
            outbox.change(b"x")
        assert outbox.take() is Owed.SNAPSHOT
        assert outbox.take() is None
    assert not outbox.lost


def test_one_who_asks_and_never_reads_is_lost() -> None:
    outbox = Outbox(2)
    for _ in range(CONTROL_LIMIT + 1):
        outbox.answer(b"pong")
    assert outbox.lost


def test_after_the_end_only_answers_leave() -> None:
    outbox = Outbox(2)
    outbox.change(b"x")
    outbox.answer(b"error")
    outbox.end()
    outbox.change(b"y")
    outbox.owe_snapshot()
    assert [outbox.take(), outbox.take()] == [b"error", None]


def join(
    leaders: Leaders, connection: str, tab: str, *, returning: bool = False, led: bool = False
) -> list[LeadChange]:
    return leaders.join(ANNA, connection, tab, returning=returning, led=led)


def test_the_newest_tab_leads_until_it_closes() -> None:
    leaders = Leaders()
    assert join(leaders, "c1", "t1") == [LeadChange("c1", leads=True)]
    assert join(leaders, "c2", "t2") == [LeadChange("c1", leads=False), LeadChange("c2", leads=True)]
    assert join(leaders, "c3", "t3") == [LeadChange("c2", leads=False), LeadChange("c3", leads=True)]
    assert leaders.leave(ANNA, "c3") == [LeadChange("c2", leads=True)]
    assert leaders.leave(ANNA, "c1") == []
    assert leaders.leave(ANNA, "c2") == []
    assert leaders.leader(ANNA) is None


def test_taking_the_lead_by_hand() -> None:
    leaders = Leaders()
    join(leaders, "c1", "t1")
    join(leaders, "c2", "t2")
    assert leaders.take(ANNA, "c1") == [LeadChange("c2", leads=False), LeadChange("c1", leads=True)]
    assert leaders.take(ANNA, "c1") == []
    assert leaders.take(ANNA, "unknown") == []


def test_a_follower_that_reconnects_follows() -> None:
    leaders = Leaders()
    join(leaders, "c1", "t1")
    join(leaders, "c2", "t2")
    leaders.leave(ANNA, "c1")
    assert join(leaders, "c3", "t1", returning=True) == []
    assert leaders.leader(ANNA) == "c2"


def test_a_leader_that_reconnects_leads_again() -> None:
    leaders = Leaders()
    join(leaders, "c1", "t1")
    join(leaders, "c2", "t2")
    assert leaders.leave(ANNA, "c2") == [LeadChange("c1", leads=True)]
    assert join(leaders, "c3", "t2", returning=True) == [
        LeadChange("c1", leads=False),
        LeadChange("c3", leads=True),
    ]


def test_after_a_restart_the_tab_that_led_leads() -> None:
    for order in (("leader", "follower"), ("follower", "leader")):
        leaders = Leaders()
        for tab in order:
            join(leaders, f"c-{tab}", tab, returning=True, led=tab == "leader")
        assert leaders.leader(ANNA) == "c-leader"


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.booleans(), st.booleans()), max_size=60))
def test_exactly_one_leads_while_any_is_there(steps: list[tuple[int, int, bool, bool]]) -> None:
    leaders, there, believed = Leaders(), dict[str, str](), dict[str, bool]()
    for number, (slot, tab, flag, led) in enumerate(steps):
        open_ones = sorted(there)
        if slot < 3 or not open_ones:
            connection = f"c{number}"
            there[connection] = f"t{tab}"
            believed[connection] = False
            changes = join(leaders, connection, f"t{tab}", returning=flag, led=led)
        else:
            connection = open_ones[tab % len(open_ones)]
            if flag:
                changes = leaders.take(ANNA, connection)
            else:
                changes = leaders.leave(ANNA, connection)
                del there[connection], believed[connection]
        for change in changes:
            believed[change.connection] = change.leads
        assert [name for name, leads in believed.items() if leads] == (
            [leaders.leader(ANNA)] if there else []
        )
