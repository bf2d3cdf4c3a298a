"""What a node may expect of its site, in process and over Redis alike."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from callcenter.calls.requests import Accepted, Refusal, Refused, Reply, Request
from callcenter.calls.views import EntityUpdate
from callcenter.live.ports import PictureMessage, Site
from routing.ids import AgentId
from tests.live.harness import (
    LEASE_SECONDS,
    SOON,
    Harness,
    Watcher,
    accept,
    asked,
    eventually,
    gone,
    lease_of,
    lost,
    shown,
)


async def submit_accepted(site: Site, request: Request) -> None:
    """Ask until the router answers; it may not have begun to serve yet."""
    async with asyncio.timeout(SOON):
        while True:
            if await site.submit(request, 1.0) == Accepted():
                return
            await asyncio.sleep(0.01)


async def test_one_holder_at_a_time(nodes: Harness) -> None:
    nodes.lease_seconds = LEASE_SECONDS
    first, second = await nodes.node("one"), await nodes.node("two")
    lease = await lease_of(first)
    waiting = asyncio.create_task(second.take_lease())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(nodes.lease_seconds * 2):
            await asyncio.shield(waiting)
    await lease.release()
    async with asyncio.timeout(SOON):
        next_lease = await waiting
    assert next_lease.term > lease.term
    assert await lost(lease) == "released"


async def test_three_nodes_asking_at_once_take_turns(nodes: Harness) -> None:
    sites = [await nodes.node(name) for name in ("one", "two", "three")]
    holders = 0
    terms = []

    async def hold(site: Site) -> None:
        nonlocal holders
        lease = await site.take_lease()
        holders += 1
        assert holders == 1
        terms.append(lease.term)
        await asyncio.sleep(0.02)
        holders -= 1
        await lease.release()

    async with asyncio.timeout(SOON):
        await asyncio.gather(*(hold(site) for site in sites))
    assert terms == sorted(set(terms))


async def test_a_dead_holders_lease_is_taken_over(nodes: Harness) -> None:
    nodes.lease_seconds = LEASE_SECONDS
    first, second = await nodes.node("one"), await nodes.node("two")
    lease = await lease_of(first)
    await nodes.kill(first)
    successor = await lease_of(second)
    assert successor.term > lease.term


async def test_stopping_hands_the_lease_back(nodes: Harness) -> None:
    first, second = await nodes.node("one"), await nodes.node("two")
    lease = await lease_of(first)
    await first.stop()
    assert await lost(lease) == "released"
    await lease_of(second)


async def test_updates_arrive_in_order_at_every_node(nodes: Harness) -> None:
    sites = [await nodes.node(name) for name in ("one", "two", "three")]
    watchers = [Watcher(site) for site in sites]
    lease = await lease_of(sites[0])
    sites[0].publish(lease, [shown("call/0", "0")])
    for number in range(1, 300):
        sites[0].publish(lease, [shown(f"call/{number % 7}", str(number)), gone(f"call/{(number + 1) % 7}")])
        if number % 50 == 0:
            await asyncio.sleep(0)
    for watcher in watchers:
        await watcher.until(lambda seen: seen.position.seq == 599)
        assert watcher.picture == watchers[0].picture
        assert watcher.picture["call/5"] == b"299"
        # The first, when subscribing, and the one that begins the lease's picture.
        assert watcher.resets == 2


async def test_audience_and_odd_text_survive_the_way(nodes: Harness) -> None:
    first, second = await nodes.node("one"), await nodes.node("two")
    lease = await lease_of(first)
    card = EntityUpdate("card/ü", '{"имя":"Пётр \\u0000 \\"x\\""}'.encode(), frozenset({AgentId("anna")}))
    seen: list[PictureMessage] = []
    second.subscribe(seen.append)
    first.publish(lease, [card])
    await eventually(lambda: len(seen) == 2)
    assert getattr(seen[1], "entities", None) == (card,)


async def test_a_late_subscriber_is_given_the_picture(nodes: Harness) -> None:
    first = await nodes.node("one")
    lease = await lease_of(first)
    first.publish(lease, [shown("agent/anna"), shown("call/1")])
    first.publish(lease, [gone("call/1"), shown("call/2")])
    late = Watcher(await nodes.node("two"))
    await late.until_shows("call/2", b"{}")
    assert set(late.picture) == {"agent/anna", "call/2"}
    later = Watcher(first)
    await later.until_shows("call/2", b"{}")
    assert later.picture == late.picture
    assert later.position == late.position


async def test_the_first_publish_starts_an_empty_picture(nodes: Harness) -> None:
    first, second = await nodes.node("one"), await nodes.node("two")
    watcher = Watcher(second)
    lease = await lease_of(first)
    first.publish(lease, [shown("call/1")])
    await watcher.until_shows("call/1", b"{}")
    await lease.release()
    before = watcher.position
    successor = await lease_of(second)
    second.publish(successor, [])
    await watcher.until_shows("call/1", None)
    assert watcher.position.epoch != before.epoch
    assert watcher.picture == {}


async def test_who_lost_the_lease_publishes_nothing(nodes: Harness) -> None:
    first, second = await nodes.node("one"), await nodes.node("two")
    watcher = Watcher(second)
    lease = await lease_of(first)
    first.publish(lease, [shown("call/1", "1")])
    await watcher.until_shows("call/1", b"1")
    await lease.release()
    successor = await lease_of(second)
    second.publish(successor, [shown("call/2", "2")])
    first.publish(lease, [shown("call/1", "stale")])
    second.publish(successor, [shown("call/3", "3")])
    await watcher.until_shows("call/3", b"3")
    assert watcher.picture == {"call/2": b"2", "call/3": b"3"}


async def test_unsubscribed_listeners_hear_nothing_more(nodes: Harness) -> None:
    site = await nodes.node("one")
    lease = await lease_of(site)
    leaving, staying = Watcher(site), Watcher(site)
    leaving.unsubscribe()
    leaving.unsubscribe()
    site.publish(lease, [shown("call/1")])
    await staying.until_shows("call/1", b"{}")
    assert leaving.picture == {}


async def test_a_listener_that_raises_harms_no_one_and_is_given_a_reset(nodes: Harness) -> None:
    site = await nodes.node("one")
    lease = await lease_of(site)
    good = Watcher(site)
    poor = Watcher(site)
    poor.unsubscribe()
    poisoned = False

    def listen(message: PictureMessage) -> None:
        if poisoned:
            raise RuntimeError("poisoned")
        poor.listen(message)

    site.subscribe(listen)
    poisoned = True
    site.publish(lease, [shown("call/1")])
    await good.until_shows("call/1", b"{}")
    poisoned = False
    site.publish(lease, [shown("call/2")])
    await poor.until_shows("call/2", b"{}")
    assert poor.picture == good.picture


async def test_requests_are_answered_from_any_node(nodes: Harness) -> None:
    sites = [await nodes.node(name) for name in ("one", "two", "three")]
    seen: list[Request] = []

    async def handle(request: Request) -> Reply:
        seen.append(request)
        return Refused(Refusal.NOT_YOURS, "это не ваше") if request == asked("boris") else Accepted()

    lease = await lease_of(sites[0])
    sites[0].serve(lease, handle)
    for site in sites:
        assert await site.submit(asked("anna"), SOON) == Accepted()
        assert await site.submit(asked("boris"), SOON) == Refused(Refusal.NOT_YOURS, "это не ваше")
    assert seen == [asked("anna"), asked("boris")] * 3


async def test_one_nodes_requests_begin_in_order(nodes: Harness) -> None:
    first, second = await nodes.node("one"), await nodes.node("two")
    seen: list[Request] = []

    async def handle(request: Request) -> Reply:
        seen.append(request)
        await asyncio.sleep(0)
        return Accepted()

    first.serve(await lease_of(first), handle)
    requests = [asked(f"agent{number}") for number in range(20)]
    for request in requests:
        await submit_accepted(second, request)
    assert seen == requests


async def test_no_holder_is_busy(nodes: Harness) -> None:
    site = await nodes.node("one")
    reply = await site.submit(asked(), SOON)
    assert isinstance(reply, Refused)
    assert reply.refusal is Refusal.BUSY


async def test_no_answer_in_time_is_busy_while_others_are_answered(nodes: Harness) -> None:
    first, second = await nodes.node("one"), await nodes.node("two")
    never = asyncio.Event()

    async def handle(request: Request) -> Reply:
        if request == asked("slow"):
            await never.wait()
        return Accepted()

    first.serve(await lease_of(first), handle)
    await submit_accepted(second, asked("quick"))
    for site in (first, second):
        slow = asyncio.create_task(site.submit(asked("slow"), 0.3))
        assert await site.submit(asked("quick"), SOON) == Accepted()
        reply = await slow
        assert isinstance(reply, Refused)
        assert reply.refusal is Refusal.BUSY
        assert "0.3 s" in reply.message
    never.set()


async def test_a_failing_handler_is_busy_and_the_next_request_is_answered(nodes: Harness) -> None:
    first, second = await nodes.node("one"), await nodes.node("two")

    async def handle(request: Request) -> Reply:
        if request == asked("bad"):
            raise RuntimeError("broken")
        return Accepted()

    first.serve(await lease_of(first), handle)
    for site in (first, second):
        reply = await site.submit(asked("bad"), SOON)
        assert isinstance(reply, Refused)
        assert reply.refusal is Refusal.BUSY
        assert await site.submit(asked(), SOON) == Accepted()


async def test_a_request_whose_router_dies_is_busy_and_the_next_router_answers(nodes: Harness) -> None:
    nodes.lease_seconds = LEASE_SECONDS
    first, second, third = [await nodes.node(name) for name in ("one", "two", "three")]
    begun = asyncio.Event()

    async def hang(request: Request) -> Reply:
        begun.set()
        await asyncio.Event().wait()
        return Accepted()

    first.serve(await lease_of(first), hang)
    pending = asyncio.create_task(second.submit(asked(), 60.0))
    async with asyncio.timeout(SOON):
        await begun.wait()
    await nodes.kill(first)
    successor = await lease_of(third)
    third.serve(successor, accept)
    async with asyncio.timeout(SOON):
        reply = await pending
    assert isinstance(reply, Refused)
    assert reply.refusal is Refusal.BUSY
    await submit_accepted(second, asked())


async def test_requests_pending_at_a_release_are_busy(nodes: Harness) -> None:
    first, second = await nodes.node("one"), await nodes.node("two")
    begun = asyncio.Event()

    async def hang(request: Request) -> Reply:
        begun.set()
        await asyncio.Event().wait()
        return Accepted()

    lease = await lease_of(first)
    first.serve(lease, hang)
    pending = asyncio.create_task(second.submit(asked(), 60.0))
    async with asyncio.timeout(SOON):
        await begun.wait()
        await lease.release()
        reply = await pending
    assert isinstance(reply, Refused)
    assert reply.refusal is Refusal.BUSY


async def test_a_burst_larger_than_any_buffer_ends_in_the_right_picture(nodes: Harness) -> None:
    first, second = await nodes.node("one"), await nodes.node("two")
    watcher = Watcher(second)
    lease = await lease_of(first)
    for number in range(1_200):
        first.publish(lease, [shown(f"call/{entity}", str(number)) for entity in range(21)])
    await watcher.until_shows("call/20", b"1199")
    assert watcher.picture == {f"call/{entity}": b"1199" for entity in range(21)}
    assert watcher.resets >= 2  # it was spared some of them


async def test_a_foreign_lease_is_a_mistake_of_the_caller(nodes: Harness) -> None:
    site = await nodes.node("one")
    foreign: Any = object()
    with pytest.raises(TypeError):
        site.publish(foreign, [])
    with pytest.raises(TypeError):
        site.serve(foreign, accept)
