"""Templates and an ``AsteriskConfig`` in, the text of every configuration file out. Reads templates only.

A template's placeholders are ``%%name%%``: Asterisk's own ``${...}`` and ``@{...}`` pass through untouched.
Values come from ``values`` already checked; a placeholder without a value, or a value without a placeholder,
is our own mistake and raises ``KeyError``, so that a template never ships half filled.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import callcenter
from callcenter.asterisk_config import values
from callcenter.asterisk_config.model import AmiTls, AsteriskConfig, Station, Trunk
from callcenter.asterisk_config.values import AsteriskConfigError

_PLACEHOLDER = re.compile(r"%%([a-z_]+)%%")

FILES = (
    "acl.conf",
    "asterisk.conf",
    "ccss.conf",
    "cdr.conf",
    "cel.conf",
    "confbridge.conf",
    "extensions.conf",
    "features.conf",
    "http.conf",
    "indications.conf",
    "logger.conf",
    "manager.conf",
    "modules.conf",
    "musiconhold.conf",
    "pjproject.conf",
    "pjsip.conf",
    "queuerules.conf",
    "queues.conf",
    "rtp.conf",
    "stasis.conf",
    "udptl.conf",
)


def template_directory() -> Path:
    """Where the templates lie: in the wheel beside the package, in a checkout under ``config/``.

    Raises ``FileNotFoundError`` if neither is there, which means a broken installation.
    """
    package = Path(callcenter.__file__).parent
    for candidate in (package / "_config" / "asterisk", package.parent / "config" / "asterisk"):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"no Asterisk templates beside {package}: reinstall callcenter")


def render(config: AsteriskConfig) -> dict[str, str]:
    """Each file's name to its text, ready for ``write_config``.

    Raises ``AsteriskConfigError`` for the first value that cannot stand in a configuration file, or that
    contradicts another one.
    """
    _check_whole(config)
    known = _values(config)
    templates = template_directory()
    used: set[str] = set()
    rendered = {}
    for name in FILES:
        template = (templates / name).read_text(encoding="utf-8")
        used.update(_PLACEHOLDER.findall(template))
        rendered[name] = _PLACEHOLDER.sub(lambda found: known[found[1]], template)
    if unused := known.keys() - used:
        raise KeyError(f"no template uses {sorted(unused)}")
    return rendered


def _values(config: AsteriskConfig) -> dict[str, str]:
    directories = config.directories
    return {
        **{
            f"dir_{name}": values.path(f"directories.{name}", getattr(directories, name))
            for name in directories.__slots__
        },
        "system_name": values.token("system_name", config.system_name),
        "language": values.token("language", config.language),
        "ami_user": values.token("ami_user", config.ami_user),
        "ami_secret": values.secret("ami_secret", config.ami_secret),
        "ami_bind": values.address("ami_bind", config.ami_bind),
        "ami_port": values.port("ami_port", config.ami_port),
        "ami_permit": "\n".join(
            f"permit = {values.network(f'ami_permit[{index}]', one)}"
            for index, one in enumerate(config.ami_permit)
        ),
        "ami_tls": _tls(config.ami_tls),
        "sip_bind": values.address("sip_bind", config.sip_bind),
        "sip_port": values.port("sip_port", config.sip_port),
        "http_bind": values.address("http_bind", config.http_bind),
        "http_port": values.port("http_port", config.http_port),
        "rtp_first": values.number("rtp_first", config.rtp_first, 1024, 65534),
        "rtp_last": values.number("rtp_last", config.rtp_last, 1025, 65535),
        "stun": "" if config.stun_server is None else _stun(config.stun_server),
        "trunks": "\n".join(_trunk(index, one) for index, one in enumerate(config.trunks)),
        "stations": "\n".join(_station(index, one) for index, one in enumerate(config.stations)),
        "fallback_members": "\n".join(
            f"member => PJSIP/{values.station_id(f'fallback_members[{index}].station', one.station)},"
            + values.number(f"fallback_members[{index}].penalty", one.penalty, 0, 100)
            for index, one in enumerate(config.fallback_members)
        ),
        "ring_seconds": values.number("ring_seconds", config.ring_seconds, 1, 600),
        "moh_class": values.token("moh_class", config.moh_class),
        "moh_directory": values.path("moh_directory", config.moh_directory),
        "sorry_prompt": values.prompt("sorry_prompt", config.sorry_prompt),
        "other_language": values.token("other_language", config.other_language),
        "prompts_directory": values.plain_path("prompts_directory", config.prompts_directory),
        "messages_directory": values.plain_path("messages_directory", config.messages_directory),
        "recordings_directory": values.plain_path("recordings_directory", config.recordings_directory),
        "outside": _outside(config),
        "tone_zone": config.tone_zone.value,
    }


def _check_whole(config: AsteriskConfig) -> None:
    """What no single value shows: duplicates, gaps and contradictions."""
    if config.ami_user == "general":
        raise AsteriskConfigError("ami_user", "is the name of a section of manager.conf", "choose another")
    if config.moh_class == "general":
        raise AsteriskConfigError(
            "moh_class", "is the name of a section of musiconhold.conf", "choose another"
        )
    if config.rtp_last - config.rtp_first < 3:
        raise AsteriskConfigError("rtp_last", "leaves less than two pairs of ports", "widen the range")
    _no_repeats("trunks", "name", [trunk.name for trunk in config.trunks])
    _no_repeats("stations", "id", [station.id for station in config.stations])
    for index, trunk in enumerate(config.trunks):
        if not trunk.match and trunk.password is None:
            raise AsteriskConfigError(
                f"trunks[{index}]", "has neither an address nor a password", "give it 'match' or 'password'"
            )
    if len([trunk for trunk in config.trunks if trunk.address is not None]) > 1:
        raise AsteriskConfigError(
            "trunks", "have an address more than once", "leave it at the one that calls go out over"
        )
    stations = {station.id for station in config.stations}
    for index, member in enumerate(config.fallback_members):
        if member.station not in stations:
            raise AsteriskConfigError(
                f"fallback_members[{index}].station",
                "is not among the stations",
                "add the station, or drop it",
            )


def _no_repeats(collection: str, key: str, names: list[str]) -> None:
    for index, name in enumerate(names):
        if name in names[:index]:
            raise AsteriskConfigError(
                f"{collection}[{index}].{key}", "is taken by an earlier entry", "make each one different"
            )


def _tls(tls: AmiTls | None) -> str:
    if tls is None:
        return "tlsenable = no"
    return _part(
        "manager-tls.conf",
        {
            "bind": values.address("ami_tls.bind", tls.bind),
            "port": values.port("ami_tls.port", tls.port),
            "certificate": values.path("ami_tls.certificate", tls.certificate),
            "private_key": values.path("ami_tls.private_key", tls.private_key),
        },
    )


def _stun(server: str) -> str:
    return f"stunaddr = {values.host_port('stun_server', server)}"


def _trunk(index: int, trunk: Trunk) -> str:
    at = f"trunks[{index}]"
    name = values.trunk_name(f"{at}.name", trunk.name)
    if trunk.password is None:
        # Whoever says the trunk's name in From would otherwise be taken for it, from wherever.
        auth = "identify_by = ip"
    else:
        password = values.secret(f"{at}.password", trunk.password)
        auth = _part("pjsip-trunk-auth.conf", {"name": name, "password": password})
    if trunk.match:
        match = ",".join(values.network(f"{at}.match[{place}]", one) for place, one in enumerate(trunk.match))
        identify = _part("pjsip-trunk-identify.conf", {"name": name, "match": match})
    else:
        identify = ""
    return _part("pjsip-trunk.conf", {"name": name, "auth_lines": auth, "identify_lines": identify})


def _station(index: int, station: Station) -> str:
    at = f"stations[{index}]"
    return _part(
        "pjsip-station.conf",
        {
            "id": values.station_id(f"{at}.id", station.id),
            "kind": station.kind.value,
            "password": values.secret(f"{at}.password", station.password),
        },
    )


def _outside(config: AsteriskConfig) -> str:
    """The endpoint that calls go out over; empty when no trunk says where to."""
    for index, trunk in enumerate(config.trunks):
        if trunk.address is not None:
            auth = ""
            if trunk.password is not None:
                password = values.secret(f"trunks[{index}].password", trunk.password)
                auth = _part("pjsip-outside-auth.conf", {"name": trunk.name, "password": password})
            address = values.host_port(f"trunks[{index}].address", trunk.address)
            return _part("pjsip-outside.conf", {"auth_lines": auth, "address": address})
    return "; No trunk has an address: no call can go out."


def _part(name: str, known: Mapping[str, str]) -> str:
    template = (template_directory() / "parts" / name).read_text(encoding="utf-8")
    return _PLACEHOLDER.sub(lambda found: known[found[1]], template)
