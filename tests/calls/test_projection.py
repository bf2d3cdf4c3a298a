from __future__ import annotations

import pytest

from callcenter.calls.projection import NOBODY, Shown, everything, project
from callcenter.calls.requests import BrowserConnected
from callcenter.calls.states import AgentState, CallState, OfferState
from callcenter.calls.views import AgentView, CallView, LinkState, QueueView, ServerView
from callcenter.telephony.events import StationChanged, StationState
from routing.ids import QueueId, StationId
from tests.dispatch.scenes import ANNA, CALL, OTHER, answers, arrived, caller_hangs_up, held, offer, rings
from tests.support.playbook import MAIN, Playbook, plan


def view(play: Playbook, key: str) -> Shown:
    return next(iter(project(play.core.floor, [key])))


def test_a_call_is_shown_to_whom_it_concerns() -> None:
    play = Playbook(plan("anna", wrap_up_seconds=5)).synced()
    play.when(arrived(), held())
    assert view(play, f"call/{CALL}").audience == NOBODY
    play.ready("anna")
    shown = view(play, f"call/{CALL}")
    assert shown.audience == {ANNA}
    assert isinstance(shown.view, CallView)
    assert (shown.view.state, shown.view.offer_state) == (CallState.OFFERED, OfferState.RINGING)
    play.when(*rings("anna"), *answers(), *caller_hangs_up())
    shown = view(play, f"call/{CALL}")
    assert shown.audience == {ANNA}
    assert isinstance(shown.view, CallView)
    assert (shown.view.state, shown.view.offer, shown.view.ended_at) == (CallState.ENDED, offer(1), play.now)
    play.wait(5)
    assert f"call/{CALL}" in play.last.changed
    assert view(play, f"call/{CALL}") == Shown(f"call/{CALL}", None, NOBODY)


def test_an_agent_sees_himself_and_his_phone() -> None:
    play = Playbook(plan("anna")).synced().ready("anna").when(BrowserConnected(ANNA, "tab"))
    shown = view(play, "agent/anna")
    assert shown.audience == {ANNA}
    assert isinstance(shown.view, AgentView)
    assert (shown.view.state, shown.view.station_ready, shown.view.browser) == (AgentState.READY, True, True)
    play.when(StationChanged(MAIN, StationId("aanna"), StationState.UNAVAILABLE))
    assert "agent/anna" in play.last.changed
    changed = view(play, "agent/anna").view
    assert isinstance(changed, AgentView)
    assert not changed.station_ready


def test_queues_and_servers_are_everyones() -> None:
    play = Playbook(plan("anna", "boris")).synced().ready("anna")
    play.when(arrived(), held()).wait(3).when(arrived(OTHER), held(OTHER))
    shown = view(play, "queue/sales")
    assert shown.audience is None
    assert shown.view == QueueView("queue", QueueId("sales"), "Sales", 2, play.now - 3, 0, 0, 1, 0)
    play.when(*rings("anna"), *answers())
    assert view(play, "queue/sales").view == QueueView(
        "queue", QueueId("sales"), "Sales", 1, play.now, 1, 0, 1, 0
    )
    server = view(play, "server/main")
    assert server.audience is None
    assert isinstance(server.view, ServerView)
    assert server.view.link is LinkState.UP


def test_every_entity_can_be_shown() -> None:
    play = Playbook(plan("anna")).synced().when(arrived(), held())
    keys = list(everything(play.core.floor))
    assert keys == ["server/main", "queue/sales", "agent/anna", f"call/{CALL}", "colleague/anna"]
    assert all(shown.view is not None for shown in project(play.core.floor, keys))
    with pytest.raises(ValueError, match="no such kind"):
        view(play, "nonsense/1")
