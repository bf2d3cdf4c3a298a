"""Events per CPU second: our link against stock panoramisk, on the same recorded stream.

``python -m benchmarks.ami`` (or ``./dev bench ami``). One call of a real Asterisk 22, recorded by
``tests/telephony/record.py`` for a manager user without event filters, is repeated with ids of its own each
time. A feeder process writes it to a TCP socket on loopback; the measured process reads it, reference and
product in turn:

- reference: ``panoramisk.Manager`` as it comes, with one synchronous ``*`` callback that only puts on a
  queue;
- product: ``AmiLink`` as the server runs it, from the socket to typed events in a queue, metrics included.

Only the measured process's own CPU counts, from the order to write until the last event is on the queue, and
each checks that nothing was lost: the reference by events, the product by events and by typed events posted.

Asterisk's ``eventfilter`` of our ``manager.conf`` strips VarSet, Newexten, RTCP and TestEvent, three quarters
of the stream. ``filtered_ratio`` is the same race on what is left: there most of what is dropped unread never
comes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import re
import socket
import statistics
import time
from collections import deque
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

RECORDED = Path(__file__).parent / "data" / "call.ami"
FILTERED = frozenset({b"VarSet", b"Newexten", b"RTCPSent", b"RTCPReceived", b"TestEvent"})
"""What ``config/asterisk/manager.conf`` keeps from us."""
SECONDS = 60.0


def recorded_call(*, filtered: bool) -> bytes:
    """The frames of one call, as they stood on the wire."""
    frames = RECORDED.read_bytes().split(b"\r\n\r\n")[:-1]
    kept = [
        frame
        for frame in frames
        if not (filtered and frame.split(b"\r\n", 1)[0].removeprefix(b"Event: ") in FILTERED)
    ]
    return b"\r\n\r\n".join(kept) + b"\r\n\r\n"


def repeated(call: bytes, calls: int) -> bytes:
    """So many calls, with Uniqueids, channel names and bridge ids of their own."""
    found = re.search(rb"Uniqueid: (rig-\d+)\.\d+\r\n", call)
    assert found is not None
    base = found[1]
    bridge = re.search(rb"BridgeUniqueid: (\S+)\r\n", call)
    assert bridge is not None
    return b"".join(
        call.replace(base + b".", b"rig-%d." % (1_800_000_000 + number))
        .replace(b"-0000", b"-%04x" % (number & 0xFFFF))
        .replace(bridge[1], b"00000000-0000-0000-0000-%012x" % number)
        for number in range(calls)
    )


def feed(pipe: Connection, stream: bytes) -> None:
    """A process that is an AMI server as far as both sides need one: it accepts, answers, and writes the
    stream when it is first pinged. Serves one connection after another until it is ended."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        pipe.send(server.getsockname()[1])
        while True:
            link, _ = server.accept()
            with link:
                link.sendall(b"Asterisk Call Manager/11.0.0\r\n")
                buffered, written = b"", False
                while data := _read(link):
                    *actions, buffered = (buffered + data).split(b"\r\n\r\n")
                    for action in actions:
                        link.sendall(_answer(action))
                        if b"Action: Ping" in action and not written:
                            written = True
                            link.sendall(stream)


def _read(link: socket.socket) -> bytes:
    try:
        return link.recv(65536)
    except OSError:
        return b""


def _answer(action: bytes) -> bytes:
    headers = dict(line.split(b": ", 1) for line in action.split(b"\r\n"))
    action_id = b"ActionID: %s\r\n" % headers[b"ActionID"]
    if headers[b"Action"] in (b"Status", b"DeviceStateList"):
        return (
            b"Response: Success\r\n%sEventList: start\r\n\r\nEvent: %sComplete\r\n%sListItems: 0\r\n\r\n"
        ) % (action_id, headers[b"Action"], action_id)
    return b"Response: Success\r\n%sMessage: done\r\n\r\n" % action_id


async def _reference(port: int, events: int) -> tuple[float, int]:
    from panoramisk import Manager

    queue: deque[object] = deque()
    done = asyncio.Event()

    def put(manager: object, event: object) -> None:
        queue.append(event)
        if len(queue) >= events:
            done.set()

    manager = Manager(
        loop=asyncio.get_running_loop(), host="127.0.0.1", port=port, username="callcenter", secret="x"
    )
    await manager.connect()
    await asyncio.sleep(0.2)
    manager.register_event("*", put)
    began = time.process_time()
    manager.send_action({"Action": "Ping"})
    async with asyncio.timeout(SECONDS):
        await done.wait()
    spent = time.process_time() - began
    await asyncio.sleep(0.2)  # whatever came too much shows in the count
    manager.close()
    return spent, len(queue)


