"""Flows, opening hours and the emergency closing; what they come to before they are in force."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import asdict

from callcenter.flows.documents import (
    EmergencyDocument,
    FlowDocument,
    HoursDocument,
    emergency_document,
    emergency_of,
    flow_document,
    flow_of,
    hours_document,
    hours_of,
)
from callcenter.people import edits
from callcenter.people.changes import CALENDAR
from callcenter.people.check import check_plan, newly_wrong
from callcenter.people.site_plan import Edit
from callcenter.web.context import Context
from callcenter.web.endpoint import Endpoints
from callcenter.web.flow_schemas import (
    Emergency,
    FlowCheckForm,
    FlowList,
    FlowPath,
    FlowSettings,
    FlowTestForm,
    FlowWalk,
    HoursList,
    HoursPath,
    HoursSettings,
    PlanMistake,
    PlanMistakes,
    WalkMove,
    WalkTrace,
)
from callcenter.web.problems import ProblemError
from routing.acd.directory import PlanDirectory
from routing.acd.model import Work
from routing.callbacks import Unkeepable
from routing.flows.directory import FlowDirectory
from routing.flows.model import Flow, Hours
from routing.flows.moves import QueueState
from routing.flows.tester import Happened, Script, walk
from routing.ids import QueueId

routes = Endpoints("flows")


@routes.get("/flows")
async def list_flows(context: Context) -> FlowList:
    """All flows, by id, and what is wrong in the plan."""
    plan = await context.deps.plans.site_plan()
    found = await asyncio.to_thread(check_plan, plan, CALENDAR, context.deps.clock.now())
    return FlowList(
        items=[_flow(flow) for flow in plan.flows.flows],
        mistakes=[PlanMistake.model_validate(it) for it in found],
    )


# Before /flows/{flow}, which would take its address; so no flow may be called so.
@routes.get("/flows/emergency")
async def get_emergency(context: Context) -> Emergency:
    """Whether, and what, is closed at once."""
    plan = await context.deps.plans.site_plan()
    return Emergency(**emergency_document(plan.flows.emergency).model_dump())


@routes.put("/flows/emergency")
async def set_emergency(context: Context, body: EmergencyDocument) -> Emergency:
    """Close flows at once, or open them again. Calls that wait or talk already are left alone."""
    await context.edit(edits.set_emergency(emergency_of(body)), within="emergency")
    return Emergency(**body.model_dump())


@routes.get("/flows/{flow}", problems=(404,))
async def get_flow(context: Context, path: FlowPath) -> FlowSettings:
    """One flow."""
    plan = await context.deps.plans.site_plan()
    found = next((flow for flow in plan.flows.flows if flow.id == path.flow), None)
    if found is None:
        raise ProblemError(404, "no such flow")
    return _flow(found)


@routes.put("/flows/{flow}")
async def put_flow(context: Context, path: FlowPath, body: FlowDocument) -> FlowSettings:
    """Add a flow, or replace it. Calls that are in it go on by the new one where they can."""
    flow = flow_of(path.flow, body)
    await context.edit(edits.put_flow(flow), within=f"flows.{path.flow}")
    return _flow(flow)


@routes.delete("/flows/{flow}", problems=(404,))
async def remove_flow(context: Context, path: FlowPath) -> None:
    """Remove a flow. Refused while another one jumps to it."""
    await context.edit(edits.remove_flow(path.flow), within=f"flows.{path.flow}")


@routes.post("/flows/check")
async def check_flows(context: Context, body: FlowCheckForm) -> PlanMistakes:
    """Everything that would be wrong if these flows and hours were put now. Changes nothing."""
    before = await context.deps.plans.site_plan()
    after = _tried(body.flows, body.hours)(before)
    now = context.deps.clock.now()
    errors, warnings = await asyncio.to_thread(newly_wrong, before, after, CALENDAR, now)
    return PlanMistakes(mistakes=[PlanMistake.model_validate(it) for it in (*errors, *warnings)])


@routes.post("/flows/test")
async def test_flow(context: Context, body: FlowTestForm) -> FlowWalk:
    """What would happen to a call, step by step. Changes nothing, and calls nobody."""
    plan = _tried(body.flows, body.hours)(await context.deps.plans.site_plan())
    routing = plan.tolerant_routing()
    agents = PlanDirectory(routing)

    def keeps(queue: QueueId, number: str, at: float) -> Unkeepable | None:
        return context.deps.callback_terms.unkeepable(number, agents.anyone_for(queue, Work.CALLBACK), at)

    script = Script(
        dialled=body.dialled,
        at=context.deps.clock.now() if body.at is None else body.at,
        number=body.number,
        known=body.known,
        value=body.value,
        keys=tuple(body.keys),
        key_in_queue=body.key_in_queue,
        clients=body.clients,
        queues={
            QueueId(queue): QueueState(now.waiting, now.able, now.expected_wait)
            for queue, now in body.queues.items()
        },
        patience=body.patience,
        answered_outside=body.answered_outside,
        keeps=keeps,
    )
    walked = walk(FlowDirectory(plan.flows, routing, CALENDAR), script)
    return FlowWalk(
        moves=[_move(happened) for happened in walked.happened],
        ending=walked.ending,
        ended_at=walked.at,
        queue=walked.queue,
        number=walked.number,
    )


@routes.get("/hours")
async def list_hours(context: Context) -> HoursList:
    """All opening hours, by id."""
    plan = await context.deps.plans.site_plan()
    return HoursList(items=[_hours(hours) for hours in plan.flows.hours])


@routes.put("/hours/{hours}")
async def put_hours(context: Context, path: HoursPath, body: HoursDocument) -> HoursSettings:
    """Add opening hours, or replace them."""
    hours = hours_of(path.hours, body)
    await context.edit(edits.put_hours(hours), within=f"hours.{path.hours}")
    return _hours(hours)


@routes.delete("/hours/{hours}", problems=(404,))
async def remove_hours(context: Context, path: HoursPath) -> None:
    """Remove opening hours. Refused while a flow asks for them."""
    await context.edit(edits.remove_hours(path.hours), within=f"hours.{path.hours}")


def _tried(flows: Mapping[str, FlowDocument], hours: Mapping[str, HoursDocument]) -> Edit:
    return edits.all_of(
        *(edits.put_hours(hours_of(*item)) for item in hours.items()),
        *(edits.put_flow(flow_of(*item)) for item in flows.items()),
    )


def _flow(flow: Flow) -> FlowSettings:
    return FlowSettings(id=flow.id, **flow_document(flow).model_dump())


def _hours(hours: Hours) -> HoursSettings:
    return HoursSettings(id=hours.id, **hours_document(hours).model_dump())


def _move(happened: Happened) -> WalkMove:
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(happened.action).__name__).lower()
    return WalkMove(
        at=happened.at,
        trace=[
            WalkTrace(flow=it.flow, step=it.step, why=it.why, told=dict(it.told)) for it in happened.trace
        ],
        action=name,
        details=asdict(happened.action),
    )
