"""Records as rows, and the statements that write them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any

from sqlalchemy import insert, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from callcenter.calls.facts import AgentStateChanged, BlindInterval, BrowserChanged, Fact, IntentChanged
from callcenter.calls.states import AgentState, Intent
from callcenter.history.documents import Document
from callcenter.history.models import (
    AgentBrowserRow,
    AgentIntentRow,
    AgentStateRow,
    BlindIntervalRow,
    CallRow,
    LedgerRow,
    LegRow,
    OfferRow,
)
from callcenter.history.records import CallRecord, LegRecord, OfferRecord

_NOT_COLUMNS = frozenset({"picked", "legs", "offers"})
CALL_COLUMNS = tuple(field.name for field in fields(CallRecord) if field.name not in _NOT_COLUMNS)
LEG_COLUMNS = tuple(field.name for field in fields(LegRecord))
OFFER_COLUMNS = tuple(field.name for field in fields(OfferRecord))
_call_values = attrgetter(*CALL_COLUMNS)
_leg_values = attrgetter(*LEG_COLUMNS)
_offer_values = attrgetter(*OFFER_COLUMNS)

LEDGER_INSERT = insert(LedgerRow)
AGENT_STATE_INSERT = insert(AgentStateRow)
BLIND_INTERVAL_INSERT = insert(BlindIntervalRow)


@cache
def upsert_of(table: type[CallRow] | type[LegRow] | type[OfferRow], dialect: str) -> Any:
    """Insert a whole row, or replace the one with its key."""
    statement = (postgresql if dialect == "postgresql" else sqlite).insert(table)
    key = [column.name for column in table.__table__.primary_key]
    others = {
        column.name: statement.excluded[column.name]
        for column in table.__table__.columns
        if column.name not in key
    }
    return statement.on_conflict_do_update(index_elements=key, set_=others)


def call_rows(records: Iterable[CallRecord]) -> list[dict[str, Any]]:
    return [dict(zip(CALL_COLUMNS, _call_values(record), strict=True)) for record in records]


def leg_rows(legs: Iterable[LegRecord]) -> list[dict[str, Any]]:
    return [dict(zip(LEG_COLUMNS, _leg_values(leg), strict=True)) for leg in legs]


def offer_rows(offers: Iterable[OfferRecord]) -> list[dict[str, Any]]:
    return [dict(zip(OFFER_COLUMNS, _offer_values(offer), strict=True)) for offer in offers]


def ledger_rows(documents: Sequence[Document]) -> list[dict[str, Any]]:
    return [
        {
            "term": document.term,
            "number": document.number,
            "at": document.payload["at"],
            "type": document.payload["type"],
            "call": document.payload.get("call"),
            "agent": _agent(document.payload),
            "payload": document.payload,
        }
        for document in documents
    ]


def agent_state_rows(documents: Sequence[Document]) -> list[dict[str, Any]]:
    return [
        {
            "term": document.term,
            "number": document.number,
            "agent": fact.agent,
            "state": fact.state.value,
            "reason": fact.reason,
            "by": fact.by.value,
            "call": fact.call,
            "since": fact.at,
            "until": None,
        }
        for document in documents
        if document.entry is not None and isinstance(fact := document.entry.fact, AgentStateChanged)
    ]


def browser_rows(documents: Sequence[Document]) -> list[dict[str, Any]]:
    """The last word on each agent's browser."""
    return _last_words(documents, _browser)


def intent_rows(documents: Sequence[Document]) -> list[dict[str, Any]]:
    """The last word on what each agent wants to be."""
    return _last_words(documents, _intent)


def _browser(fact: Fact) -> dict[str, Any] | None:
    if not isinstance(fact, BrowserChanged):
        return None
    return {"agent": fact.agent, "connected": fact.connected}


def _intent(fact: Fact) -> dict[str, Any] | None:
    """While nothing holds an agent, his state is what he wants."""
    if isinstance(fact, IntentChanged):
        intent = fact.intent
    elif isinstance(fact, AgentStateChanged) and fact.state in _FREE:
        intent = _FREE[fact.state]
    else:
        return None
    return {"agent": fact.agent, "intent": intent.value, "reason": fact.reason, "by": fact.by.value}


_FREE: Mapping[AgentState, Intent] = {AgentState(intent.value): intent for intent in Intent}


def _last_words(
    documents: Sequence[Document], word: Callable[[Fact], dict[str, Any] | None]
) -> list[dict[str, Any]]:
    last: dict[str, dict[str, Any]] = {}
    for document in documents:
        if document.entry is None or (row := word(document.entry.fact)) is None:
            continue
        place = (document.term, document.number)
        known = last.get(row["agent"])
        if known is None or (known["term"], known["number"]) < place:
            at = document.entry.fact.at
            last[row["agent"]] = {**row, "at": at, "term": document.term, "number": document.number}
    return list(last.values())


@cache
def last_word_upsert(table: type[AgentBrowserRow] | type[AgentIntentRow], dialect: str) -> Any:
    """Insert, or replace what an earlier fact said of the agent."""
    statement = (postgresql if dialect == "postgresql" else sqlite).insert(table)
    later = tuple_(table.term, table.number) < tuple_(statement.excluded.term, statement.excluded.number)
    others = {
        column.name: statement.excluded[column.name]
        for column in table.__table__.columns
        if column.name != "agent"
    }
    return statement.on_conflict_do_update(index_elements=["agent"], set_=others, where=later)


def blind_interval_rows(documents: Sequence[Document]) -> list[dict[str, Any]]:
    return [
        {
            "term": document.term,
            "number": document.number,
            "server": fact.server,
            "since": fact.since,
            "until": fact.at,
        }
        for document in documents
        if document.entry is not None and isinstance(fact := document.entry.fact, BlindInterval)
    ]


def _agent(payload: Mapping[str, Any]) -> Any:
    """Whose fact it is: the agent's, or the operator's who picked a client. Elsewhere ``by`` is a kind of
    author, not a person."""
    return payload.get("by") if payload["type"] == "ClientPicked" else payload.get("agent")
