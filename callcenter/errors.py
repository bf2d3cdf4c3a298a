"""The two families of errors, and the one for people who configure us."""

from __future__ import annotations


class PeerError(Exception):
    """Something outside (Asterisk, a browser, a file, another node) surprised us: log it, answer it, go
    on."""


class InvariantError(Exception):
    """Our own rule broke. Fails every test; in production the call is quarantined and the loop goes on."""


class ConfigError(Exception):
    """A setting can't be used. ``place`` is file and key, ``remedy`` what to write instead."""

    def __init__(self, place: str, problem: str, remedy: str) -> None:
        super().__init__(f"{place}: {problem}. {remedy}")
        self.place = place
        self.problem = problem
        self.remedy = remedy
