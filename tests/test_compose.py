"""docker-compose.yml and the Dockerfiles against the settings and the sources.

There is no Docker engine where tests run, so what it would trip over is looked for here.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from callcenter.asterisk_config import Directories, render
from callcenter.settings import Settings, asterisk_config, load_settings, missing_secrets
from callcenter.settings.schema import ENV_PREFIX
from callcenter.web.access import RULES

ROOT = Path(__file__).parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ("server", "asterisk-config")
DOT_ENV = {"POSTGRES_PASSWORD": "a-database-password", "AMI_SECRET": "a-manager-password"}


def environment(service: str) -> dict[str, str]:
    """As the container sees it. A variable without a value in ``.env`` must refuse to start."""

    def value(found: re.Match[str]) -> str:
        assert found["message"], f"{found[0]} would silently be empty"
        return DOT_ENV[found["name"]]

    given: dict[str, object] = SERVICES[service].get("environment", {})
    return {
        name: re.sub(r"\$\{(?P<name>\w+)(:\?(?P<message>[^}]+))?\}", value, str(text))
        for name, text in given.items()
    }


def settings_of(service: str) -> Settings:
    return load_settings(None, environment(service))


def command_of(service: str) -> str:
    return " ".join(SERVICES[service]["command"])


def published(service: str) -> dict[str, str]:
    """Container port (with its protocol) to host port."""
    ports = {}
    for entry in SERVICES[service].get("ports", []):
        head, _, protocol = entry.partition("/")
        host, _, inside = head.rpartition(":")
        ports[f"{inside}/{protocol or 'tcp'}"] = host.rpartition(":")[2]
    return ports


def dockerfile(service: str) -> str:
    name: str = SERVICES[service]["build"]["dockerfile"]
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("service", OURS)
def test_every_variable_is_a_setting(service: str) -> None:
    variables = environment(service)
    assert all(name.startswith(ENV_PREFIX) for name in variables)
    assert missing_secrets(settings_of(service)) == []


def test_addresses_name_services_of_the_same_network() -> None:
    settings = settings_of("server")
    database = urlsplit(settings.database.url.get_secret_value())
    redis = urlsplit(settings.redis.url.get_secret_value())
    hosts = {database.hostname, redis.hostname, settings.telephony["main"].host}
    assert hosts == {"postgres", "redis", "asterisk"}
    assert hosts <= set(SERVICES)
    for service in (*hosts, "server"):
        assert SERVICES[str(service)]["networks"] == ["inside"]
    postgres = environment("postgres")
    assert database.username == postgres["POSTGRES_USER"]
    assert database.password == postgres["POSTGRES_PASSWORD"]
    assert database.path == f"/{postgres['POSTGRES_DB']}"
    assert database.port == 5432
    assert f"--port {redis.port} " in command_of("redis")


def test_published_ports_are_those_of_the_settings() -> None:
    settings, default = settings_of("server"), Settings()
    assert published("server") == {f"{settings.web.port}/tcp": str(default.web.port)}
    assert settings.web.port == default.web.port
    assert settings.web.host == "0.0.0.0"
    asterisk = settings_of("asterisk-config").asterisk
    voice = f"{asterisk.rtp_first}-{asterisk.rtp_last}"
    assert published("asterisk") == {
        f"{asterisk.sip_port}/udp": str(default.asterisk.sip_port),
        f"{voice}/udp": voice,
    }
    assert f"EXPOSE {settings.web.port}\n" in dockerfile("server")
    assert f"EXPOSE {asterisk.sip_port}/udp\n" in dockerfile("asterisk")


def test_asterisk_is_configured_as_the_server_expects() -> None:
    server, renderer = settings_of("server"), settings_of("asterisk-config")
    assert server.ami == renderer.ami
    assert server.telephony == renderer.telephony
    assert server.asterisk == renderer.asterisk
    manager = render(asterisk_config(renderer, "main"))["manager.conf"]
    (subnet,) = (one["subnet"] for one in COMPOSE["networks"]["inside"]["ipam"]["config"])
    assert f"permit = {subnet}" in manager
    assert f"port = {server.telephony_port('main')}" in manager
    # The manager is for the network inside alone.
    assert not any(str(server.ami.port) in port for port in published("asterisk"))


def test_the_configuration_reaches_asterisk() -> None:
    (written,) = SERVICES["asterisk-config"]["volumes"]
    read = SERVICES["asterisk"]["volumes"][0]
    volume, _, directory = written.partition(":")
    assert command_of("asterisk-config") == f"asterisk-config {directory}"
    assert read == f"{volume}:{Directories().etc}:ro"
    waits = SERVICES["asterisk"]["depends_on"]["asterisk-config"]["condition"]
    assert waits == "service_completed_successfully"
    assert f"--mode 0750 {directory}\n" in dockerfile("server")
    group = "groupadd --gid 10001 callcenter"
    assert group in dockerfile("server")
    assert group in dockerfile("asterisk")
    assert asterisk_config(settings_of("asterisk-config"), "main").moh_directory == "/usr/share/asterisk/moh"
    assert "asterisk-moh-" in dockerfile("asterisk")


def test_commands_and_health_checks_exist() -> None:
    source = (ROOT / "callcenter" / "cli" / "main.py").read_text(encoding="utf-8")
    commands = re.findall(r'@app\.command\("([a-z-]+)"\)', source)
    for service in OURS:
        assert SERVICES[service]["command"][0] in commands
    comment = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    for named in re.findall(r"docker compose run --rm server ([a-z-]+)", comment):
        assert named in commands
    check = " ".join(SERVICES["server"]["healthcheck"]["test"])
    (url,) = re.findall(r"'(http://[^']+)'", check)
    assert urlsplit(url).port == settings_of("server").web.port
    assert ("GET", urlsplit(url).path) in RULES
    for service, entry in SERVICES.items():
        if service != "asterisk-config":
            assert {"test", "interval", "timeout", "retries"} <= set(entry["healthcheck"]), service
            assert entry["healthcheck"]["test"][0] == "CMD"


def test_everything_named_is_declared() -> None:
    named_volumes = set()
    for service, entry in SERVICES.items():
        for other, how in entry.get("depends_on", {}).items():
            once = SERVICES[other].get("restart") == "no"
            wanted = "service_completed_successfully" if once else "service_healthy"
            assert how["condition"] == wanted, f"{service} waits for {other}"
        named_volumes |= {volume.partition(":")[0] for volume in entry.get("volumes", [])}
        assert set(entry.get("networks", [])) <= set(COMPOSE["networks"])
    assert named_volumes == set(COMPOSE["volumes"])


def test_the_journal_outlives_its_container() -> None:
    journal = settings_of("server").history.journal_dir
    mounts = [volume.partition(":")[2] for volume in SERVICES["server"]["volumes"]]
    assert any(journal.startswith(f"{mount}/") for mount in mounts)


def test_dockerfiles_copy_what_is_there() -> None:
    for service in ("server", "asterisk"):
        text = dockerfile(service)
        assert set(re.findall(r"^FROM (\S+)", text, re.M)) <= {"python:3.12-slim", "debian:sid-slim"}
        for copied in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.M):
            for name in copied.split():
                assert (ROOT / name).exists(), f"{SERVICES[service]['build']['dockerfile']} copies {name}"
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".venv", ".git", ".env"} <= set(ignored)
    assert not re.search(r"(?i)(password|secret)\s*=", dockerfile("server") + dockerfile("asterisk"))


def test_no_secret_stands_in_the_file() -> None:
    for service in SERVICES:
        for name, text in SERVICES[service].get("environment", {}).items():
            if re.search("PASSWORD|SECRET", name):
                assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", text), name
    assert "password" not in command_of("redis").lower()
