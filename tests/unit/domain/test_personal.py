"""What should not stand where others read it is seen, and what only looks like it is left alone."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.identity_numbers import DNI_LETTERS
from bot.domain.personal import IBAN_LENGTHS, found_in, is_card, is_iban

PERSONAL = [
    ("card", "my card 4111 1111 1111 1111 was charged twice"),
    ("card", "Karte 5500-0000-0000-0004 gesperrt"),
    ("card", "378282246310005 est ma carte"),
    ("iban", "Bitte auf DE89 3704 0044 0532 0130 00 and mehr"),
    ("iban", "mi cuenta: ES9121000418450200051332"),
    ("iban", "gb29 nwbk 6016 1331 9268 19."),
    ("secret", "my password is hunter2"),
    ("secret", "mi contraseña es Abc123!"),
    ("secret", "minha senha: gato123"),
    ("secret", "mon mot de passe est S0leil"),
    ("secret", "la password è ciao99"),
    ("secret", "mein Passwort lautet Sommer2024"),
    ("secret", "pin: 4321"),
    ("secret", "the token is xoxb-123456789012-abcdef"),
    ("national_id", "SSN 123-45-6789"),
    ("national_id", "mi DNI es 12345678Z"),
    ("national_id", "CPF 529.982.247-25"),
    ("national_id", "codice fiscale RSSMRA85T10A562S"),
    ("national_id", "numéro 2 55 08 14 168 025 38"),
    ("national_id", "NIF 501964843"),
    ("national_id", "Steuer-ID 86 095 742 719"),
    ("phone", "my phone is +1 415 555 0100"),
    ("phone", "meine Handynummer: 0151 23456789"),
    ("phone", "mi teléfono es 612 345 678"),
    ("phone", "mon numéro est 06 12 34 56 78"),
    ("phone", "il mio cellulare è 333 1234567"),
    ("phone", "meu celular é 11 91234-5678"),
    ("email", "my private email is ann@example.org"),
    ("email", "meine private E-Mail ist a@b.de"),
    ("email", "mi correo es a@b.es"),
    ("health", "I have depression and need time off"),
    ("health", "meine Krankschreibung ist da"),
    ("health", "J'ai un cancer"),
    ("health", "tengo cáncer"),
    ("health", "la mia malattia"),
    ("health", "minha gravidez"),
]
HARMLESS = [
    "my password is wrong",
    "password: required",
    "my password is expired",
    "mein Passwort ist abgelaufen",
    "mi clave es incorrecta",
    "mon mot de passe est refusé",
    "la mia password è scaduta",
    "minha senha é inválida",
    "password is case-sensitive",
    "the password is 8-16 characters",
    "password ****",
    "the password is in https://wiki.example.org/p4ge",
    "PIN is wrong",
    "order 4111111111111112",
    "ticket 1234567890123456",
    "tracking number 1Z 999 AA1 01 2345 6784",
    "DE88 3704 0044 0532 0130 00",
    "support@example.org bounces",
    "call +49 30 123456, nobody answers",
    "my phone does not start",
    "my email does not arrive",
    "invoice 2024-11-22 10:30",
    "IP 192.168.10.12, port 8080",
    "error 0x80070005 at 10:22:33",
    "is the health portal down?",
    "version 12345678A",
    "CPF 529.982.247-24",
    "SSN 000-45-6789",
    "¿Cómo restablezco mi contraseña?",
    "Ich habe Probleme mit dem Drucker HP4200",
    "tengo una pregunta sobre la nómina",
    "",
]


@pytest.mark.parametrize(("kind", "words"), PERSONAL)
def test_what_is_personal_is_seen(kind: str, words: str) -> None:
    assert kind in found_in(words)


@pytest.mark.parametrize("words", HARMLESS)
def test_what_is_harmless_is_left_alone(words: str) -> None:
    assert found_in(words) == ()


@given(st.text(alphabet="0123456789", min_size=15, max_size=15), st.integers(1, 9))
def test_a_wrong_digit_makes_a_card_number_none(digits: str, more: int) -> None:
    body = "4" + digits[:14]
    cards = [body + str(check) for check in range(10) if is_card(body + str(check))]

    assert len(cards) == (0 if set(body) == {"4"} and cards == [] else 1)
    wrong = cards[0][:-1] + str((int(cards[0][-1]) + more) % 10) if cards else ""
    assert not is_card(wrong)


@given(st.sampled_from(sorted(IBAN_LENGTHS)), st.data())
def test_one_of_the_check_digits_makes_an_iban(country: str, data: st.DataObject) -> None:
    rest = data.draw(st.text(alphabet=string.digits + string.ascii_uppercase, min_size=IBAN_LENGTHS[country] - 4, max_size=IBAN_LENGTHS[country] - 4))
    right = [check for check in range(2, 99) if is_iban(f"{country}{check:02}{rest}")]

    assert len(right) == 1
    assert found_in(f"x: {country}{right[0]:02}{rest}, y") != ()


@given(st.integers(0, 99_999_999), st.sampled_from(DNI_LETTERS))
def test_a_spanish_number_needs_its_own_letter(number: int, letter: str) -> None:
    assert ("national_id" in found_in(f"DNI {number:08}{letter}")) == (DNI_LETTERS[number % 23] == letter)


@given(st.text(max_size=300))
def test_any_text_can_be_looked_at(text: str) -> None:
    assert len(found_in(text)) <= 7
