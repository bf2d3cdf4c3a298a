"""Fixtures for all tests: the real parts, and the summary of what was done to calls."""

import signal

from tests.support.logs import plain_logs

plain_logs()
# A run that is told to end (by ``timeout``, by CI) ends what it started, as one that Ctrl-C ends does.
signal.signal(signal.SIGTERM, signal.default_int_handler)

pytest_plugins = [
    "tests.support.asterisk_fixtures",
    "tests.support.browser",
    "tests.support.databases",
    "tests.support.redis_server",
    "tests.support.tally",
]
