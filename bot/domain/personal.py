"""Whether words hold what should not stand where others read it. Rather too little than too much: who is asked for nothing asks no more."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Literal

from bot.domain import identity_numbers

Kind = Literal["card", "iban", "secret", "national_id", "phone", "email", "health"]
Span = tuple[int, int]

MOST = 8_000  # characters that are looked at: what is longer is a log or a document, and its beginning says what it is about
NEAR = 40  # characters between "my number" and the number

# ------------------------------------------------------------------------------------------------------------- card, iban
_CARD = re.compile(r"(?<![0-9.,-])[2-6](?:[ -]?[0-9]){12,18}(?![0-9]|[.,-][0-9])")
_ISSUED = re.compile(  # lengths and beginnings that issuers use: a number of an order that passes Luhn's test by chance seldom has both
    r"4[0-9]{12}(?:[0-9]{3}){0,2}|(?:5[1-5]|2[2-7])[0-9]{14}|3[47][0-9]{13}|3(?:0[0-5]|[689][0-9])[0-9]{11}|35[0-9]{14}|6(?:011|4[4-9]|5)[0-9]{12,13}"
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{2})([0-9]{2})((?:[ -]?[A-Za-z0-9]){11,30})")
IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AT": 20, "BE": 16, "BG": 22, "BR": 29, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24, "FI": 18, "FR": 27,
    "GB": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MT": 31, "NL": 18,
    "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SA": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TR": 26, "UA": 29,
}  # fmt: skip


def is_card(digits: str) -> bool:
    """Has it an issuer's beginning and length, and Luhn's check digit?"""
    if not _ISSUED.fullmatch(digits) or len(set(digits)) < 2:
        return False
    doubled = [int(d) * 2 for d in digits[-2::-2]]
    return (sum(int(d) for d in digits[-1::-2]) + sum(d - 9 if d > 9 else d for d in doubled)) % 10 == 0


def is_iban(text: str) -> bool:
    """Has it its country's length and the right check digits? text: letters and digits alone."""
    text = text.upper()
    if len(text) != IBAN_LENGTHS.get(text[:2], 0):
        return False
    return int("".join(str(int(letter, 36)) for letter in text[4:] + text[:4])) % 97 == 1


def _cards(text: str) -> Iterator[Span]:
    return (found.span() for found in _CARD.finditer(text) if is_card(re.sub("[ -]", "", found[0])))


def _ibans(text: str) -> Iterator[Span]:
    for found in _IBAN.finditer(text):
        places = [place for place, sign in enumerate(found[0], found.start()) if sign not in " -"]
        length = IBAN_LENGTHS.get(found[1].upper(), 0)
        if length and is_iban(re.sub("[ -]", "", found[0])[:length]):  # what follows it may be the next word
            yield found.start(), places[length - 1] + 1


# ---------------------------------------------------------------------------------------------------------------- secrets
_IS = r"\s*(?:[:=]|\bis\b|\bes\b|\bé\b|\best\b|\bè\b|\bist\b|\bwas\b|\bwar\b|\bera\b|\bétait\b|\blautet\b)\s*[:=]?\s*"
_PASSWORD = re.compile(
    r"\b(?:pass ?word|pass ?code|pass ?phrase|pwd|contraseña|contrasena|clave|senha|palavra-?passe|mot de passe|mdp|parola d'ordine|parola chiave|passwort|"
    r"kennwort|api[ _-]?key|api[ _-]?token|access[ _-]?token|secret[ _-]?key)" + _IS + r"(\S+)",
    re.IGNORECASE,
)
_PIN = re.compile(r"\b(?:pin|pin[ -]?code|código pin|codice pin|code pin|pin[ -]?nummer)" + _IS + r"([0-9]{4,8})\b", re.IGNORECASE)
_KEYS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(?:xox[bpars]-[0-9A-Za-z-]{10,}|gh[pousr]_[0-9A-Za-z]{20,}|sk_live_[0-9A-Za-z]{10,}|AKIA[0-9A-Z]{16})\b"
)
_MARKS = "!@#$%^&*+=?~_|§€"  # in a word they make it no word of a language; a hyphen or an apostrophe does not
_ENDS = ".,;:!?\"'»«“”‘’)(<>`*_"


