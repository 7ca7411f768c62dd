"""National identity and tax numbers that can be told from other numbers: by their check digits, else by the word before them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_SSN = re.compile(r"(?<![0-9-])(?!000|666|9[0-9]{2})[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}(?![0-9-])")
_DNI = re.compile(r"(?<![A-Za-z0-9])(?:([XYZxyz])-?([0-9]{7})|([0-9]{8}))[- ]?([A-Za-z])(?![A-Za-z0-9])")
_CPF = re.compile(r"(?<![0-9])([0-9]{3})\.([0-9]{3})\.([0-9]{3})-([0-9]{2})(?![0-9])")
_FISCALE = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{6}[0-9]{2}[A-EHLMPRSTa-ehlmprst][0-9]{2}[A-Za-z][0-9]{3}[A-Za-z](?![A-Za-z0-9])")
_NIR = re.compile(r"(?<![0-9])([12] ?[0-9]{2} ?(?:0[1-9]|1[0-2]) ?(?:[0-9]{2}|2[ABab]) ?[0-9]{3} ?[0-9]{3}) ?([0-9]{2})(?![0-9])")
_NIF = re.compile(r"\bnif\b[^0-9\n]{0,12}([0-9]{3} ?[0-9]{3} ?[0-9]{3})(?![0-9])", re.IGNORECASE)
_STEUER = re.compile(r"\b(?:steuer-?id|steueridentifikationsnummer|idnr\.?)\b[^0-9\n]{0,12}([0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{3})(?![0-9])", re.IGNORECASE)

DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)  # DM 12/03/1974: weights at odd places


def _dni(found: re.Match[str]) -> bool:
    """Spain: the letter is the number's rest by 23; a foreigner's first letter stands for a digit."""
    first, foreign, own, letter = found.groups()
    number = f"{'XYZ'.index(first.upper())}{foreign}" if first else own
    return DNI_LETTERS[int(number) % 23] == letter.upper()


def _cpf(found: re.Match[str]) -> bool:
    """Brazil: two check digits by 11."""
    digits = [int(d) for d in "".join(found.groups())]
    if len(set(digits)) == 1:
        return False
    return all(sum(d * w for d, w in zip(digits, range(n + 1, 1, -1), strict=False)) * 10 % 11 % 10 == digits[n] for n in (9, 10))


def _fiscale(found: re.Match[str]) -> bool:
    """Italy: the last letter is made of all others."""
    text = found[0].upper()
    values = [int(c, 36) if c.isdigit() else ord(c) - ord("A") for c in text[:15]]
    total = sum(_ODD[value] if n % 2 == 0 else value for n, value in enumerate(values))
    return chr(ord("A") + total % 26) == text[15]


def _nir(found: re.Match[str]) -> bool:
    """France: 97 less the number's rest by 97; Corsica's letters stand for 19 and 18."""
    number = found[1].replace(" ", "").upper().replace("2A", "19").replace("2B", "18")
    return 97 - int(number) % 97 == int(found[2])


def _nif(found: re.Match[str]) -> bool:
    """Portugal: a check digit by 11."""
    digits = [int(d) for d in found[1] if d.isdigit()]
    rest = sum(d * w for d, w in zip(digits, range(9, 1, -1), strict=False)) % 11
    return digits[8] == (0 if rest < 2 else 11 - rest)


def _steuer(found: re.Match[str]) -> bool:
    """Germany: a check digit by ISO 7064, MOD 11,10."""
    digits = [int(d) for d in found[1] if d.isdigit()]
    product = 10
    for digit in digits[:10]:
        product = 2 * ((digit + product) % 10 or 10) % 11
    return (11 - product) % 10 == digits[10]


_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], bool]], ...] = (
    (_SSN, lambda found: True),
    (_DNI, _dni),
    (_CPF, _cpf),
    (_FISCALE, _fiscale),
    (_NIR, _nir),
    (_NIF, _nif),
    (_STEUER, _steuer),
)


def places_in(text: str) -> Iterator[tuple[int, int]]:
    """Where one stands."""
    return (found.span() for pattern, is_one in _RULES for found in pattern.finditer(text) if is_one(found))
