"""What Asterisk itself says in the stead of our prompts."""

from __future__ import annotations

import pytest

from callcenter.telephony.ami.render import render
from callcenter.telephony.commands import Play
from callcenter.telephony.own_sounds import OWN_SOUNDS, behind, own_sound
from routing.flows import spoken
from routing.ids import ServerId, call_id
from tests.support.asterisk_tree import SOUNDS, TreeUnavailableError, ensure_tree
from tests.support.real_parts import missing

MAIN = ServerId("main")


def said(*words: str, language: str) -> str:
    actions = render(Play(MAIN, call_id(MAIN, "1.1"), 1, words, language))
    return next(dict(one.headers)["Value"] for one in actions if dict(one.headers)["Variable"] == "CC_SAY")


@pytest.mark.parametrize(
    ("words", "language", "value"),
    [
        (("cc-position", "2"), "en", "cc-position:queue-thereare&digits/2&:queue-callswaiting"),
        (("cc-minutes", "1"), "en", "cc-minutes:queue-holdtime&digits/1&:queue-minute"),
        (("cc-minutes", "21"), "en_GB", "cc-minutes:queue-holdtime&digits/20&digits/1&:queue-minutes"),
        (("cc-minutes", "21"), "ru", "cc-minutes:queue-holdtime&digits/20&digits/1&:queue-minute"),
        (("cc-minutes", "11"), "ru", "cc-minutes:queue-holdtime&digits/11&:queue-minutes"),
        (("cc-press", "cc-pound"), "ru", "cc-press&cc-pound:digits/pound"),
        (("cc-position", "hello", "2"), "en", "cc-position:queue-thereare&hello&digits/2"),
        (("cc-minutes", "5"), "de", "cc-minutes&digits/5"),
    ],
)
def test_as_the_dialplan_is_told(words: tuple[str, ...], language: str, value: str) -> None:
    assert said(*words, language=language) == value


@pytest.mark.asterisk
@pytest.mark.parametrize("language", sorted(OWN_SOUNDS))
def test_debians_packages_have_all_of_them(language: str) -> None:
    try:
        folder = ensure_tree() / "usr/share/asterisk/sounds" / SOUNDS[language]
    except TreeUnavailableError as error:
        missing("Asterisk", str(error))
    names = {name for sound in OWN_SOUNDS[language].values() for name in sound if name}
    assert [name for name in sorted(names) if not (folder / f"{name}.gsm").is_file()] == []


def test_only_what_the_product_says_itself_has_a_stead() -> None:
    for language, sounds in OWN_SOUNDS.items():
        assert sounds.keys() <= spoken.BUILT_IN.keys()
        for prompt in sounds:
            sound = own_sound(prompt, language)
            assert sound is not None
            assert behind(sound, "5", language) == sound.after_many
