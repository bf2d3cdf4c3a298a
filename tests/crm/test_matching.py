"""Ranking those who share a number, with reasons."""

from __future__ import annotations

from dataclasses import replace

from callcenter.crm.matching import Evidence, rank
from callcenter.crm.views import ClientRank, ClientSummary, Reason, ReasonCode
from routing.ids import ClientId

NOW = 1764000000.0
DAY = 86_400.0


def _client(number: int, rank_: ClientRank = ClientRank.REGULAR) -> Evidence:
    summary = ClientSummary(ClientId(number), f"client {number}", "", rank_, ())
    return Evidence(summary, "", None, None, 0, 0, 0)


def _order(*evidence: Evidence) -> list[int]:
    return [one.client.id for one in rank(evidence, NOW).candidates]


def test_nobody_and_one() -> None:
    assert rank([], NOW).client is None
    alone = rank([replace(_client(7), label="мобильный")], NOW)
    assert alone.client == 7
    assert alone.candidates[0].reasons == (Reason(ReasonCode.NUMBER, "мобильный"),)


def test_of_several_nobody_is_taken_for_granted() -> None:
    match = rank([_client(1), _client(2, ClientRank.VIP)], NOW)
    assert match.client is None
    assert len(match.candidates) == 2


def test_a_pick_decides_over_everything_else() -> None:
    busy = replace(_client(1, ClientRank.VIP), spoke_at=NOW, tickets=3, deals=2, tasks=1)
    picked = replace(_client(2, ClientRank.RISK), picked_by="anna")
    match = rank([busy, picked], NOW)
    assert match.client == 2
    assert [one.client.id for one in match.candidates] == [2, 1]
    assert match.candidates[0].reasons[0] == Reason(ReasonCode.PICKED, "anna")


def test_spoken_with_lately_comes_first_then_open_things_then_rank() -> None:
    lately = replace(_client(4), spoke_at=NOW - DAY)
    ticket = replace(_client(3), tickets=1)
    vip = _client(2, ClientRank.VIP)
    plain = _client(1)
    assert _order(plain, vip, ticket, lately) == [4, 3, 2, 1]


def test_what_was_long_ago_counts_little() -> None:
    assert _order(replace(_client(1), spoke_at=NOW - 400 * DAY), replace(_client(2), tickets=1)) == [2, 1]


def test_a_clock_ahead_of_ours_does_no_harm() -> None:
    match = rank([replace(_client(1), spoke_at=NOW + DAY)], NOW)
    assert match.candidates[0].score < 100


def test_equals_are_ordered_by_id() -> None:
    assert _order(_client(3), _client(1), _client(2)) == [1, 2, 3]


def test_every_weight_has_its_reason() -> None:
    all_of_it = replace(
        _client(1, ClientRank.VIP), label="раб.", spoke_at=0.0, tickets=2, deals=1, tasks=4, picked_by="boris"
    )
    assert [(r.code.value, r.detail) for r in rank([all_of_it], NOW).candidates[0].reasons] == [
        ("picked", "boris"),
        ("number", "раб."),
        ("spoke", "1970-01-01T00:00:00Z"),
        ("ticket", "2"),
        ("deal", "1"),
        ("task", "4"),
        ("rank", "vip"),
    ]
