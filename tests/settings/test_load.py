"""The settings as a user meets them: file, variables, secrets, and every mistake at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from callcenter.asterisk_config import StationKind, render
from callcenter.dispatch.options import CoreOptions
from callcenter.options import core_options, phone_lines
from callcenter.settings import (
    ConfigErrors,
    Settings,
    asterisk_config,
    default_path,
    explain,
    load_settings,
    missing_secrets,
)
from callcenter.settings.document import table, toml, with_table
from callcenter.settings.schema import leaves
from callcenter.web.sip.ice import IceOptions
from routing.ids import StationId

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "callcenter.toml"


def mistakes(file: Path, text: str, environ: dict[str, str] | None = None) -> list[str]:
    """Each as ``place: problem. remedy``, the folder left out."""
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigErrors) as caught:
        load_settings(file, environ or {})
    return [str(error).replace(f"{file.parent}/", "") for error in caught.value.errors]


def test_the_shipped_file_holds_every_default() -> None:
    assert default_path() == ROOT / "config" / "callcenter.toml"
    assert load_settings(None, {}) == Settings()
    assert default_path().read_text(encoding="utf-8") == toml(), "run python -m callcenter.settings"


def test_the_documentation_lists_every_setting() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert with_table(page) == page, "run python -m callcenter.settings"
    for leaf in leaves():
        assert leaf.field.description, leaf.key
        assert f"`{leaf.key}`" in table()


def test_an_empty_file_is_all_defaults(file: Path) -> None:
    file.write_text("")
    assert load_settings(file, {}) == Settings()


def test_settings_are_frozen() -> None:
    settings = Settings()
    with pytest.raises(ValidationError):
        settings.web.port = 1


def test_variables_go_before_the_file(file: Path) -> None:
    file.write_text('[web]\nport = 9000\n[telephony.north-west]\nhost = "10.0.0.1"\n')
    settings = load_settings(
        file,
        {
            "CALLCENTER_DATABASE_URL": "postgresql://u:p@db/cc",
            "CALLCENTER_REDIS_URL": "redis://cache:6379/0",
            "CALLCENTER_ROUTING_POP_GATE_MS": "200",
            "CALLCENTER_AMI_SECRET": "from-the-environment",
            "CALLCENTER_AMI_TLS_CHECK_HOSTNAME": "0",
            "CALLCENTER_WEB_SESSION_HOURS": "12.5",
            "CALLCENTER_WEB_TRUSTED_PROXIES": "10.0.0.0/8, 127.0.0.1",
            "CALLCENTER_TELEPHONY_NORTH_WEST_PORT": "5039",
            "CALLCENTER_TELEPHONY_SOUTH_HOST": "10.0.0.2",
            "CALLCENTER_ASTERISK_STATIONS_A1001_PASSWORD": "long-enough",
            "CALLCENTER_WEB_HOST": "",
            "PATH": "/bin",
        },
    )
    assert settings.database.url.get_secret_value() == "postgresql://u:p@db/cc"
    assert settings.redis.url.get_secret_value() == "redis://cache:6379/0"
    assert settings.routing.pop_gate_ms == 200
    assert settings.ami.secret.get_secret_value() == "from-the-environment"
    assert settings.ami.tls.check_hostname is False
    assert settings.web.port == 9000
    assert settings.web.session_hours == 12.5
    assert settings.web.trusted_proxies == ("10.0.0.0/8", "127.0.0.1")
    assert settings.web.host == "127.0.0.1"
    assert set(settings.telephony) == {"north-west", "south"}
    assert settings.telephony_port("north-west") == 5039
    assert settings.telephony_port("south") == 5038
    assert settings.asterisk.stations["a1001"].password.get_secret_value() == "long-enough"


def test_the_environment_names_the_file(file: Path) -> None:
    file.write_text("[web]\nport = 9001\n")
    assert load_settings(None, {"CALLCENTER_CONFIG": str(file)}).web.port == 9001


def test_secrets_come_from_files_of_their_own(file: Path, tmp_path: Path) -> None:
    secret, url = tmp_path / "ami", tmp_path / "url"
    secret.write_text("kept apart\r\n")
    url.write_text("postgresql://u:p@db/cc\n")
    shipped = default_path().read_text(encoding="utf-8")
    file.write_text(shipped.replace('secret_file = ""', f'secret_file = "{secret}"', 1))
    settings = load_settings(file, {"CALLCENTER_DATABASE_URL_FILE": str(url)})
    assert settings.ami.secret.get_secret_value() == "kept apart"
    assert settings.telephony_secret("main").get_secret_value() == "kept apart"
    assert settings.database.url.get_secret_value() == "postgresql://u:p@db/cc"
    # The variable for the secret itself goes before the file's secret_file.
    assert load_settings(file, {"CALLCENTER_AMI_SECRET": "x"}).ami.secret.get_secret_value() == "x"
    assert "kept apart" not in repr(settings)


def test_a_missing_password_is_named_when_it_is_needed() -> None:
    (missing,) = missing_secrets(Settings())
    assert missing.place == "telephony.main.secret"
    assert "CALLCENTER_AMI_SECRET" in missing.remedy
    assert missing_secrets(load_settings(None, {"CALLCENTER_AMI_SECRET": "x"})) == []


TEN = """\
[site]
timezone = "Europe/Moskow"
region = "Russia"

