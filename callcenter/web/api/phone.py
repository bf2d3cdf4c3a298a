"""The phone in an agent's browser: what it registers with, and how well it hears."""

from __future__ import annotations

from callcenter.calls.states import AgentState, LegRole
from callcenter.history.quality import QualityPart
from callcenter.history.queries import InteractionDetail
from callcenter.web.context import SESSION_ID, Context
from callcenter.web.endpoint import Endpoints
from callcenter.web.phone_schemas import CallQuality, IceServer, PhoneAccess, PhoneCredential
from callcenter.web.picture import state_in
from callcenter.web.problems import ProblemError
from callcenter.web.schemas import CallPath
from callcenter.web.sip import credentials
from callcenter.web.sip.ice import IceServers, servers_for
from routing.ids import AgentId, CallId

routes = Endpoints("phone")

DOMAIN = "callcenter.invalid"
"""Of the stations' SIP addresses; Asterisk knows them by the user alone."""


@routes.post("/phone/credentials", problems=(403,))
async def phone_credentials(context: Context) -> PhoneAccess:
    """A short-lived credential for the phone in this browser.

    It is bound to this session and to the agent's station, and lasts for minutes: ask for the next in time.
    """
    agent, station = context.agent, context.user.station
    assert station is not None, f"agent {agent} without a station"
    line = context.deps.phones(station)
    if line is None:
        return PhoneAccess(station=station, credential=None)
    now = context.deps.clock.now()
    expires_at = now + credentials.LIFETIME
    token = credentials.make(line.key, context.request[SESSION_ID], station, expires_at)
    credential = PhoneCredential(
        uri=f"sip:{station}@{DOMAIN}",
        token=token,
        expires_at=float(int(expires_at)),
        renew_seconds=credentials.LIFETIME / 2,
        ice_servers=_ice_servers(servers_for(line.ice, station, now)),
    )
    return PhoneAccess(station=station, credential=credential)


def _ice_servers(found: IceServers) -> list[IceServer]:
    servers = [IceServer(urls=list(found.stun))] if found.stun else []
    if found.turn:
        relays = list(found.turn)
        servers.append(IceServer(urls=relays, username=found.username, credential=found.password))
    return servers


@routes.post("/calls/{call}/quality", problems=(403, 404))
async def report_quality(context: Context, path: CallPath, body: CallQuality) -> None:
    """Add what this browser measured of a call that its agent talks or talked on."""
    call, agent, station = CallId(path.call), context.agent, context.user.station
    # While they talk the live picture knows: every browser tells every few seconds.
    if state_in(context, agent, call) != AgentState.TALKING:
        record = await context.deps.history.interaction(call)
        if record is None:
            raise ProblemError(404, "no such call")
        if not _talked(record, agent):
            raise ProblemError(403, "not a call of yours")
    part = QualityPart(**body.model_dump())
    await context.deps.quality.add(call, agent, station or "", part, context.deps.clock.now())


def _talked(record: InteractionDetail, agent: AgentId) -> bool:
    return any(leg.role is LegRole.AGENT and leg.agent == agent for leg in record.legs)
