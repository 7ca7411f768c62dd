"""Which questions ask for the same: read once, off the event loop, by meaning where there is an encoder."""

from __future__ import annotations

import numpy as np

from bot.engine.faq.knowledge import Knowledge
from bot.engine.incidents.likes import KEPT, Likes
from kb.precedents import Floats
from tests.builders import FAQ

MAIL, POST, CAT = "The mail server is down", "Der Mailserver antwortet nicht", "My cat sleeps on the router"
MEANT = {MAIL: [1.0, 0.0], POST: [0.8, 0.6], CAT: [0.0, 1.0]}


def vector(question: str) -> Floats | None:
    return np.array(MEANT[question], np.float32) if question in MEANT else None


def test_what_was_not_read_is_read_first_and_then_compared_by_meaning() -> None:
    likes = Likes(vector)
    assert likes.alike(MAIL, [POST, CAT], "meaning") is None

    likes.consider()

    assert likes.alike(MAIL, [POST, CAT], "meaning") == [True, False]


def test_without_an_encoder_words_decide() -> None:
    likes = Likes(lambda question: None)
    assert likes.alike(MAIL, ["the MAIL server is down!", POST, CAT], "words") is None
    likes.consider()

    assert likes.alike(MAIL, ["the MAIL server is down!", POST, CAT], "words") == [True, False, False]


def test_what_was_read_in_words_is_read_again_once_there_is_an_encoder() -> None:
    likes = Likes(vector)
    likes.alike(MAIL, [CAT], "words")
    likes.consider()

    assert likes.alike(MAIL, [CAT], "meaning") is None


def test_only_so_many_are_kept_and_the_newest_are_among_them() -> None:
    likes = Likes(lambda question: None)
    texts = [f"question number {n}" for n in range(KEPT + 50)]
    likes.alike(texts[0], texts[1:], "words")
    likes.consider()

    assert likes.alike(texts[-1], texts[-9:-1], "words") is not None
    assert likes.alike(texts[0], [], "words") is None


def test_where_words_alone_decide_nothing_has_to_be_read_first() -> None:
    knowledge = Knowledge(FAQ, ("en",))

    assert knowledge.alike(MAIL, [POST, CAT]) == [False, False]
