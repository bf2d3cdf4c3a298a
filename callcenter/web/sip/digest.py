"""The answer to Asterisk's digest challenge (RFC 7616, RFC 8760), with the station's real password."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

_PART = re.compile(r"(\w+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s,\"]+))")
_HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


def answer(
    challenges: Sequence[str], *, user: str, password: str, method: str, uri: str, cnonce: str
) -> str | None:
    """The value of Authorization for the first challenge that we can meet, ``None`` when there is none.
    ``cnonce`` must be fresh and hard to guess."""
    for challenge in challenges:
        scheme, _, rest = challenge.partition(" ")
        said = {name.lower(): quoted or bare for name, quoted, bare in _PART.findall(rest)}
        algorithm = said.get("algorithm", "MD5").upper()
        qops = [qop.strip() for qop in said.get("qop", "").split(",")]
        good = scheme.lower() == "digest" and algorithm in _HASHES and "nonce" in said and "realm" in said
        if good and ("auth" in qops or "qop" not in said):
            return _answer(said, algorithm, "auth" in qops, user, password, method, uri, cnonce)
    return None


def _answer(
    said: dict[str, str],
    algorithm: str,
    qop: bool,
    user: str,
    password: str,
    method: str,
    uri: str,
    cnonce: str,
) -> str:
    def digest(text: str) -> str:
        return _HASHES[algorithm](text.encode()).hexdigest()

    one, two = digest(f"{user}:{said['realm']}:{password}"), digest(f"{method}:{uri}")
    middle = f"{said['nonce']}:00000001:{cnonce}:auth" if qop else said["nonce"]
    parts = [
        f'username="{user}"',
        f'realm="{said["realm"]}"',
        f'nonce="{said["nonce"]}"',
        f'uri="{uri}"',
        f'response="{digest(f"{one}:{middle}:{two}")}"',
        f"algorithm={algorithm}",
    ]
    if qop:
        parts += ["qop=auth", "nc=00000001", f'cnonce="{cnonce}"']
    if "opaque" in said:
        parts.append(f'opaque="{said["opaque"]}"')
    return "Digest " + ", ".join(parts)
