"""What a browser sends becomes an event: cleaned, and keyed so that twice is once."""

from __future__ import annotations

import pytest

from adapters.web.inbound import clean, clean_name, file_name, inbound, is_once, said
from bot.domain.ids import PersonId
from bot.domain.messages import Attachment, Commanded, Said
from bot.domain.people import Person
from tests.web_desk import START

ANA = Person(PersonId("web:ana"), "Ana", "en")


@pytest.mark.parametrize("odd", ["a\0b", "a\x1bb", "a\x9fb", "a\ud800b"])
def test_what_no_database_stores_becomes_a_replacement_character(odd: str) -> None:
    assert clean(odd) == "a\ufffdb"


def test_line_ends_of_a_form_become_newlines() -> None:
    assert clean("one\r\ntwo\rthree\n\tfour") == "one\ntwo\nthree\n\tfour"


def test_a_name_is_one_line_of_at_most_eighty_characters_without_disguise() -> None:
    assert clean_name("  Ann\n\u202eAgent\u2066  ") == "Ann Agent"
    assert len(clean_name("x" * 500)) == 80


@pytest.mark.parametrize(("given", "kept"), [("C:\\Users\\me\\plan.pdf", "plan.pdf"), ("../../etc/passwd", "passwd"), ("", "file"), ("a\nb.txt", "a b.txt")])
def test_a_file_keeps_the_last_part_of_its_name_alone(given: str, kept: str) -> None:
    assert file_name(given) == kept


def test_the_same_form_sent_twice_has_the_same_key_and_two_peoples_forms_never_have() -> None:
    ben = Person(PersonId("web:ben"), "Ben", "en")
    words = said("hello", "web:ana", "0" * 16)
    assert inbound(ANA, "web:ana", "0" * 16, START, words).key == inbound(ANA, "web:ana", "0" * 16, START, words).key
    assert inbound(ANA, "web:ana", "0" * 16, START, words).key != inbound(ben, "web:ben", "0" * 16, START, words).key


def test_typed_commands_are_commands() -> None:
    command = said("/lang es", "web:ana", "0" * 16)
    assert isinstance(command, Commanded)
    assert (command.name, command.argument) == ("lang", "es")


@pytest.mark.parametrize("text", ["/etc/hosts is broken", "what is /help", "/take IT-1", "/"])
def test_a_slash_alone_makes_no_command(text: str) -> None:
    assert isinstance(said(text, "web:ana", "0" * 16), Said)


def test_words_with_a_file_are_a_message_whatever_they_begin_with() -> None:
    assert isinstance(said("/help", "web:ana", "0" * 16, (Attachment("web:f", "a.txt"),)), Said)


@pytest.mark.parametrize("token", ["", "xyz", "0" * 15, "0" * 65, "0123456789abcdeg", "0" * 16 + "\n"])
def test_a_once_token_that_is_none_of_ours_is_none(token: str) -> None:
    assert not is_once(token)