async def _product(port: int, typed: int) -> tuple[float, int, int]:
    from prometheus_client import CollectorRegistry

    from callcenter.clock import SystemClock
    from callcenter.telephony.ami import AmiLink, AmiMetrics, LinkOptions
    from callcenter.telephony.events import ServerSynced, TelephonyEvent
    from routing.ids import ServerId

    queue: deque[TelephonyEvent] = deque()
    synced, done = asyncio.Event(), asyncio.Event()

    def put(event: TelephonyEvent) -> None:
        if isinstance(event, ServerSynced):
            synced.set()
            return
        queue.append(event)
        if len(queue) >= typed:
            done.set()

    registry = CollectorRegistry()
    options = LinkOptions(
        ServerId("bench"), "127.0.0.1", "callcenter", "x", port=port, ping_interval=0.2, ping_timeout=60.0
    )
    link = AmiLink(options, put, SystemClock(), AmiMetrics(registry))

    def counted() -> int:
        return sum(
            int(
                registry.get_sample_value("callcenter_ami_events_total", {"server": "bench", "class": one})
                or 0
            )
            for one in ("wanted", "dropped", "unknown")
        )

    await link.start()
    async with asyncio.timeout(SECONDS):
        await synced.wait()
        before = counted()  # the ends of the two lists
        began = time.process_time()
        # The link's first ping is the order to write; its later ones are no more than any link's.
        await done.wait()
    spent = time.process_time() - began
    await link.stop()
    return spent, len(queue), counted() - before


def _run(side: str, port: int, expected: int, pipe: Connection) -> None:
    """A measured process."""
    if side == "reference":
        pipe.send(asyncio.run(_reference(port, expected)))
    else:
        pipe.send(asyncio.run(_product(port, expected)))


def typed_events(call: bytes) -> int:
    """How many typed events a call's frames are."""
    from callcenter.telephony.ami.frames import Framer
    from callcenter.telephony.ami.names import IGNORED, WANTED
    from callcenter.telephony.ami.parse import Translator
    from routing.ids import ServerId

    translator = Translator(ServerId("bench"))
    frames = Framer(WANTED, IGNORED, 65_536).feed(call)
    return sum(translator.translate(frame) is not None for frame in frames)


def race(*, filtered: bool, calls: int, repeats: int) -> dict[str, object]:
    """Reference and product in turn, ``repeats`` times each. Raises ``RuntimeError`` when anything was
    lost."""
    context = multiprocessing.get_context("spawn")
    call = recorded_call(filtered=filtered)
    events, typed = call.count(b"\r\n\r\n") * calls, typed_events(call) * calls
    here, there = context.Pipe()
    feeder = context.Process(target=feed, args=(there, repeated(call, calls)), daemon=True)
    feeder.start()
    rates: dict[str, list[float]] = {"reference": [], "product": []}
    try:
        port = here.recv()
        for _ in range(repeats):
            for side, expected in (("reference", events), ("product", typed)):
                ours, theirs = context.Pipe()
                process = context.Process(target=_run, args=(side, port, expected, theirs), daemon=True)
                process.start()
                theirs.close()
                try:
                    spent, came, *counted = ours.recv()
                except EOFError:
                    raise RuntimeError(f"the {side} ended without a result") from None
                process.join()
                if came != expected or counted not in ([], [events]):
                    raise RuntimeError(f"the {side} took {came} {counted} of {expected} [{events}]")
                rates[side].append(events / spent)
    finally:
        feeder.terminate()
        feeder.join()
    ratios = [ours / theirs for ours, theirs in zip(rates["product"], rates["reference"], strict=True)]
    return {
        "events": events,
        "typed": typed,
        "bytes_a_call": len(call),
        "reference": rates["reference"],
        "product": rates["product"],
        "ratios": ratios,
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Prints each repeat, and the figures as JSON on the last line. 1 when something was lost."""
    parser = argparse.ArgumentParser(prog="ami", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--calls", type=int, default=400, help="recorded calls in the stream")
    parser.add_argument("--repeats", type=int, default=5, help="runs of each side")
    options = parser.parse_args(argv)
    figures: dict[str, object] = {"bench": "ami"}
    for name, filtered in (("", False), ("filtered_", True)):
        try:
            # The filtered call has a quarter of the events.
            result = race(
                filtered=filtered, calls=options.calls * (3 if filtered else 1), repeats=options.repeats
            )
        except RuntimeError as problem:
            print(f"lost: {problem}")
            print(json.dumps({"bench": "ami", "lost": str(problem)}))
            return 1
        ratios, product, reference = (result[key] for key in ("ratios", "product", "reference"))
        assert isinstance(ratios, list)
        assert isinstance(product, list)
        assert isinstance(reference, list)
        print(f"{'behind the event filter' if filtered else 'as recorded'}: {result['events']} events,")
        print(f"  {result['bytes_a_call']} bytes a call, {result['typed']} typed events, nothing lost")
        for theirs, ours, ratio in zip(reference, product, ratios, strict=True):
            print(f"  panoramisk {theirs:9.0f}/s   link {ours:9.0f}/s   ratio {ratio:.2f}")
        figures |= {
            f"{name}ratio": round(statistics.median(ratios), 2),
            f"{name}ratio_min": round(min(ratios), 2),
            f"{name}ratio_max": round(max(ratios), 2),
            f"{name}events_per_cpu_second": round(statistics.median(product)),
            f"{name}reference_events_per_cpu_second": round(statistics.median(reference)),
            f"{name}events": result["events"],
        }
    print(json.dumps(figures | {"lost": 0, "repeats": options.repeats}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
