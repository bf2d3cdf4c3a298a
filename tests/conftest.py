"""Fixtures for all tests: the real parts, and the summary of what was done to calls."""

pytest_plugins = [
    "tests.support.asterisk_fixtures",
    "tests.support.browser",
    "tests.support.databases",
    "tests.support.redis_server",
    "tests.support.tally",
]
