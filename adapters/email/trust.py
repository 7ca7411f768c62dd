"""Does the mail server vouch for the address in From? Only what our own server says counts (RFC 8601); From itself proves nothing. Pure."""

from __future__ import annotations

import re

from adapters.email.letters import Letter

LONGEST = 8000  # characters of a verdict that are read
_RESULT = re.compile(r"\s*(dmarc|dkim|spf)\s*=\s*([a-z]+)\b(.*)", re.IGNORECASE | re.DOTALL)
_PROPERTY = re.compile(r"\b(header\.from|header\.d|header\.i|smtp\.mailfrom)\s*=\s*([^\s;]+)", re.IGNORECASE)


def is_proven(letter: Letter, authserv_id: str) -> bool:
    """DMARC passed, or SPF or DKIM for just the domain of From, says the topmost verdict of the server of that name. Without a name nobody is believed.

    Others of the same name further down may have been there when it came in: a server that adds its own on top removes them, or is not trusted.
    """
    if not authserv_id or letter.is_doubtful or not letter.sender:
        return False
    verdicts = [_plain(one) for one in letter.headers.get("authentication-results", ())]
    verdict = next((one for one in verdicts if _server(one) == authserv_id.lower()), "")
    domain = letter.sender.rpartition("@")[2]
    return any(_vouches(result, domain) for result in verdict.split(";")[1:])


def _plain(verdict: str) -> str:
    """Without comments and quoted strings: what the sender gave as their name or address stands in those, and may say anything."""
    kept, depth, quoted, escaped = [], 0, False, False
    for sign in verdict[:LONGEST]:
        if escaped:
            escaped = False
        elif sign == "\\" and (quoted or depth):
            escaped = True
        elif quoted:
            quoted = sign != '"'
        elif sign in "()":
            depth = max(depth + (1 if sign == "(" else -1), 0)
        elif not depth and sign == '"':
            quoted = True
        elif not depth:
            kept.append(sign)
    return "".join(kept)


def _server(plain: str) -> str:
    """The name at its beginning; a version may follow."""
    return next(iter(plain.partition(";")[0].split()), "").lower()


def _vouches(result: str, domain: str) -> bool:
    found = _RESULT.match(result)
    if found is None or found[2].lower() != "pass":
        return False
    said = {name.lower(): value.lower() for name, value in _PROPERTY.findall(found[3])}
    match found[1].lower():
        case "dmarc":
            return bool(said.get("header.from") == domain)
        case "dkim":
            return bool(said.get("header.d", said.get("header.i", "").rpartition("@")[2]) == domain)
        case _:
            return bool(said.get("smtp.mailfrom", "").rpartition("@")[2] == domain)
