"""A fact and its place in the order of all facts."""

from __future__ import annotations

from dataclasses import dataclass

from callcenter.calls.facts import Fact


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A fact with its place in the ledger: ``term`` is the fencing token of the router's lease under
    which it was made, ``number`` counts within the term from 1. The pair is unique and orders the
    ledger."""

    term: int
    number: int
    fact: Fact
