"""Forms fit every platform in all six languages, and a form that cannot hold a text whole does not offer it for cutting."""

from __future__ import annotations

import pytest

from bot.domain.desks import LANGUAGES
from bot.domain.messages import Form
from bot.engine import forms
from bot.engine.curation import entry_forms
from bot.engine.curation.from_thread import Told
from bot.engine.tongue import tongue
from kb.entries import Entry, Text
from tests.builders import ANN, a_desk, a_draft
from tests.world import World

LABEL, HINT, OPTION, VALUE, INPUT = 2000, 2000, 75, 150, 3000  # characters; Slack's input blocks, options and inputs
PLACEHOLDER = 64  # characters; Telegram's force_reply
ACTION = 64  # bytes; Telegram's callback data
LONG = Entry("long", (Text("en", "Q?", "a" * 20_000, tuple(f"way {n} " + "w" * 280 for n in range(500))),))


def every_form(language: str) -> list[Form]:
    t = tongue(language)
    text = Text(language, "Q" * 300, "A" * 500, ("way",))
    entry = Entry("e", (text,))
    words = [forms.words_form(t, verb, "IT-1234567") for verb in sorted(forms.NEEDS_WORDS)]
    told = Told("x" * 300, ("x" * 300,) * 5, "x" * 2500)
    written = [entry_forms.new(t, LANGUAGES, told), entry_forms.change(t, entry, language, "1"), entry_forms.of_draft(t, a_draft(entry), language)]
    return [*words, forms.ask_form(t), *written, entry_forms.terms(t, a_draft(entry)), entry_forms.back(t, a_draft(entry))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_keeps_the_limits_of_every_platform(language: str) -> None:
    for form in every_form(language):
        assert form.fields
        assert len({f.name for f in form.fields}) == len(form.fields)
        for field in form.fields:
            assert 0 < len(field.label) <= LABEL
            assert len(field.hint) <= HINT
            assert len(field.initial) <= field.max_length <= INPUT
            assert all(0 < len(label) <= OPTION and len(value) <= VALUE for value, label in field.options)
            assert not field.options or field.initial in {value for value, _ in field.options}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("verb", sorted(forms.NEEDS_WORDS))
def test_what_is_asked_by_message_fits_the_hint_in_the_input(language: str, verb: str) -> None:
    form = forms.words_form(tongue(language), verb, "IT-1")
    assert len(form.fields[0].label) <= PLACEHOLDER
    assert len(form.action.encode()) <= ACTION


def test_the_six_languages_are_six_forms() -> None:
    labels = {forms.words_form(tongue(language), "reply", "IT-1").fields[0].label for language in LANGUAGES}
    assert len(labels) == len(LANGUAGES)


def test_a_form_says_whom_the_words_reach() -> None:
    t = tongue("en")
    hints = {verb: forms.words_form(t, verb, "IT-1").fields[0].hint for verb in forms.NEEDS_WORDS}
    assert hints["reply"] == "This goes to the requester."
    assert hints["note"] == "This stays in the team."
    assert all("requester does not" in hints[verb] for verb in ("escalate", "back", "resolve"))


def test_what_does_not_fit_an_input_is_not_offered_for_cutting() -> None:
    names = [field.name for field in entry_forms.change(tongue("en"), LONG, "en", "1").fields]
    assert names == ["question", "audience", "valid_until", "review_on", "then"]


async def test_what_a_form_left_out_is_kept_when_it_is_saved() -> None:
    world = World(a_desk(admins=frozenset({ANN.id})), entries=[LONG])

    await world.submits("faq-save:long:en", question="Better?", then="publish")

    (saved,) = await world.store.entries()
    assert (saved.texts[0].question, saved.texts[0].answer, saved.texts[0].phrasings) == ("Better?", LONG.texts[0].answer, LONG.texts[0].phrasings)
