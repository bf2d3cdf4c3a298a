"""Fixtures for all tests: real databases."""

pytest_plugins = ["tests.support.databases", "tests.support.asterisk_fixtures"]
