"""The built console: its files, and ``index.html`` for every address of its own routing.

Only files found by walking the folder are served, so no request names a path. Vite puts a hash into the names
under ``assets/``: those may be kept for ever, everything else is asked for again.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from aiohttp import web

from callcenter.web.problems import ProblemError

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_FOR_EVER = "public, max-age=31536000, immutable"
_MISSING = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Console not built</title></head>
<body><h1>The console is not built</h1>
<p>The server runs and its API answers under <code>/api/v1</code>, but there is no console to show.</p>
<p>Build it with <code>./dev run</code> in the repository, or install the package with
<code>pip install .</code>, then load this page again.</p></body></html>
"""


class Console:
    """Looks at the folder again when its ``index.html`` has changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index = folder / "index.html"
        self._stamp: tuple[int, int] | None = None
        self._files: dict[str, Path] = {}
        self._version = ""

    @property
    def built(self) -> bool:
        self._look()
        return self._stamp is not None

    @property
    def version(self) -> str:
        """The build's id, empty when there is none."""
        self._look()
        return self._version

    def _look(self) -> None:
        try:
            stat = self._index.stat()
        except OSError:
            self._stamp, self._files, self._version = None, {}, ""
            return
        stamp = (stat.st_mtime_ns, stat.st_size)
        if stamp == self._stamp:
            return
        self._version = hashlib.sha256(self._index.read_bytes()).hexdigest()[:12]
        self._files = {
            path.relative_to(self._folder).as_posix(): path
            for path in self._folder.rglob("*")
            if path.is_file() and not path.is_symlink()
        }
        self._stamp = stamp

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self._look()
        if self._stamp is None:
            return web.Response(
                status=503, text=_MISSING, content_type="text/html", headers={"Cache-Control": "no-store"}
            )
        name = request.match_info["path"]
        found = self._files.get(name)
        if found is None and ("." in name.rpartition("/")[2] or name.startswith("assets/")):
            raise ProblemError(404, "there is no such file")
        cache = _FOR_EVER if found is not None and name.startswith("assets/") else "no-cache"
        headers = {"Cache-Control": cache, "Content-Security-Policy": _POLICY}
        return web.FileResponse(found or self._index, headers=headers)


CONSOLE = web.AppKey("console", Console)
