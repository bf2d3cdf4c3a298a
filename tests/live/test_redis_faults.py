"""What only a server in between can do: be away, stand still, forget, and hold what somebody else wrote."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from callcenter.calls.requests import Accepted, Refusal, Refused
from callcenter.live.ports import Site
from callcenter.live.redis import RedisOptions, RedisSite
from callcenter.live.redis.lease import RedisLease
from callcenter.live.wire import Asked, encode_asked
from tests.live.harness import (
    LEASE_SECONDS,
    SOON,
    RedisHarness,
    Watcher,
    accept,
    asked,
    eventually,
    lease_of,
    lost,
    shown,
)

pytestmark = pytest.mark.redis


async def is_busy(site: Site, timeout: float = 2.0) -> bool:
    reply = await site.submit(asked(), timeout)
    return isinstance(reply, Refused) and reply.refusal is Refusal.BUSY


async def until_accepted(site: Site) -> None:
    async with asyncio.timeout(SOON):
        while await site.submit(asked(), 0.5) != Accepted():
            await asyncio.sleep(0.01)


async def test_a_holder_that_hears_nothing_stops_before_the_next_one_starts(
    redis_nodes: RedisHarness,
) -> None:
    """The link of the holder stands still, half open; again and again, for the two ends race."""
    redis_nodes.lease_seconds = LEASE_SECONDS
    loop = asyncio.get_running_loop()
    margins = []
    for attempt in range(3):
        holder, proxy = await redis_nodes.node_behind_proxy(f"holder{attempt}")
        heir = await redis_nodes.node(f"heir{attempt}")
        lease = await lease_of(holder)
        waiting = asyncio.create_task(heir.take_lease())
        await asyncio.sleep(0.07 * attempt)
        proxy.stall()
        reason = await lost(lease)
        stopped_at = loop.time()
        assert not waiting.done()
        async with asyncio.timeout(SOON):
            successor = await waiting
        margins.append(loop.time() - stopped_at)
        assert reason.startswith("not renewed")
        assert successor.term > lease.term
        proxy.heal()
        await successor.release()
    assert min(margins) > LEASE_SECONDS * 0.05


async def test_a_stale_holder_is_fenced_even_when_it_does_not_know_yet(redis_nodes: RedisHarness) -> None:
    redis_nodes.lease_seconds = LEASE_SECONDS
    stale, fresh = await redis_nodes.node("stale"), await redis_nodes.node("fresh")
    watcher = Watcher(fresh)
    lease = await lease_of(stale)
    stale.publish(lease, [shown("call/1", "1")])
    await watcher.until_shows("call/1", b"1")
    await redis_nodes.client.delete(redis_nodes.key("lease"))  # as if it had expired unseen
    successor = await lease_of(fresh)
    stale.publish(lease, [shown("call/1", "stale")])
    assert "took the lease over" in await lost(lease) or "taken over" in await lost(lease)
    fresh.publish(successor, [shown("call/2", "2")])
    await watcher.until_shows("call/2", b"2")
    assert watcher.picture == {"call/2": b"2"}


async def test_a_node_that_missed_messages_is_given_a_reset_by_itself(redis_nodes: RedisHarness) -> None:
    holder, _ = await redis_nodes.node_behind_proxy("holder", stream_length=5)
    node, proxy = await redis_nodes.node_behind_proxy("node")
    direct, watcher = Watcher(holder), Watcher(node)
    lease = await lease_of(holder)
    holder.publish(lease, [shown("call/0", "0")])
    await watcher.until_shows("call/0", b"0")
    resets = watcher.resets
    await proxy.cut()
    for number in range(1, 40):
        holder.publish(lease, [shown("call/0", str(number))])
        await direct.until_shows("call/0", str(number).encode())
    assert watcher.picture == {"call/0": b"0"}  # the last that it saw is still served
    proxy.heal()
    await watcher.until_shows("call/0", b"39")
    assert watcher.resets == resets + 1


async def test_a_short_cut_is_caught_up_without_a_reset(redis_nodes: RedisHarness) -> None:
    holder = await redis_nodes.node("holder")
    node, proxy = await redis_nodes.node_behind_proxy("node")
    direct, watcher = Watcher(holder), Watcher(node)
    lease = await lease_of(holder)
    holder.publish(lease, [shown("call/0", "0")])
    await watcher.until_shows("call/0", b"0")
    resets = watcher.resets
    await proxy.cut()
    for number in range(1, 40):
        holder.publish(lease, [shown(f"call/{number}", str(number))])
    await direct.until_shows("call/39", b"39")
    proxy.heal()
    await watcher.until_shows("call/39", b"39")
    assert watcher.resets == resets
    assert watcher.picture == direct.picture


async def test_the_server_restarts_in_the_middle(lone_nodes: RedisHarness) -> None:
    lone_nodes.lease_seconds = LEASE_SECONDS
    first, second = await lone_nodes.node("first"), await lone_nodes.node("second")
    watchers = [Watcher(first), Watcher(second)]
    lease = await lease_of(first)
    first.serve(lease, accept)
    first.publish(lease, [shown("call/1", "1")])
    for watcher in watchers:
        await watcher.until_shows("call/1", b"1")
    await until_accepted(second)

    lone_nodes.server.stop()
    assert await is_busy(second)
    assert "not renewed" in await lost(lease)
    assert await is_busy(first)
    assert [watcher.picture for watcher in watchers] == [{"call/1": b"1"}] * 2
    assert Watcher(second).picture == {"call/1": b"1"}
    assert not second.reachable

    lone_nodes.server.start()
    successor = await lease_of(second)
    second.serve(successor, accept)
    second.publish(successor, [shown("call/2", "2")])
    for watcher in watchers:
        await watcher.until_shows("call/2", b"2")
        assert watcher.picture == {"call/2": b"2"}
    await until_accepted(first)
    await eventually(lambda: second.reachable and first.reachable)


async def test_a_node_starts_while_the_server_is_away(lone_nodes: RedisHarness) -> None:
    lone_nodes.server.stop()
    node = await lone_nodes.node("one")
    watcher = Watcher(node)
    assert await is_busy(node)
    taking = asyncio.create_task(node.take_lease())
    lone_nodes.server.start()
    async with asyncio.timeout(SOON):
        lease = await taking
    node.publish(lease, [shown("call/1")])
    await watcher.until_shows("call/1", b"{}")


async def test_terms_never_repeat_when_the_server_forgets(lone_nodes: RedisHarness) -> None:
    lone_nodes.lease_seconds = LEASE_SECONDS
    ledger = lone_nodes.terms
    node = await lone_nodes.node_with_floor("one", lambda: ledger.last + 1)
    ledger.last = (await lease_of(node)).term
    lone_nodes.server.stop()
    lone_nodes.server.start()
    loop = asyncio.get_running_loop()
    started = loop.time()
    other = await lone_nodes.node_with_floor("two", lambda: ledger.last + 1)
    with capture_logs() as logs:
        lease = await lease_of(other)
    assert lease.term > ledger.last
    # Whoever held the forgotten lease may still be routing: he is given the time to notice.
    assert loop.time() - started >= LEASE_SECONDS * 0.9
    assert any(entry["event"] == "live.data_lost" for entry in logs)


async def test_coming_from_the_local_bus_terms_go_on(redis_nodes: RedisHarness) -> None:
    redis_nodes.lease_seconds = LEASE_SECONDS
    node = await redis_nodes.node_with_floor("one", lambda: 41)
    assert (await lease_of(node)).term >= 41


async def test_a_failing_floor_is_tried_again(redis_nodes: RedisHarness) -> None:
    redis_nodes.lease_seconds = LEASE_SECONDS
    answers = [0, 0, 7]

    def floor() -> int:
        answer = answers.pop(0)
        if answer == 0:
            raise OSError("the database is away")
        return answer

    node = await redis_nodes.node_with_floor("one", floor)
    answers.append(7)  # the wait after a loss of data asks again
    with capture_logs() as logs:
        assert (await lease_of(node)).term >= 7
    assert [entry["event"] for entry in logs].count("live.no_term") == 2


@pytest.mark.parametrize("key", ["head", "picture", "updates"])
@pytest.mark.parametrize("kind", ["text", "wrong type"])
async def test_garbage_in_the_picture_is_healed(redis_nodes: RedisHarness, key: str, kind: str) -> None:
    holder, node = await redis_nodes.node("holder"), await redis_nodes.node("node")
    watcher = Watcher(node)
    lease = await lease_of(holder)
    holder.publish(lease, [shown("call/1", "1")])
    await watcher.until_shows("call/1", b"1")
    client, name = redis_nodes.client, redis_nodes.key(key)
    if kind == "wrong type":
        await client.set(name, "garbage")
    elif key == "updates":
        await client.xadd(name, {"epoch": b"\xff", "first": "x", "updates": "{"})
        await client.xadd(name, {"epoch": "e", "first": "1", "updates": "["})
        await client.xadd(name, {"nothing": "known"})
    else:
        await client.hset(name, mapping={"epoch": b"\xff\xfe", "seq": "many", "call/9": "{]"})
    holder.publish(lease, [shown("call/2", "2")])
    await watcher.until(lambda seen: seen.picture == {"call/1": b"1", "call/2": b"2"})
    late = Watcher(await redis_nodes.node("late"))
    await late.until(lambda seen: seen.picture == {"call/1": b"1", "call/2": b"2"})


@pytest.mark.parametrize("key", ["lease", "term"])
async def test_garbage_in_the_way_of_the_lease_is_named(redis_nodes: RedisHarness, key: str) -> None:
    redis_nodes.lease_seconds = LEASE_SECONDS
    client, name = redis_nodes.client, redis_nodes.key(key)
    await client.rpush(name, "garbage")
    node = await redis_nodes.node("one")
    taking = asyncio.create_task(node.take_lease())
    with capture_logs() as logs:
        await eventually(lambda: any(entry["log_level"] in ("warning", "error") for entry in logs))
    named = [str(entry) for entry in logs if entry["log_level"] in ("warning", "error")]
    assert any(f"{{{redis_nodes.prefix}}}:" in text and "somebody else wrote" in text for text in named)
    if key == "term":  # a term made up by us might be one that was used already: a person must decide
        assert not taking.done()
        await client.delete(name)
    async with asyncio.timeout(SOON):
        lease = await taking
    node.publish(lease, [shown("call/1")])
    watcher = Watcher(node)
    await watcher.until_shows("call/1", b"{}")


async def test_a_spoilt_lease_is_given_up(redis_nodes: RedisHarness) -> None:
    redis_nodes.lease_seconds = LEASE_SECONDS
    node = await redis_nodes.node("one")
    lease = await lease_of(node)
    await redis_nodes.client.set(redis_nodes.key("lease"), "garbage", px=1_000)
    assert "garbage" in await lost(lease)
    assert (await lease_of(node)).term > lease.term


async def test_taking_that_is_cancelled_leaves_the_lease_free(redis_nodes: RedisHarness) -> None:
    node = await redis_nodes.node("one")
    cancelled = 0
    for attempt in range(60):
        taking = asyncio.create_task(node.take_lease())
        for _ in range(attempt // 2):
            await asyncio.sleep(0)
        taking.cancel()
        try:
            await (await taking).release()
        except asyncio.CancelledError:
            cancelled += 1
        assert await redis_nodes.client.get(redis_nodes.key("lease")) is None
    assert cancelled > 5


async def test_garbage_among_requests_and_replies_is_passed_over(redis_nodes: RedisHarness) -> None:
    holder, node = await redis_nodes.node("holder"), await redis_nodes.node("node")
    holder.serve(await lease_of(holder), accept)
    await until_accepted(node)
    client = redis_nodes.client
    text = await client.get(redis_nodes.key("lease"))
    assert isinstance(text, bytes)
    requests = redis_nodes.key(f"requests:{text.decode().rpartition(':')[2]}")
    stranger = '{"asker":"../etc","number":1,"timeout":9,"request":{"type":"EndCall","agent":"a","call":"c"}}'
    newer = '{"asker":"0123456789abcdef","number":1,"timeout":9,"request":{"type":"Unheard"}}'
    odd: list[str | bytes] = ["", "x", "1 {", "1 []", b"\xff\xff", "1 {}"]
    garbage = [*odd, f"1 {stranger}", f"9999999999999 {newer}"]
    assert node._asker is not None
    replies = redis_nodes.key(f"replies:{node._asker._name}")
    with capture_logs() as logs:
        await client.rpush(requests, *garbage)
        await client.rpush(replies, *garbage, '{"number":99999,"reply":{"type":"Accepted"}}', '{"number":1}')
        await until_accepted(node)
        await eventually(lambda: sum(entry["event"] == "live.garbage" for entry in logs) >= 2 * len(garbage))


async def test_a_request_whose_asker_gave_up_is_not_carried_out(redis_nodes: RedisHarness) -> None:
    holder, node = await redis_nodes.node("holder"), await redis_nodes.node("node")
    carried_out = []

    async def handle(request: object) -> Accepted:
        carried_out.append(request)
        return Accepted()

    lease = await lease_of(holder)
    assert isinstance(lease, RedisLease)
    holder.serve(lease, handle)
    await until_accepted(node)
    await eventually(lambda: lease.server_time() is not None)
    carried_out.clear()
    late = encode_asked(Asked("0123456789abcdef", 1, 2.0, asked("late")))
    seconds, _ = await redis_nodes.client.time()
    requests = redis_nodes.key(f"requests:{lease.nonce}")
    with capture_logs() as logs:
        await redis_nodes.client.rpush(requests, b"%d000 %s" % (seconds - 10, late))
        await eventually(lambda: any(entry["event"] == "live.request_too_late" for entry in logs))
    await until_accepted(node)
    assert carried_out == [asked()]


async def test_an_address_without_a_server_is_reported_without_its_password(tmp_path: Path) -> None:
    options = RedisOptions(url=f"unix://:hidden@{tmp_path}/no.sock", operation_seconds=0.2)

    async def one() -> int:
        return 1

    site = RedisSite(options, "one", one)
    with capture_logs() as logs:
        await site.start()
        await eventually(lambda: any(entry["event"] == "live.redis_failed" for entry in logs))
        await site.stop()
    assert "hidden" not in str(logs)
    assert not site.reachable
