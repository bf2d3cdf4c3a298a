"""Callbacks and the callers who gave up, as they are kept: claims, lists, and what the facts add up to."""
