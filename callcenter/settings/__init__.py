"""What a process is told from outside: one TOML file, overridden by ``CALLCENTER_`` variables.

``load_settings`` gives frozen ``Settings`` or raises ``ConfigErrors`` with every mistake at once; ``explain``
words them for people.
"""

from callcenter.settings.asterisk import asterisk_config
from callcenter.settings.check import missing_secrets
from callcenter.settings.load import ConfigErrors, default_path, explain, load_settings
from callcenter.settings.models import Settings

__all__ = [
    "ConfigErrors",
    "Settings",
    "asterisk_config",
    "default_path",
    "explain",
    "load_settings",
    "missing_secrets",
]
