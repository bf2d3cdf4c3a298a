"""Several servers from one process."""

from __future__ import annotations

import pytest

from callcenter.dispatch.ports import Telephony
from callcenter.telephony.ami import AmiFleet, AmiLink, LinkState
from callcenter.telephony.commands import HangUp, Hold
from callcenter.telephony.events import CallArrived, CommandFailed, LinkLost, ServerSynced
from routing.ids import CallId, LegId, ServerId
from tests.telephony.conftest import Rig
from tests.telephony.fake_ami import FakeAmi
from tests.telephony.test_link import arrival

SPB = ServerId("spb")
MSK = ServerId("msk")


def pair(rig: Rig, other: FakeAmi) -> tuple[AmiLink, AmiLink]:
    return rig.link(server=MSK), rig.link(server=SPB, port=other.port)


async def test_two_servers_with_the_same_uniqueids(rig: Rig) -> None:
    async with FakeAmi() as other:
        fleet = AmiFleet(pair(rig, other))
        port: Telephony = fleet
        await fleet.start()
        await rig.posted.seen(ServerSynced, 2)
        rig.fake.session.send(arrival(1))
        other.session.send(arrival(1))
        await rig.posted.seen(CallArrived, 2)
        calls = {(one.server, one.call) for one in rig.posted.of(CallArrived)}  # type: ignore[union-attr]
        assert calls == {(MSK, "msk:1.1"), (SPB, "spb:1.1")}
        port.send(Hold(SPB, CallId("spb:1.1")))
        await other.action("Redirect")
        port.send(HangUp(MSK, CallId("msk:1.1"), LegId("msk:1.1")))
        await rig.fake.action("Hangup")
        assert (rig.fake.count("Redirect"), other.count("Hangup")) == (0, 0)

        # One goes, the other serves on.
        other.session.drop()
        lost = await rig.posted.seen(LinkLost)
        assert isinstance(lost, LinkLost)
        assert lost.server == SPB
        assert fleet.states()[MSK] is LinkState.SERVING
        await rig.posted.seen(ServerSynced, 3)
        assert rig.fake.connections == 1

        fleet.pause_heartbeat()
        fleet.resume_heartbeat()
        fleet.cut("lease lost")
        await rig.posted.seen(LinkLost, 3)
        await fleet.stop()
        assert set(fleet.states().values()) == {LinkState.STOPPED}


async def test_a_server_that_is_not_of_the_fleet(rig: Rig) -> None:
    fleet = AmiFleet([rig.link()])
    fleet.send(Hold(SPB, CallId("spb:1.1")))
    assert rig.posted.events == [
        CommandFailed(SPB, CallId("spb:1.1"), None, "Hold", "no such server", timed_out=False)
    ]


async def test_a_fleet_has_one_link_a_server(rig: Rig) -> None:
    with pytest.raises(ValueError, match="a server of its own"):
        AmiFleet([])
    with pytest.raises(ValueError, match="a server of its own"):
        AmiFleet([rig.link(), rig.link()])
