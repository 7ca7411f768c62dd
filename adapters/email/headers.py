"""Header lines, read so that nothing in them can hurt: bounded, decoded, one line, and never an exception."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.header import decode_header
from email.message import Message

MAX_HEADER = 4000  # characters of one header that are decoded; encoded words take quadratic time
MAX_ADDRESSES = 20_000  # characters of all recipients
MAX_IDS = 50  # Message-IDs of References: the first and the newest matter
MAX_NAME = 80  # characters of a person's name (bot.domain.people.Person)
MAX_SUBJECT = 300

ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_DISGUISES = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")  # turn the direction of a name, or hide in it
_PLAIN_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w.-]{1,253}")  # no sign that nobody sees: it would be another address that looks the same
_ANGLED = re.compile(r"<\s*([^<>]{0,400}?)\s*>")
_COMMENT = re.compile(r"\([^()]{0,400}\)")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.){0,400}"')
_ID = re.compile(r"<[^<>\s]{1,250}>")


def every(message: Message) -> dict[str, tuple[str, ...]]:
    """All headers by lower-case name, decoded from their bytes but not from their encoded words; folded lines are one."""
    found: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        found.setdefault(str(name).lower()[:100], []).append(unfolded(_from_bytes(str(value))))
    return {name: tuple(values[:MAX_IDS]) for name, values in found.items()}


def _from_bytes(value: str) -> str:
    """A header as it came: bytes that are no ASCII are UTF-8, else what Windows writes."""
    try:
        raw = value[: MAX_ADDRESSES + 1].encode("ascii", "surrogateescape")
    except UnicodeEncodeError:
        return value[: MAX_ADDRESSES + 1]
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def unfolded(text: str) -> str:
    """One line without control characters."""
    return " ".join(ODD.sub(" ", text).split())


def decoded(value: str, limit: int = MAX_HEADER) -> str:
    """With encoded words in plain, and still one line: what they hide is cleaned, too."""
    value = value[:limit]
    if "=?" not in value:
        return unfolded(value)
    try:
        words = [part if isinstance(part, str) else _word(part, charset) for part, charset in decode_header(value)]
    except Exception:  # noqa: BLE001 - the standard library raises half a dozen kinds on hostile headers; then they are shown as they came
        return unfolded(value)
    return unfolded("".join(words))


def _word(part: bytes, charset: str | None) -> str:
    return text_of(part, charset or "")


UNSAFE = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem", "utf7", "utf-7", "us-ascii", "ascii"})
"""Codecs that are slow on purpose, or hide things; and the one that is said of everything."""


def text_of(content: bytes, charset: str) -> str:
    """The bytes as text: by the charset that is named, else UTF-8, else what Windows writes. Never raises."""
    named = charset.strip().strip("\"'").lower()[:40].replace("_", "-")
    for name in (named if named not in UNSAFE else "", "utf-8"):
        try:
            if name:
                return content.decode(name)
        except (LookupError, ValueError):  # unknown, or not that one
            continue
    return content.decode("cp1252", "replace")


def line(value: str, limit: int) -> str:
    """A subject, or the name of a person: plain, one line, without marks that disguise it."""
    return " ".join(_DISGUISES.sub("", decoded(value)).split())[:limit].strip()


def ids(values: Iterable[str]) -> tuple[str, ...]:
    """The Message-IDs in these headers, as they stand; of very many the first and the newest."""
    found = [one for value in values for one in _ID.findall(value[:MAX_ADDRESSES])]
    return tuple(found if len(found) <= MAX_IDS else [found[0], *found[1 - MAX_IDS :]])


def addresses(values: Iterable[str]) -> tuple[str, ...]:
    """Whatever looks like an address in these headers, lower case, each once."""
    found = [one.lower() for value in values for one in _PLAIN_ADDRESS.findall(value[:MAX_ADDRESSES])]
    return tuple(dict.fromkeys(found))


def one_sender(values: tuple[str, ...]) -> tuple[str, str, bool]:
    """Address, name, and whether there is doubt: more than one From, more than one address in it, or one that is not plainly written."""
    if not values:
        return "", "", True
    value = values[0][:MAX_HEADER]
    outside = _QUOTED.sub(" ", _COMMENT.sub(" ", value)).strip()
    angled = _ANGLED.findall(outside)
    written = angled[0] if len(angled) == 1 else "" if angled else outside
    plain = _PLAIN_ADDRESS.fullmatch(written) is not None
    beside = _ANGLED.sub(" ", outside) if angled else ""
    sure = plain and len(values) == 1 and "," not in beside and beside.strip() in (written, beside.replace("@", " ").strip())
    sure = sure and (not angled or outside.endswith(">"))
    guessed = () if plain else addresses(angled) or addresses([outside]) or addresses([value])
    address = written if plain else guessed[0] if guessed else ""
    shown = value[: value.rfind("<") if sure else value.find("<")] if "<" in value else ""
    name = line(shown.strip().strip('"').replace('\\"', '"'), MAX_NAME)
    return _ascii_domain(address), "" if "@" in name else name, not sure  # a name that is an address would be taken for theirs


def _ascii_domain(address: str) -> str:
    """Lower case, and its domain as the network writes it, so that one mailbox is one person."""
    local, _, domain = address.strip().lower().rpartition("@")
    if not local:
        return ""
    try:
        return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode()}"
    except UnicodeError:
        return f"{local}@{domain}"
