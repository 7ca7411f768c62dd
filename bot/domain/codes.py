"""One-time codes that prove that two addresses are one person: short-lived, single use, known only as hashes, and never more than a few tries."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from bot.domain.ids import PersonId

LIFE = timedelta(minutes=10)
MAIL_LIFE = timedelta(days=3)  # mail may be read the day after tomorrow; the code in it is of use to whoever asked for it alone
TRIES = 5  # wrong codes of one person within LIFE
GIVEN = 5  # codes given to one person within LIFE

CODE_BYTES, TOKEN_BYTES = 8, 16  # 60 bits are typed, 128 bits stand in a link
CODE_LENGTH = 12
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # without the letters that are read as figures, or as each other
_READ = str.maketrans({"O": "0", "I": "1", "L": "1"})
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}\Z")

Stage = Literal["given", "taken", "agreed"]


@dataclass(frozen=True, slots=True)
class Invitation:
    """Somebody's wish to be known as one person with whoever proves to hold its code.

    giver: who asked for it, or the mail address that it was sent to. hashes: of its code, and of its token if there is one. taker: who gave it back;
    of mail from the beginning who may. stage: given; taken: its code is spent, the taker must agree; agreed: the giver must, too.
    """

    giver: PersonId
    hashes: tuple[str, ...]
    until: datetime
    taker: PersonId | None = None
    stage: Stage = "given"

    def is_over(self, now: datetime) -> bool:
        """Too old to be of use."""
        return now >= self.until

    def fits(self, hashed: str) -> bool:
        """Is this its code, or its token? Takes as long whether it is or not."""
        return sum(hmac.compare_digest(one, hashed) for one in self.hashes) > 0

    def take(self, taker: PersonId, now: datetime) -> Invitation:
        """Its code is spent; from now on both must agree."""
        return replace(self, hashes=(), taker=taker, stage="taken", until=now + LIFE)

    def agree(self, now: datetime) -> Invitation:
        """The taker agrees; the giver is asked."""
        return replace(self, stage="agreed", until=now + LIFE)


def spell(random: bytes) -> str:
    """A code to be typed, of CODE_BYTES random bytes: "K7QM-2XJ9-4TBN"."""
    number = int.from_bytes(random[:CODE_BYTES], "big")
    signs = "".join(_ALPHABET[(number >> (5 * place)) & 31] for place in range(CODE_LENGTH))
    return "-".join(signs[start : start + 4] for start in range(0, CODE_LENGTH, 4))


def token(random: bytes) -> str:
    """A token for a link, of TOKEN_BYTES random bytes: 22 signs that every platform lets through."""
    return base64.urlsafe_b64encode(random[:TOKEN_BYTES]).decode().rstrip("=")


def hash_of(given: str) -> str:
    """What is kept of a code or token, however it was typed; "" of what can be neither."""
    given = given.strip()
    if _TOKEN.match(given):
        return hashlib.sha256(f"token:{given}".encode()).hexdigest()
    signs = re.sub(r"[\s-]", "", given).upper().translate(_READ)
    if len(signs) != CODE_LENGTH or any(sign not in _ALPHABET for sign in signs):
        return ""
    return hashlib.sha256(f"code:{signs}".encode()).hexdigest()


def lately(moments: Sequence[datetime], now: datetime) -> tuple[datetime, ...]:
    """Those of them that still count."""
    return tuple(moment for moment in moments if now - LIFE < moment <= now)
