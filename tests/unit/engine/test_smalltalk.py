"""Greetings, thanks, yes and no, and the wish for a person, in six languages; anything that says more is a question."""

from __future__ import annotations

import pytest

from bot.domain.desks import LANGUAGES
from bot.engine.requests.smalltalk import _PHRASES, Talk, has_words, small_talk
from bot.engine.tongue import tongue

SAID: dict[Talk, tuple[str, ...]] = {
    "greeting": ("Hello!", "¡Hola!", "Bom dia.", "Bonjour", "Buongiorno", "Guten Tag!", "¡Buenos días!", "👋"),
    "thanks": ("Thanks!!", "¡Muchas gracias!", "Muito obrigada", "Merci beaucoup.", "Grazie mille", "Danke schön", "Dankeschön :)", "🙏", "❤️"),
    "yes": ("Yes, thanks", "Sí", "Sim!", "Oui", "Sì, grazie", "Ja, danke", "It works now", "Résolu", "Das hat geholfen", "👍🏽"),
    "no": ("No.", "Não", "Non", "Nein", "Nope", "👎", "No funciona", "Ça ne marche pas", "Non funziona", "Geht nicht"),
    "person": ("Human, please", "hablar con una persona", "Quero falar com uma pessoa", "Parler à une personne", "Vorrei parlare con una persona", "Mensch!"),
}
QUESTIONS = (
    "Hello, my password has expired",
    "thanks but the printer is still broken",
    "yes, but how?",
    "no internet since this morning",
    "I saw a person in the server room",
    "danke aber der drucker geht nicht",
    "hola, no puedo entrar",
    "hi " * 40,
    "👍👎",
    "👍 printer",
    "",
    "   ",
    "?!",
    "\u202e\u200b",
)


@pytest.mark.parametrize(("talk", "text"), [(talk, text) for talk, texts in SAID.items() for text in texts])
def test_a_whole_message_of_small_talk_is_known(talk: Talk, text: str) -> None:
    assert small_talk(text) == talk


@pytest.mark.parametrize("text", QUESTIONS)
def test_what_says_more_or_nothing_is_no_small_talk(text: str) -> None:
    """C8, H2."""
    assert small_talk(text) is None


@pytest.mark.parametrize(("talk", "phrase"), [(talk, phrase) for talk, phrases in _PHRASES.items() for phrase in phrases.split("|")])
def test_every_phrase_is_known_however_it_is_dressed(talk: Talk, phrase: str) -> None:
    assert {small_talk(dressed) for dressed in (phrase, phrase.upper(), f"  {phrase.capitalize()}!  ", f"{phrase}.")} == {talk}


@pytest.mark.parametrize(("text", "words"), [("a", True), ("7", True), ("ñ", True), ("字", True), ("👍", False), ("... !", False), ("\u200b", False)])
def test_a_thumb_or_a_row_of_dots_asks_nothing(text: str, words: bool) -> None:
    """H2."""
    assert has_words(text) is words


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_typed_label_means_what_its_button_means(language: str) -> None:
    t = tongue(language)

    assert [small_talk(t.say(label)) for label in ("Yes, solved", "Not what I need", "Talk to a person")] == ["yes", "no", "person"]