[web]
prot = 80
port = "eighty"

[database]
url = "mysql://root:hunter2@db/cc"

[redis]
url = "http://cache"

[ami]
secret_file = "nowhere/secret"

[telephony.main]
host = "10.0.0.5"

[telephony.second]
host = "10.0.0.5"

[routing]
pop_gate_ms = 60000

[log]
level = "loud"
"""


def test_ten_mistakes_have_ten_explanations(file: Path) -> None:
    file.write_text(TEN)
    with pytest.raises(ConfigErrors) as caught:
        load_settings(file, {"CALLCENTER_TYPO": "1"})
    found = [str(error).replace(f"{file.parent}/", "") for error in caught.value.errors]
    expected = [
        "environment CALLCENTER_TYPO: no setting has this name.",
        "callcenter.toml:16 ami.secret_file: the file nowhere/secret can't be read: No such file",
        "callcenter.toml:2 site.timezone: 'Europe/Moskow' is not a time zone. Did you mean 'Europe/Moscow'?",
        "callcenter.toml:3 site.region: 'Russia' is not a country. Write two capital letters",
        "callcenter.toml:7 web.port: is not a whole number. Write one without quotes",
        "callcenter.toml:6 web.prot: no setting has this name. Did you mean 'port'?",
        "callcenter.toml:10 database.url: the database 'mysql' is not supported. Write sqlite:///",
        "callcenter.toml:13 redis.url: the scheme 'http' is not Redis's. Write redis://",
        "callcenter.toml:25 routing.pop_gate_ms: 60000 is out of range. Write at most 5000",
        "callcenter.toml:28 log.level: 'loud' is not one of its values. Write 'debug', 'info', 'warning'",
        "callcenter.toml:22 telephony.second.host: is the same server as telephony.main (10.0.0.5:5038).",
    ]
    assert len(found) == len(expected)
    for text in expected:
        assert any(one.startswith(text) for one in found), (text, found)
    shown = explain(caught.value)
    assert shown.startswith("11 mistakes in the settings:\n  1. ")
    assert shown.count("\n") == 22
    assert "hunter2" not in shown


@pytest.mark.parametrize(
    ("text", "environ", "expected"),
    [
        ("web = 1\n", {}, "callcenter.toml:1 web: is not a section."),
        ("[web]\nport = true\n", {}, "callcenter.toml:2 web.port: is not a whole number."),
        ("[web]\nport = 1.5\n", {}, "callcenter.toml:2 web.port: is not a whole number."),
        ("[web]\nsession_hours = nan\n", {}, "callcenter.toml:2 web.session_hours: "),
        (
            '[web]\ntrusted_proxies = "10.0.0.1"\n',
            {},
            "callcenter.toml:2 web.trusted_proxies: is not a list.",
        ),
        (
            '[web]\ntrusted_proxies = ["10.0.0.1/8"]\n',
            {},
            "callcenter.toml:2 web.trusted_proxies: '10.0.0.1/8'",
        ),
        ('[web]\npublic_url = "calls.example"\n', {}, "callcenter.toml:2 web.public_url: is not the"),
        ('[web]\npublic_url = "https://x/y"\n', {}, "callcenter.toml:2 web.public_url: is not the"),
        ('[web]\nhost = "a:80"\n', {}, "callcenter.toml:2 web.host: 'a:80' is not a host."),
        ("[web]\nport = 5038\n", {}, "callcenter.toml ami.port: port 5038 is taken by web.port."),
        ("[web]\nsession_hours = 2.0\n", {}, "callcenter.toml:1 web.session_idle_hours: is longer than"),
        ('[site]\nname = ""\n', {}, "callcenter.toml:2 site.name: is empty."),
        ('[site]\nnode = "a b"\n', {}, "callcenter.toml:2 site.node: holds characters"),
        ('[redis]\nurl = "redis://host:port"\n', {}, "callcenter.toml:2 redis.url: is not a Redis URL."),
        ('[redis]\nurl = "redis:///0"\n', {}, "callcenter.toml:2 redis.url: names no server."),
        ('[database]\nurl = "sqlite://"\n', {}, "callcenter.toml:2 database.url: SQLite needs a file"),
        ('[database]\nurl = "cc.sqlite"\n', {}, "callcenter.toml:2 database.url: is not a database URL."),
        ("[telephony]\n", {}, "callcenter.toml:1 telephony: is empty."),
        ("[telephony.Main]\n", {}, "callcenter.toml:1 telephony.Main: 'Main' can't be a name here."),
        (
            '[telephony.main]\nhots = "x"\n',
            {},
            "callcenter.toml:2 telephony.main.hots: no setting has this name. Did you mean 'host'?",
        ),
        (
            "[web]\npop_gate_ms = 1\n",
            {},
            "callcenter.toml:2 web.pop_gate_ms: no setting has this name. Did you mean 'routing.pop_gate_ms'",
        ),
        (
            "[ami]\nbackoff_first_seconds = 9.0\n",
            {},
            "callcenter.toml:2 ami.backoff_first_seconds: is longer",
        ),
        ('[ami.tls]\ncertificate = "x"\n', {}, "callcenter.toml:1 ami.tls.private_key: is empty, though"),
        (
            '[ami.tls]\nenabled = true\nca_file = "no.pem"\n',
            {},
            "callcenter.toml:3 ami.tls.ca_file: there is no",
        ),
        ("[asterisk]\nrtp_last = 10001\n", {}, "callcenter.toml:2 asterisk.rtp_last: leaves no room"),
        (
            "[asterisk]\nsip_port = 10002\n",
            {},
            "callcenter.toml:2 asterisk.sip_port: lies among the voice ports",
        ),
        (
            "[asterisk.trunks.provider]\n",
            {"CALLCENTER_AMI_SECRET": "long-enough"},
            "callcenter.toml:1 asterisk.trunks.provider: has neither an address nor a password. Give it",
        ),
        (
            '[asterisk.stations.a1]\npassword = "short"\n',
            {"CALLCENTER_AMI_SECRET": "long-enough"},
            "callcenter.toml:2 asterisk.stations.a1.password: is shorter than 8 characters.",
        ),
        (
            '[ami]\nsecret = "a"\nsecret_file = "b"\n',
            {},
            "callcenter.toml:3 ami.secret_file: both secret and",
        ),
        ("", {"CALLCENTER_WEB_PORT": "x"}, "environment CALLCENTER_WEB_PORT: is not a whole number."),
        ("", {"CALLCENTER_LOG_PII": "maybe"}, "environment CALLCENTER_LOG_PII: is not true or false."),
        (
            "",
            {"CALLCENTER_WEB_PROT": "1"},
            "environment CALLCENTER_WEB_PROT: no setting has this name. Did you mean 'CALLCENTER_WEB_PORT'?",
        ),
        ("[web\nport = 1\n", {}, "callcenter.toml:1: is not TOML: "),
        ("[web]\nport = 1\nport = 2\n", {}, "callcenter.toml:3: is not TOML: "),
        ('x = "', {}, "callcenter.toml, at its end: is not TOML: "),
        (f"x = {'[' * 5000}", {}, "callcenter.toml"),
    ],
)
def test_each_mistake_says_where_and_what_instead(
    file: Path, text: str, environ: dict[str, str], expected: str
) -> None:
    (only,) = mistakes(file, text, environ)
    assert only.startswith(expected), only
    assert not only.endswith(".."), only


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigErrors, match="there is no such file"):
        load_settings(tmp_path / "missing.toml", {})
    with pytest.raises(ConfigErrors, match="can't be read"):
        load_settings(tmp_path, {})
    (tmp_path / "latin.toml").write_bytes(b'\n[site]\nname = "\xff"\n')
    with pytest.raises(ConfigErrors, match=r"latin.toml:3: is not UTF-8"):
        load_settings(tmp_path / "latin.toml", {})


@pytest.mark.parametrize("content", [b"", b"\n", b"x" * 70_000, b"\xff\xfe"])
def test_files_that_hold_no_secret(file: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret").write_bytes(content)
    (only,) = mistakes(file, f'[ami]\nsecret_file = "{tmp_path}/secret"\n')
    assert only.startswith("callcenter.toml:2 ami.secret_file: the file ")


def test_a_secret_is_never_repeated(file: Path) -> None:
    text = '[database]\nurl = "oracle://hunter2"\n[redis]\nurl = "hunter2://x"\n[ami]\nsecret = 12345678\n'
    file.write_text(text)
    with pytest.raises(ConfigErrors) as caught:
        load_settings(file, {"CALLCENTER_REDIS_URL": "redis://:hunter2@"})
    assert "hunter2" not in str(caught.value)
    assert "12345678" not in str(caught.value)


def test_the_turnkey_configuration_renders(file: Path) -> None:
    file.write_text(
        '[ami]\nport = 5039\n[ami.tls]\nenabled = true\n[telephony.north]\nhost = "127.0.0.1"\n'
        '[asterisk]\ntls_certificate = "/etc/asterisk/c.pem"\ntls_private_key = "/etc/asterisk/k.pem"\n'
        '[asterisk.trunks.provider]\nmatch = ["192.0.2.10"]\n'
        '[asterisk.stations.a1001]\nkind = "plain"\nfallback_penalty = 2\n'
    )
    environ = {
        "CALLCENTER_AMI_SECRET": "long-enough",
        "CALLCENTER_ASTERISK_STATIONS_A1001_PASSWORD": "also-long",
    }
    config = asterisk_config(load_settings(file, environ), "north")
    assert config.system_name == "north"
    assert config.stations[0].kind is StationKind.PLAIN
    assert config.fallback_members[0].penalty == 2
    rendered = render(config)
    assert "5039" in rendered["manager.conf"]
    assert "a1001" in rendered["pjsip.conf"]


def test_far_browsers_have_stun_and_relays_whose_secret_stays_hidden(file: Path, tmp_path: Path) -> None:
    secret = tmp_path / "turn"
    secret.write_text("relay secret\n")
    file.write_text(
        '[phone]\nstun_server = "stun.example.org:3478"\n'
        'turn_servers = ["turn:192.0.2.9", "turns:relay.example.org:5349?transport=tcp"]\n'
        f'turn_secret_file = "{secret}"\n'
    )
    settings = load_settings(file, {"CALLCENTER_AMI_SECRET": "long-enough"})
    assert "relay secret" not in repr(settings)
    assert "\nstunaddr = stun.example.org:3478\n" in render(asterisk_config(settings, "main"))["rtp.conf"]
    line = phone_lines(settings)(StationId("a1001"))
    assert line is not None
    assert line.ice == IceOptions("stun.example.org:3478", settings.phone.turn_servers, "relay secret")
    assert "relay secret" not in repr(line)


def test_what_is_no_way_for_far_browsers_is_refused_without_repeating_a_password(file: Path) -> None:
    for wrong in ("turn:anna:hunter2@relay.example.org", "turn:relay:99999", "https://relay"):
        text = f'[phone]\nstun_server = "stun:stun.example.org"\nturn_servers = ["{wrong}"]\n'
        told = mistakes(file, text)
        assert [one.split(". ")[0] for one in told] == [
            "callcenter.toml:2 phone.stun_server: 'stun:stun.example.org' is not a STUN server",
            "callcenter.toml:3 phone.turn_servers: is not a TURN server",
        ]
        assert "hunter2" not in str(told)
    # Asterisk would read its first colon as the begin of a port.
    assert "not a STUN server" in mistakes(file, '[phone]\nstun_server = "2001:db8::1"\n')[0]
    (alone,) = mistakes(file, '[phone]\nturn_servers = ["turn:relay.example.org"]\n')
    assert alone.startswith("callcenter.toml:1 phone.turn_secret: is empty")
    assert "static-auth-secret" in alone
    (idle,) = mistakes(file, "", {"CALLCENTER_PHONE_TURN_SECRET": "hunter2"})
    assert idle.startswith("callcenter.toml phone.turn_servers: are empty")
    assert "hunter2" not in idle


def test_how_long_a_caller_stays_parked_is_the_sites_to_say(file: Path) -> None:
    assert core_options(Settings()).park_seconds == CoreOptions().park_seconds
    file.write_text("[routing]\npark_seconds = 600\n", encoding="utf-8")
    assert core_options(load_settings(file, {})).park_seconds == 600
    assert mistakes(file, "[routing]\npark_seconds = 5\n")[0].startswith(
        "callcenter.toml:2 routing.park_seconds"
    )
