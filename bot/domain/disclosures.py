"""What should not leave the team unnoticed: words that look like a secret, and links that work only inside."""

from __future__ import annotations

import re
from collections.abc import Collection
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

Disclosure = Literal["secret", "link"]

_VALUE = r"['\"“„«]?(?P<value>[^\s'\"”“»]{4,})"
_PASSWORD = r"(?:pass(?:word|wort|phrase|code)?|pwd|kennwort|contraseñ?a|clave|senha|mot de passe|mdp|parola d'ordine|pin)"
_GIVEN = re.compile(rf"(?i)\b{_PASSWORD}\b[^\n:=]{{0,30}}?\s*[:=]\s*{_VALUE}")
_SAID = re.compile(rf"(?i)\b{_PASSWORD}\b(?: [\w-]{{1,20}}){{0,4}}? (?:is|ist|lautet|es|est|è|é)(?: now| jetzt| ahora)? {_VALUE}")
_NAMED_KEY = re.compile(r"(?i)\b[\w-]*(?:token|secret|api[-_ ]?key|access[-_ ]?key|client[-_ ]?secret)['\"]?\s*[:=]\s*['\"]?(?P<value>[^\s'\"]{8,})")
_KEYS = re.compile(
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bxox[a-z]-[\w-]{8,}|\bsk-[\w-]{16,}"
    r"|\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}|\b\d{6,12}:[A-Za-z0-9_-]{30,}|-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAIza[\w-]{30,}"
    r"|\bBearer\s+(?=\S*[\d=_.-])[\w.~+/=-]{12,}|[a-z]+://[^\s/:@]+:[^\s/@]+@"
)  # fmt: skip
_LINK = re.compile(r"(?i)\b(?:https?|ftp|smb|ssh|rdp|file)://[^\s<>\"']+|(?<![\w\\])\\\\[\w.-]+\\[^\s]+")
_INSIDE = (".local", ".internal", ".intranet", ".lan", ".corp", ".home", ".private", ".localdomain", ".home.arpa", ".test")


def disclosed(text: str, internal: Collection[str] = ()) -> tuple[Disclosure, ...]:
    """What a text seems to give away. internal: hosts that are the desk's own, "wiki.example.com" or, with all below it, "*.example.com"."""
    found: list[Disclosure] = []
    if _holds_secret(text):
        found.append("secret")
    if any(is_internal(link, internal) for link in _LINK.findall(text)):
        found.append("link")
    return tuple(found)


def _holds_secret(text: str) -> bool:
    if _KEYS.search(text) or any(_is_mixed(one["value"]) for one in _NAMED_KEY.finditer(text)):
        return True
    return any(_is_value(one["value"]) for one in _GIVEN.finditer(text)) or any(_is_mixed(one["value"]) for one in _SAID.finditer(text))


def _is_value(text: str) -> bool:
    """After a colon anything counts that is no address of a page, as "password: https://…" where one sets it."""
    return not _LINK.match(text) and bool(text.strip(".,;:!?*_…-()[]{}<>"))


def _is_mixed(text: str) -> bool:
    """Letters with digits or signs, as no word of a sentence: "hunter2", "S3cret!"."""
    bare = text.strip(".,;:!?…()[]{}<>*_")
    return len(bare) >= 4 and any(c.isalpha() for c in bare) and (any(c.isdigit() for c in bare) or any(c in "!$%&#@^+=~|" for c in bare))


def is_internal(link: str, internal: Collection[str] = ()) -> bool:
    """Does the link lead to a place that only works inside: a private address, a name without a dot, a private ending, or a host of the desk's own?"""
    if link.startswith("\\\\"):
        return True
    try:
        host = (urlsplit(link).hostname or "").rstrip(".").lower()
    except ValueError:
        return False
    if not host:
        return link.lower().startswith("file:")
    try:
        return not ip_address(host).is_global
    except ValueError:
        pass
    return "." not in host or host.endswith(_INSIDE) or any(_is_of(host, own) for own in internal)


def _is_of(host: str, own: str) -> bool:
    own = own.lower()
    return host.endswith(own[1:]) or host == own[2:] if own.startswith("*.") else host == own
