"""The single consumer: brings every input to the core, one after the other, and carries out what it says.

Theory of operation. Everything enters by one bounded inbox. Inputs are taken in batches of a few
milliseconds; for each batch the facts go to the ledger first (write-ahead: what we did is known before it is
done), then the commands are sent, the requests answered, and the changed entities published, once each. Then
the event loop gets its turn. The core's timers are one ``call_later``.

Nothing of ours stops the loop: an input on which a rule breaks is handed to the core's quarantine, and a
ledger that refuses keeps its entries waiting here while calls go on."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import structlog
from prometheus_client import CollectorRegistry

from callcenter.calls.callers import CallerFound
from callcenter.calls.ledger import LedgerEntry
from callcenter.calls.requests import Refusal, Refused, Reply, Request
from callcenter.calls.restored import Restored
from callcenter.calls.views import EntityUpdate, LinkState, call_key
from callcenter.clock import Clock
from callcenter.dispatch.claims import ClaimDesk, NoClaims
from callcenter.dispatch.core import Core
from callcenter.dispatch.inputs import CallbacksKept, ClaimAnswered, ClientFound, Input, PlanChanged, Tick
from callcenter.dispatch.look_ups import LookUps
from callcenter.dispatch.metrics import RunnerMetrics
from callcenter.dispatch.options import Command, Outcome
from callcenter.dispatch.pictures import Pictures
from callcenter.dispatch.ports import ClaimCallback, Claims, Directory, Ledger, LookUpClient, Telephony
from callcenter.telephony.events import LinkLost, ServerSynced, StepEnded, TelephonyEvent
from routing.ids import ServerId

log = structlog.get_logger(__name__)


class RunnerState(StrEnum):
    STARTING = "starting"  # the plan and the restored floor aren't in yet
    RESYNCING = "resyncing"  # no telephony server is listed: nothing can be routed
    SERVING = "serving"
    DRAINING = "draining"  # takes no more requests, finishes what is in the inbox
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class RunnerOptions:
    """``inbox`` and ``requests`` bound the inputs that wait, of all kinds and of people's. A batch ends after
    ``batch`` inputs or ``batch_seconds``. ``look_up_timeout`` and ``claim_timeout`` are in seconds;
    ``unwritten`` bounds the entries kept for a ledger that refuses them."""

    inbox: int = 50_000
    requests: int = 2_000
    batch: int = 256
    batch_seconds: float = 0.003
    look_ups: int = 8
    look_up_backlog: int = 2_000
    look_up_timeout: float = 2.0
    claim_timeout: float = 5.0
    unwritten: int = 200_000


@dataclass(slots=True)
class _Job:
    given: Input
    reply: asyncio.Future[Reply] | None


class Runner:
    """Compose, then ``run`` in a task of the owner's; ``post`` and ``submit`` from the same event loop.

    ``publish`` brings updates to browsers and must not block. ``term`` is the lease's fencing token, under
    which the ledger counts from 1. Without ``claims`` nobody is called back."""

    def __init__(
        self,
        core: Core,
        *,
        telephony: Telephony,
        directory: Directory,
        ledger: Ledger,
        publish: Callable[[Sequence[EntityUpdate]], None],
        clock: Clock,
        term: int,
        registry: CollectorRegistry,
        options: RunnerOptions | None = None,
        claims: Claims | None = None,
    ) -> None:
        self._core = core
        self._telephony = telephony
        self._ledger = ledger
        self._publish = publish
        self._clock = clock
        self._term = term
        self._options = options if options is not None else RunnerOptions()
        self._inbox: deque[_Job] = deque()
        self._requests = 0
        self._overflowed: dict[ServerId, None] = {}
        self._numbered = 0
        self._unwritten: list[LedgerEntry] = []
        self._now = clock.now()
        self._wake_at: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._work = asyncio.Event()
        self._serving = asyncio.Event()
        self._state = RunnerState.STARTING
        self._pictures = Pictures(core.floor)
        self._changed: dict[str, None] = {}
        self._passed_over: set[str] = set()
        self._metrics = RunnerMetrics(registry, lambda: len(self._inbox), core)
        self._look_ups = LookUps(
            directory,
            self._looked_up,
            self._metrics,
            at_once=self._options.look_ups,
            backlog=self._options.look_up_backlog,
            timeout=self._options.look_up_timeout,
        )
        self._claims = ClaimDesk(
            NoClaims() if claims is None else claims,
            self._claimed,
            term=term,
            timeout=self._options.claim_timeout,
        )

    @property
    def state(self) -> RunnerState:
        return self._state

    async def ready(self) -> None:
        """Returns once a telephony server is listed and calls can be routed."""
        await self._serving.wait()

    # Ways in

    def post(self, given: TelephonyEvent | PlanChanged | CallbacksKept) -> None:
        """Put an event in the inbox; never blocks, never raises.

        Overflow policy: an event of a server is dropped when the inbox is full, and once it has room again
        the server is listed (``Audit``), which tells what the lost events would have. ``ServerSynced``,
        ``LinkLost`` and plans are always taken: they are few, and nothing makes up for them."""
        if self._state is RunnerState.STOPPED:
            return
        if len(self._inbox) >= self._options.inbox and not isinstance(
            given, ServerSynced | LinkLost | PlanChanged | CallbacksKept
        ):
            self._overflowed[given.server] = None
            self._metrics.dropped.labels(given.server).inc()
            return
        self._put(_Job(given, None))

    async def submit(self, request: Request) -> Reply:
        """Ask the core and wait for its answer.

        Overflow policy: refused as BUSY when too many requests wait or the runner is stopping; as STARTING
        before the floor is restored."""
        if self._state is RunnerState.STARTING:
            return self._refuse(Refusal.STARTING)
        if self._state in (RunnerState.DRAINING, RunnerState.STOPPED):
            return self._refuse(Refusal.BUSY)
        if self._requests >= self._options.requests or len(self._inbox) >= self._options.inbox:
            return self._refuse(Refusal.BUSY)
        reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._requests += 1
        self._put(_Job(request, reply))
        return await reply

    def _refuse(self, refusal: Refusal) -> Refused:
        self._metrics.refused.labels(refusal.value).inc()
        return Refused(refusal, f"the server is {self._state}, with {len(self._inbox)} inputs waiting")

    def _put(self, job: _Job) -> None:
        self._inbox.append(job)
        self._work.set()

    def _looked_up(self, wanted: LookUpClient, found: CallerFound | None) -> None:
        if self._state is RunnerState.STOPPED:
            return
        typed = bool(wanted.typed)
        if found is None:
            self._put(_Job(ClientFound(wanted.call, None, 0, typed=typed), None))
            return
        # Digits that name nobody don't undo what the number said.
        wrong = typed and found.client is None
        if not wrong and self._pictures.keep_card(wanted.call, found.card):
            self._changed[call_key(wanted.call)] = None
        self._put(
            _Job(
                ClientFound(wanted.call, found.client, found.candidates, found.value, found.agents, typed),
                None,
            )
        )

    def _claimed(self, wanted: ClaimCallback, granted: bool | None) -> None:
        if self._state is not RunnerState.STOPPED:
            self._put(_Job(ClaimAnswered(wanted.callback, wanted.attempt, wanted.call, granted), None))

    # The loop

    async def run(self, plan: PlanChanged, restored: Restored | None = None) -> None:
        """Take in the plan and the restored floor, then serve until ``stop`` or cancellation."""
        try:
            first = [_Job(plan, None)] if restored is None else [_Job(plan, None), _Job(restored, None)]
            self._inbox.extendleft(reversed(first))
            self._handle_batch()
            self._note_state()
            while self._inbox or self._state is not RunnerState.DRAINING:
                if not self._inbox and not self._changed and not self._overflowed:
                    await self._work.wait()
                self._work.clear()
                self._handle_batch()
                self._note_state()
                await asyncio.sleep(0)
        finally:
            await self._close()

    async def stop(self, *, drain: bool = True) -> None:
        """Take no more requests; ``run`` returns after what is in the inbox, or at once without ``drain``
        (the lease is lost: another node routes already)."""
        if self._state is RunnerState.STOPPED:
            return
        self._state = RunnerState.DRAINING
        if not drain:
            self._refuse_all()
        self._work.set()

    def _note_state(self) -> None:
        if self._state in (RunnerState.DRAINING, RunnerState.STOPPED):
            return
        up = any(server.link is LinkState.UP for server in self._core.floor.servers.values())
        self._state = RunnerState.SERVING if up else RunnerState.RESYNCING
        if up:
            self._serving.set()
        else:
            self._serving.clear()

    def _handle_batch(self) -> None:
        outcomes: list[tuple[_Job | None, Outcome]] = []
        limit, started = self._options.batch, time.perf_counter()
        while self._inbox and len(outcomes) < limit:
            job = self._inbox.popleft()
            outcomes.append((job, self._handle(job.given)))
            if time.perf_counter() - started > self._options.batch_seconds:
                break
        if self._wake_at is not None and self._wake_at <= self._clock.now():
            outcomes.append((None, self._handle(Tick())))
        if self._overflowed and len(self._inbox) < self._options.inbox // 2:
            for server in self._overflowed:
                outcomes.append((None, self._core.audit(server, self._now)))
                self._wake_at = outcomes[-1][1].wake_at
            self._overflowed.clear()
        self._write(outcomes)
        for done, outcome in outcomes:
            for command in outcome.commands:
                self._send(command)
            self._changed.update(dict.fromkeys(outcome.changed))
            if done is not None and done.reply is not None:
                self._requests -= 1
                if not done.reply.done():
                    done.reply.set_result(self._reply(outcome))
        now = self._clock.now()
        if self._changed:
            updates = self._pictures.updates(self._changed, now)
            self._changed = {}
            if updates:
                self._publish(updates)
        if gathered := self._pictures.gathered(now):
            self._publish(gathered)
        self._set_timer()

    def _handle(self, given: Input) -> Outcome:
        if isinstance(given, StepEnded) and given.missing:
            self._note_missing(given)
        now = self._now = max(self._now, self._clock.now())
        started = time.perf_counter()
        try:
            outcome = self._core.handle(given, now)
        except Exception as error:
            log.exception("core.rule_broken", input=type(given).__name__)
            outcome = self._core.quarantine(given, error, now)
        self._metrics.handle.observe(time.perf_counter() - started)
        self._wake_at = outcome.wake_at
        return outcome

    def _note_missing(self, ended: StepEnded) -> None:
        """Count what Asterisk did not find while a caller listened, and say it once for each prompt."""
        for prompt in ended.missing:
            self._metrics.prompts_missing.labels(prompt).inc()
            if prompt not in self._passed_over:
                self._passed_over.add(prompt)
                log.warning(
                    "prompt.passed_over",
                    prompt=prompt,
                    server=ended.server,
                    remedy="see that Asterisk reads the folder of prompts; callcenter prompts check",
                )

    def _reply(self, outcome: Outcome) -> Reply:
        reply = outcome.reply
        if reply is None:
            return Refused(Refusal.NOT_ALLOWED_NOW, "the core gave no answer")
        if isinstance(reply, Refused):
            self._metrics.refused.labels(reply.refusal.value).inc()
        return reply

    def _write(self, outcomes: list[tuple[_Job | None, Outcome]]) -> None:
        entries = self._unwritten
        for _, outcome in outcomes:
            for fact in outcome.facts:
                self._numbered += 1
                entries.append(LedgerEntry(self._term, self._numbered, fact))
                self._metrics.count(fact)
        if not entries:
            return
        try:
            self._ledger.append(entries)
            self._unwritten = []
        except Exception:
            # Live callers outrank their history: go on, and offer the entries again with the next batch.
            log.exception("ledger.append_failed", waiting=len(entries))
            if len(entries) > self._options.unwritten:
                log.critical("ledger.entries_lost", lost=len(entries) - self._options.unwritten)
                del entries[: -self._options.unwritten]

    def _send(self, command: Command) -> None:
        if isinstance(command, LookUpClient):
            self._look_ups.start(command)
        elif isinstance(command, ClaimCallback):
            self._claims.start(command)
        else:
            self._telephony.send(command)

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = (self._wake_at, self._pictures.due_at)
        if any(at is not None for at in due):
            wake_at = min(at for at in due if at is not None)
            delay = max(0.0, wake_at - self._clock.now())
            self._timer = asyncio.get_running_loop().call_later(delay, self._work.set)

    # The end

    def _refuse_all(self) -> None:
        while self._inbox:
            job = self._inbox.popleft()
            if job.reply is not None and not job.reply.done():
                job.reply.set_result(Refused(Refusal.BUSY, "the server stops"))

    async def _close(self) -> None:
        self._state = RunnerState.STOPPED
        self._serving.clear()
        if self._timer is not None:
            self._timer.cancel()
        self._refuse_all()
        await self._look_ups.close()
        await self._claims.close()