def _secrets(text: str) -> Iterator[Span]:
    yield from (found.span() for found in _KEYS.finditer(text))
    yield from (found.span(1) for found in _PIN.finditer(text))
    yield from (found.span(1) for found in _PASSWORD.finditer(text) if _is_secret(found[1]))


def _is_secret(value: str) -> bool:
    """No word of a language: letters with digits or marks, or a row of digits. Masked ones ("****") are none."""
    bare = value.strip(_ENDS)
    if len(bare) < 4 or "://" in bare or bare.endswith(("()", "%")):
        return False
    if bare.isdigit():
        return len(bare) >= 5
    has_letter, has_digit = any(c.isalpha() for c in bare), any(c.isdigit() for c in bare)
    return has_letter and (has_digit or any(c in _MARKS for c in bare))


# ------------------------------------------------------------------------------------------------- one's own, said as one's own
_MY = r"\b(?:my|mi|mis|meu|minha|mon|ma|mes|mio|mia|mein|meine|meinen|meiner|meinem)\s+(?:\w+\s+){0,2}?"
_MY_PHONE = re.compile(
    rf"(?:{_MY}(?:phone|mobile|cell|number|teléfono|telefono|móvil|movil|celular|número|numero|telefone|telemóvel|téléphone|portable|numéro|cellulare|handy|"
    r"handynummer|telefon|telefonnummer|mobilnummer|rufnummer|nummer)|\b(?:call|text|reach|ring) me (?:on|at)|\bllámame al|\bligue para|\bappelez-moi au|"
    r"\bchiamami al|\brufen sie mich (?:an )?unter)\b[^0-9+\n]{0,%d}(\+?\(?[0-9][0-9 ()./-]{6,18}[0-9])" % NEAR,
    re.IGNORECASE,
)
_MY_MAIL = re.compile(
    rf"{_MY}(?:e-?mail|mail|address|correo|dirección|direccion|endereço|adresse|courriel|indirizzo|posta)\b[^@\n]{{0,{NEAR}}}\s([\w.+-]{{1,64}}@[\w-]+\.[\w.-]+)",
    re.IGNORECASE,
)
_HEALTH = re.compile(
    rf"{_MY}(?:diagnosis|medication|prescription|pregnancy|illness|disability|psychiatrist|chemotherapy|diagnóstico|medicación|embarazo|enfermedad|discapacidad|"
    r"psiquiatra|quimioterapia|medicação|gravidez|doença|deficiência|diagnostic|traitement médical|grossesse|maladie|handicap|psychiatre|diagnosi|gravidanza|"
    r"malattia|disabilità|farmaci|diagnose|krankheit|schwangerschaft|behinderung|medikamente|krankschreibung|psychiater)\b"
    r"|\b(?:i (?:have|suffer from|was diagnosed with)|tengo|sufro de|tenho|sofro de|j'ai (?:un |une |le |la )?|je souffre d[e'] ?|"
    r"ho (?:il |la )?|soffro di|ich habe|ich leide (?:an|unter))\s*(?:cancer|hiv|aids|depression|diabetes|"
    r"epilepsy|cáncer|depresión|vih|epilepsia|câncer|depressão|sida|"
    r"dépression|diabète|épilepsie|cancro|depressione|diabete|epilessia|krebs|depressionen|epilepsie)\b",
    re.IGNORECASE,
)


def _phones(text: str) -> Iterator[Span]:
    return (found.span(1) for found in _MY_PHONE.finditer(text) if 7 <= sum(c.isdigit() for c in found[1]) <= 15)


_LOOKS: tuple[tuple[Kind, Callable[[str], Iterator[Span]]], ...] = (
    ("card", _cards),
    ("iban", _ibans),
    ("secret", _secrets),
    ("national_id", identity_numbers.places_in),
    ("phone", _phones),
    ("email", lambda text: (found.span(1) for found in _MY_MAIL.finditer(text))),
    ("health", lambda text: (found.span() for found in _HEALTH.finditer(text))),
)


def found_in(text: str) -> tuple[Kind, ...]:
    """What kinds of personal or secret matter the words hold; () as a rule. Never the matter itself: that is for nobody's log."""
    return tuple(kind for kind, places in _LOOKS if any(True for _ in places(text[:MOST])))


def places_in(text: str) -> Iterator[tuple[Kind, Span]]:
    """Where it stands, a kind after the other; two kinds may see the same. The text is looked through whole."""
    return ((kind, place) for kind, places in _LOOKS for place in places(text))
