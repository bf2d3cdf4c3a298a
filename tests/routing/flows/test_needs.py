"""Which recordings a plan needs."""

from __future__ import annotations

import re
from dataclasses import replace

from routing.flows import spoken
from routing.flows.model import (
    Announcements,
    Choice,
    Emergency,
    Enqueue,
    FlowPlan,
    HangUp,
    Menu,
    OfferCallback,
    SetLanguage,
)
from routing.flows.needs import languages_spoken, prompts_needed
from routing.ids import PromptId
from tests.routing.flows.plans import MENU, SALES, SORRY, WELCOME, flow, plan, s


def test_what_steps_say_and_what_the_product_says_in_them() -> None:
    says = Announcements(prompt=WELCOME, position=False, callback_key="#")
    spoken_plan = plan(
        Menu(s("menu"), MENU, (Choice("1", s("wait")),), s("bye")),
        Enqueue(s("wait"), SALES, (), says, None, s("offer")),
        OfferCallback(s("offer"), SALES, SORRY, s("bye")),
        HangUp(s("bye")),
        emergency=Emergency(prompt=PromptId("fire")),
    )
    assert prompts_needed(spoken_plan) == (
        "cc-callback-confirm",
        "cc-callback-kept",
        "cc-callback-number",
        "cc-callback-refused",
        "cc-callback-type",
        "cc-closed",
        "cc-minutes",
        "cc-pound",
        "cc-press",
        "fire",
        "menu",
        "sorry",
        "welcome",
    )
    digit = plan(Enqueue(s("wait"), SALES, (), replace(says, callback_key="5", prompt=None)))
    assert prompts_needed(digit) == ("cc-minutes", "cc-press")
    assert prompts_needed(FlowPlan()) == ()


def test_languages() -> None:
    english = plan(SetLanguage(s("en"), "en", s("bye")), HangUp(s("bye")))
    assert languages_spoken(english) == ("en", "ru")
    assert languages_spoken(FlowPlan((replace(flow(HangUp(s("bye"))), language="de"),))) == ("de",)


def test_the_products_own_prompts_have_names_that_asterisk_takes_and_words_in_both_languages() -> None:
    for name, words in spoken.BUILT_IN.items():
        assert re.fullmatch(r"cc-[a-z-]{1,56}", name)
        assert words.ru
        assert words.en
