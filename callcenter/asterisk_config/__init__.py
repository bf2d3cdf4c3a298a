"""A turnkey Asterisk configuration, rendered from one value and written without touching foreign files.

``render`` takes an ``AsteriskConfig`` and the templates, and gives a mapping of file name to text.
``write_config`` is the only part that touches the disk. ``check_prompts`` finds recordings that are missing
before a caller does: playing a missing prompt drops the call.
"""

from callcenter.asterisk_config.model import (
    AmiTls,
    AsteriskConfig,
    Directories,
    FallbackMember,
    Station,
    StationKind,
    ToneZone,
    Trunk,
)
from callcenter.asterisk_config.prompts import PromptProblem, check_prompts
from callcenter.asterisk_config.render import render, template_directory
from callcenter.asterisk_config.values import AsteriskConfigError
from callcenter.asterisk_config.writer import SECRET_FILES, OverwriteRefusedError, WrittenFile, write_config

__all__ = [
    "SECRET_FILES",
    "AmiTls",
    "AsteriskConfig",
    "AsteriskConfigError",
    "Directories",
    "FallbackMember",
    "OverwriteRefusedError",
    "PromptProblem",
    "Station",
    "StationKind",
    "ToneZone",
    "Trunk",
    "WrittenFile",
    "check_prompts",
    "render",
    "template_directory",
    "write_config",
]
