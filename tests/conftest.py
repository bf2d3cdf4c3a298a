"""Fixtures for all tests: the real parts, and the summary of what was done to calls."""

from tests.support.logs import plain_logs

plain_logs()

pytest_plugins = [
    "tests.support.asterisk_fixtures",
    "tests.support.browser",
    "tests.support.databases",
    "tests.support.redis_server",
    "tests.support.tally",
]
