from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.language import detect, probabilities
from kb.lexicon import LANGUAGES

SAID = {
    "en": ["How do I reset my password?", "the printer is jammed again", "who can give me access", "my screen stays black", "can't open the file"],
    "es": ["¿Cómo restablezco mi contraseña?", "mi impresora ya no imprime nada", "no puedo abrir el correo", "necesito otro portátil", "olvide mi contrasena"],
    "pt": ["Como redefino minha senha?", "a impressora não funciona", "não consigo abrir o e-mail", "preciso de um notebook novo", "esqueci a minha senha"],
    "fr": ["Comment réinitialiser mon mot de passe ?", "l'imprimante ne marche plus", "je n’arrive pas à ouvrir le fichier", "mon écran reste noir"],
    "it": ["Come reimposto la mia password?", "la stampante non funziona", "non riesco ad aprire la posta", "ho bisogno di un nuovo portatile"],
    "de": ["Wie setze ich mein Passwort zurück?", "der Drucker geht nicht", "ich kann die Datei nicht öffnen", "Bildschirm bleibt schwarz"]}


@pytest.mark.parametrize(("lang", "text"), [(lang, text) for lang, texts in SAID.items() for text in texts])
def test_a_short_message_is_known_by_its_words(lang: str, text: str) -> None:
    assert detect(text) == lang


@pytest.mark.parametrize("text", ["", "   ", "12345", "😀😀", "\0", "Привет, как дела", "…"])
def test_a_text_that_says_nothing_leaves_all_languages_equal(text: str) -> None:
    assert probabilities(text) == pytest.approx(dict.fromkeys(LANGUAGES, 1 / 6))


def test_the_hint_decides_what_the_text_does_not() -> None:
    assert detect("VPN", hint="de") == "de"
    assert detect("12345") is None
    assert detect("12345", hint="pt", allowed=("en", "es")) is None


def test_clear_words_win_over_the_hint() -> None:
    assert detect("¿Dónde encuentro mi contraseña nueva?", hint="en") == "es"


def test_what_was_read_before_changes_nothing() -> None:
    once = probabilities("my pinguinario is broken, l'écran aussi")
    probabilities("pinguinario " * 60)
    assert probabilities("my pinguinario is broken, l'écran aussi") == once


def test_words_after_the_first_forty_change_nothing() -> None:
    forty = " ".join(["the printer is broken"] * 10)
    assert probabilities(forty + " la impresora ya no imprime nada") == probabilities(forty)


def test_only_allowed_languages_are_named() -> None:
    assert detect("Como posso redefinir a minha senha?", allowed=("en", "es")) in ("en", "es", None)
    assert detect("How do I reset my password?", allowed=("en", "de")) == "en"


@given(st.text(max_size=300))
def test_probabilities_are_a_distribution_over_the_six(text: str) -> None:
    odds = probabilities(text)
    assert tuple(odds) == LANGUAGES
    assert sum(odds.values()) == pytest.approx(1.0)
    assert min(odds.values()) >= 0


@pytest.mark.parametrize(("text", "lang"), [("Wie funktioniert Bitcoin-Mining?", "de"), ("Was ist Bitcoin?", "de"), ("Come sono creati i bitcoin?", "it")])
def test_names_say_nothing_about_the_language(text: str, lang: str) -> None:
    assert probabilities(text, {"bitcoin", "mining"})[lang] > max(0.9, probabilities(text)[lang])
