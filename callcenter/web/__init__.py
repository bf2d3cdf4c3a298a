"""HTTP, WebSocket and the console's files: ``create_app(deps, options)``."""

from callcenter.web.application import create_app
from callcenter.web.context import WebDeps, WebOptions

__all__ = ["WebDeps", "WebOptions", "create_app"]
