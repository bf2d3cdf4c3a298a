"""The demo: the real server with simulated callers and operators."""
