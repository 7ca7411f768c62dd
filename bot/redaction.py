"""What must not be read in any output: secrets, by value and by their looks, addresses of people, and characters that forge lines."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

HIDDEN = "***"
SHORTEST = 6  # characters; hiding a shorter value would hide half of every line, and start refuses such secrets

_NAMED = r"[\w-]*(?:token|secret|password|passwd|signature|(?:api|secret|private|access)[-_]?key)"
_LOOKS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (r"\b(xox[a-z]|xapp)(?:\.[a-z]+)?-[\w-]{4,}", r"\1-***"),
        (r"(?i)(/bot\d+)(?::|%3a)[\w-]+", r"\1:***"),
        (r"\b(\d{5,20}):[A-Za-z0-9_-]{30,}", r"\1:***"),
        (r"\b(Bearer|Basic)\s+(?=\S*[\d=_.-])[A-Za-z0-9._~+/=-]{8,}", r"\1 ***"),
        (r"(?i)\b(authorization['\"]?\s*[:=]\s*['\"]?(?:[a-z]+\s+)?)(?!\*)[^\s'\",]{6,}", r"\1***"),
        (r"\bv0=[0-9a-fA-F]{16,}", "v0=***"),
        (r"(https?://hooks\.slack(?:-gov)?\.com/)[^\s'\"]+", r"\1***"),
        (r"(?i)([?&](?:ticket|token|secret|key|sig|signature|code|password)=)[^&\s'\"]+", r"\1***"),
        (rf"(?i)\b({_NAMED}['\"]?\s*[:=]\s*['\"]?)(?=[^\s'\"]*\d)[^\s'\"&,;{{}}]{{8,}}", r"\1***"),
        (r"(://[^\s/:@]*):[^\s/@]+@", r"\1:***@"),
        (r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,6}\.[A-Za-z]{2,24}\b", "***@***"),
        (r"(?<![\w.:/+-])\+\d{1,3}(?:[ .()-]{0,2}\d){7,13}(?![\w:])", "+***"),
        (r"(?<![\w.:/+-])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\w.:-])", HIDDEN),
    )
)
_CARD = re.compile(r"(?<![\w:/.-])(?:\d{4}[ -]?){3}\d{3,4}(?![\w:.-])")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


class Redactor:
    """Hides secrets. values: those of this process; what only looks like one is hidden, too."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        known = {form for value in values if len(value) >= SHORTEST for form in (value, quote(value, safe=""))}
        self._values = re.compile("|".join(re.escape(value) for value in sorted(known, key=len, reverse=True))) if known else None

    def clean(self, text: str) -> str:
        """The text without secrets and people's addresses; lines stay as they are."""
        if self._values is not None:
            text = self._values.sub(HIDDEN, text)
        for look, instead in _LOOKS:
            text = look.sub(instead, text)
        return _CARD.sub(_without_card, text)


def one_line(text: str) -> str:
    """Control characters, line ends and what reorders text, written out: a line of a log is a line."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def _without_card(found: re.Match[str]) -> str:
    """A payment card's number by its check digit (ISO/IEC 7812-1); other numbers stay."""
    digits = [int(c) for c in found[0] if c.isdigit()]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return HIDDEN if (sum(digits[-1::-2]) + doubled) % 10 == 0 else found[0]
