"""What is heard and what is read on a telephone: plain, short, and nothing of it lost."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.phone import outbound, speech
from adapters.phone.numbers import address_of, e164, language_of, locale_of, takes_texts, who
from adapters.phone.words import chosen_digit, is_enough
from bot.domain.desks import LANGUAGES
from bot.domain.messages import Article, Choice, Outbound, Say, Small, Title, Words
from bot.engine.numbered import spelt
from bot.engine.tongue import tongue

EN = tongue("en")


def offered(*labels: str, parts: tuple[Say | Title | Article | Small, ...] = (Say("Is it one of these?"),)) -> Outbound:
    """As the core hands over what can be chosen."""
    return spelt(EN, Outbound(parts, tuple(Choice(label, f"a:{n}") for n, label in enumerate(labels))))


# -------------------------------------------------------------------------------------------------------------- to be heard
def test_choices_are_told_from_lists_of_an_answer() -> None:
    steps = Article("1. Open the lid.\n2. Turn the screw.")
    heard = speech.heard([offered("Yes, solved", "Not what I need", parts=(steps,))], "en", "IT")
    assert heard.choices == ("Yes, solved", "Not what I need")
    assert [line.text for line in heard.lines] == ["Open the lid. Turn the screw."]
    assert heard.is_answer


def test_small_print_is_not_read_and_numbers_are_spelt() -> None:
    message = Outbound((Say("I passed it on as IT-41."), Small("IT-41 · You are first in the queue.")))
    heard = speech.heard([message], "en", "IT")
    assert [line.text for line in heard.lines] == ["I passed it on as I, T, 4, 1."]
    assert heard.number == "IT-41"


def test_where_there_is_nothing_but_small_print_it_is_read() -> None:
    assert speech.heard([Outbound((Small("Nothing else."),))], "en", "IT").lines == (speech.Sentence("en", "Nothing else."),)


def test_a_receipt_is_known_in_every_language() -> None:
    for language in LANGUAGES:
        t = tongue(language)
        receipt = spelt(t, Outbound((Say("IT-1"),), (Choice(t.say("Add details"), "add:IT-1"), Choice(t.say("Cancel request"), "cancel:IT-1"))))
        heard = speech.heard([receipt], language, "IT")
        assert (heard.is_receipt, heard.choices) == (True, ()), language


def test_a_message_that_was_cut_for_texts_is_read_as_one_and_its_choices_are_found() -> None:
    long = offered("Yes, solved", parts=(Article(" ".join(f"Sentence number {n} of many." for n in range(100))),))
    pieces = outbound.fit(long)
    assert len(pieces) > 1
    heard = speech.heard(pieces, "en", "IT")
    assert heard.choices == ("Yes, solved",)
    assert not any("(1/" in line.text or "(2/" in line.text for line in heard.lines)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Open [the portal](https://portal.example) and sign in", "Open the portal and sign in."),
        ("**Bold** and `code`", "Bold and code."),
        ("- one\n- two", "one. two."),
        ("See https://example.com/x", "See."),
        ("Is it on?", "Is it on?"),
    ],
)
def test_nothing_that_cannot_be_heard_is_read(written: str, said: str) -> None:
    assert speech.heard([Outbound((Article(written),))], "en", "IT").lines[0].text == said


def test_a_long_answer_is_read_up_to_the_end_of_a_sentence() -> None:
    heard = speech.heard([Outbound((Article(" ".join(f"Sentence number {n} of many." for n in range(100))),))], "en", "IT")
    read = heard.lines[0].text
    assert read.endswith("of many.")
    assert speech.LONGEST / 2 < len(read) <= speech.LONGEST


def test_an_answer_in_another_language_is_read_in_its_own() -> None:
    german = Article("Öffnen Sie die Einstellungen und wählen Sie dann den Drucker aus, den Sie verwenden möchten.")
    assert speech.heard([Outbound((german,))], "es", "IT").lines[0].language == "de"


def test_what_can_be_chosen_is_said_as_people_say_it() -> None:
    assert speech.offers(EN, ["How do I reset my password?", "Yes, solved", "Not what I need", "Talk to a person"]) == [
        "For “How do I reset my password”, press 1.",
        "If that solved it, say yes or press 2.",
        "If not, say no or press 3.",
        "To speak to a person, press 0.",
    ]


@given(st.text(max_size=3000), st.sampled_from([Article, Say, Title, Words, Small]))
def test_whatever_is_written_can_be_read_and_its_length_is_bounded(text: str, kind: type) -> None:
    heard = speech.heard([Outbound((kind(text),))], "en", "IT")
    assert all(line.text.strip() for line in heard.lines)
    if kind is Article:
        assert sum(len(line.text) for line in heard.lines) <= 2 * speech.LONGEST + 10


@pytest.mark.parametrize(
    ("said", "language", "digit"),
    [("one", "en", 1), ("The second one.", "en", 2), ("number three", "en", 3), ("uno", "es", 1), ("la segunda", "es", 2), ("drei", "de", 3), ("2", "it", 2),
     ("one of my screens is black", "en", 0), ("", "en", 0), ("number one", "en", 1), ("twelve", "en", 0), ("premier", "fr", 0), ("deux", "fr", 2)],
)  # fmt: skip
def test_a_number_is_chosen_by_its_word_alone(said: str, language: str, digit: int) -> None:
    assert chosen_digit(said, language) == digit


@pytest.mark.parametrize(
    ("said", "enough"), [("No, thanks.", True), ("Eso es todo", True), ("That's all!", True), ("no sound", False), ("nothing works", False)]
)
def test_who_needs_nothing_more_says_so(said: str, enough: bool) -> None:
    assert is_enough(said) is enough


# ---------------------------------------------------------------------------------------------------------------- to be read
def test_a_text_of_typewriter_signs_may_be_more_than_twice_as_long() -> None:
    assert outbound.most_of("a" * 100) == 6 * 153
    assert outbound.most_of("ж" * 100) == 6 * 67
    assert outbound.most_of("“quoted” — and…") > 800, "curly quotes alone are typed straight"


def test_signs_that_cost_double_are_typed_plainly_only_where_that_helps() -> None:
    assert outbound.plainer("“Hello” – it’s IT-1 · now…") == "\"Hello\" - it's IT-1 - now..."
    assert outbound.plainer("“Привет” – это") == "“Привет” – это"


@given(st.text(alphabet=st.sampled_from("ab ж🙂€[]“…\n.^"), min_size=1, max_size=3000))
@example("a…" * 1000)
@example("€" * 1500)
@example("🙂" * 700)
def test_every_piece_of_any_text_has_six_segments_at_most_and_is_not_cut_again(text: str) -> None:
    for piece in outbound.fit(Outbound((Words(text),))):
        assert list(outbound.fit(piece)) == [piece]
        body = outbound.body(piece)
        if outbound.is_gsm(body):
            assert len(body) + sum(sign in outbound.GSM_DOUBLE for sign in body) <= 6 * 153
        else:
            assert len(body.encode("utf-16-le")) // 2 <= 6 * 67
        assert len(body) <= 1600


def test_an_agents_words_stand_below_their_name_without_signs_of_quoting() -> None:
    assert outbound.body(Outbound((Words("Restart it\nand wait", "Ann · IT-4"),))) == "Ann - IT-4:\nRestart it\nand wait"


# ------------------------------------------------------------------------------------------------------------------ numbers
@pytest.mark.parametrize(
    "text", ["", "anonymous", "Restricted", "+266696687", "600111222", "12345", "+34 600 111 222", "tel:+34600111222", "+999999999999999999"]
)
def test_what_is_no_number_of_anybodys_is_none(text: str) -> None:
    assert e164(text) == ""


def test_a_number_tells_language_accent_and_whether_it_takes_texts() -> None:
    desk = ("en", "es", "de")
    assert [language_of(number, desk) for number in ("+34600111222", "+525512345678", "+41791234567", "+5511987654321")] == ["es", "es", "de", ""]
    assert [locale_of("es", number) for number in ("+34600111222", "+525512345678", "")] == ["es-ES", "es-MX", "es-ES"]
    assert [takes_texts(number) for number in ("+34600111222", "+34912345678", "+12025550123", "")] == [True, False, True, False]
    assert (who("+34600111222", desk).name, who("+12025550123", desk).timezone) == ("+34 600 11 12 22", "America/New_York")


@pytest.mark.parametrize("identifier", ["phone:", "phone:600", "phone:+34600111222x", "slack:+34600111222", "phone:withheld-", "phone:+34600111222\n", ""])
def test_an_id_that_is_not_ours_names_nobody(identifier: str) -> None:
    assert address_of(identifier) is None


def test_an_id_of_ours_names_a_number_or_somebody_who_hid_it() -> None:
    found = [address_of(one) for one in ("phone:+34600111222", "phone:+34600111222/SM1", "phone:withheld-CA1")]
    assert [one.number for one in found if one] == ["+34600111222", "+34600111222", ""]
