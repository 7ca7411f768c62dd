"""Keys of programs: made and revoked by admins, known again by their digest. Whoever makes one keeps its secret; nobody can read it again."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bot.domain.api_keys import LONGEST_NAME, NAME, SCOPES, ApiKey
from bot.domain.ids import PersonId
from bot.domain.messages import Say
from bot.engine.kept import Kept, Noted, Notes
from bot.engine.turn import Turn
from bot.errors import MoveRefused

VERBS = frozenset({"api-key-new", "api-key-revoke"})
BEGINS = "fl_"  # so that whoever scans texts for secrets knows one
MOST = 100  # keys of a desk, revoked ones as well

KEYS: Kept[ApiKey] = Kept("api-key", ApiKey)
USED: Kept[datetime] = Kept("api-key-used", datetime)
"""When a key was last used, by its name; some minutes late."""


def new_token(name: str) -> tuple[str, str]:
    """A new secret for the key of that name, as its owner writes it; and its digest, which is all that is kept."""
    token = f"{BEGINS}{name}_{secrets.token_urlsafe(32)}"
    return token, digest_of(token)


def digest_of(token: str) -> str:
    """What is kept of a token. A plain hash is enough for 256 random bits, and costs nothing at each request."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


async def known(notes: Noted, token: str) -> ApiKey | None:
    """The key with that secret, if it is valid."""
    name, separator, _ = token.removeprefix(BEGINS).partition("_")
    if not token.startswith(BEGINS) or not separator or not NAME.fullmatch(name):
        return None
    key = await KEYS.get(notes, name)
    return key if key is not None and key.is_valid and hmac.compare_digest(key.digest, digest_of(token)) else None


async def make(notes: Notes, name: str, digest: str, scopes: str, by: PersonId, now: datetime) -> ApiKey:
    """Keep a new key. scopes: with blanks between them. Raises MoveRefused: a name is given once, so that what it did stays its own."""
    every = await KEYS.all(notes)
    wanted = tuple(scope for scope in SCOPES if scope in scopes.split())
    if not NAME.fullmatch(name):
        raise MoveRefused("bad_key_name", count=str(LONGEST_NAME))
    if name in every:
        raise MoveRefused("key_taken", name=name)
    if not wanted or set(scopes.split()) - set(wanted):
        raise MoveRefused("bad_scopes", scopes=", ".join(SCOPES))
    if len(every) >= MOST:
        raise MoveRefused("too_many_keys", count=str(MOST))
    key = ApiKey(name, digest, wanted, by, now)
    await KEYS.put(notes, name, key)
    return key


async def revoke(notes: Notes, name: str, by: PersonId, now: datetime) -> None:
    """From now on it opens nothing. Raises MoveRefused."""
    key = await KEYS.get(notes, name)
    if key is None or not key.is_valid:
        raise MoveRefused("no_such_key", name=name[:LONGEST_NAME])
    await KEYS.put(notes, name, replace(key, revoked_by=by, revoked_at=now))


async def submitted(turn: Turn, verb: str, name: str, values: Mapping[str, str]) -> None:
    """An admin makes or revokes one. values: of a new one its digest and its scopes."""
    if verb == "api-key-new":
        await make(turn.tx, name, values.get("digest", ""), values.get("scopes", ""), turn.person.id, turn.now)
        await turn.answer()
    else:
        await revoke(turn.tx, name, turn.person.id, turn.now)
        t = await turn.tongue_for(turn.person.id)
        await turn.answer(Say(t.say("The key “{name}” opens nothing any more.", name=name)))
