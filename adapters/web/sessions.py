"""Who is looking: a visitor by a signed cookie, and whoever came in through a one-time link or by a provider of sign-ins.

A visitor needs no record: the cookie is its id and our signature. Who signed in has a record in the notebook under the hash of the cookie's
token, so that signing out ends it at once and a copy of the database signs nobody in.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

from bot.domain.ids import ConversationId, PersonId
from bot.domain.people import Person
from bot.ports import Clock, Notebook

Role = Literal["requester", "agent", "admin"]
ROLES: tuple[Role, ...] = ("requester", "agent", "admin")
LINK_LIFE = timedelta(hours=24)
MAIL_LIFE = timedelta(minutes=15)  # of a link that was mailed
SESSION_LIFE = timedelta(days=30)
PROVED_LIFE = timedelta(hours=12)  # of a session by a provider, which is a press away; an account that is closed there ends with it
COOKIE_LIFE = timedelta(days=365)  # of a visitor's
LOCAL_SEAT = "local"
PROVED = "proved"  # in place of the role: it is the desk's to say, each time
AGENTS = "web:agent-"  # begins the ids of those who signed in
MAILED = "mail-"  # begins what follows "web:" in the ids of requesters who proved a mail address


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser. id: 128 random bits, in hex; of who proved a mail address, in whichever browser, MAILED and so on. fresh: its cookie must still be set."""

    id: str
    fresh: bool = False

    @property
    def person(self) -> PersonId:
        """Whom the desk knows it as."""
        return PersonId(f"web:{self.id}")

    @property
    def conversation(self) -> ConversationId:
        """Its one conversation."""
        return ConversationId(f"web:{self.id}")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody who signed in. key: the hash under which the session is kept. proved: by a provider, so that the desk says what their role is now.

    mail: the address that a requester proved, or "".
    """

    person: PersonId
    role: Role
    name: str
    key: str
    proved: bool = False
    mail: str = ""

    @property
    def is_agent(self) -> bool:
        """May work on tickets; a curator may, too."""
        return self.role in ("agent", "admin")

    @property
    def visitor(self) -> Visitor | None:
        """The requester that a proved mail address is, in whichever browser; None for all others: they are who their browser is."""
        return Visitor(self.person.partition(":")[2]) if self.mail else None


@dataclass(frozen=True, slots=True)
class Mailed:
    """What a link in a mail is for. wanted: where to go afterwards, on this site."""

    mail: str
    wanted: str


class Sessions:
    """Signs, reads, opens and ends sessions. Raises StoreError when the notebook does."""

    def __init__(self, secret: bytes, notebook: Notebook, clock: Clock) -> None:
        self._secret = secret
        self._notebook = notebook
        self._clock = clock
        self._signing_in = asyncio.Lock()  # a link is spent once, also when it is sent twice at the same moment

    # ------------------------------------------------------------------------------------------------------- visitors
    def visitor(self, cookie: str) -> Visitor:
        """The visitor of this cookie; a new one when it is not of our making."""
        found, _, mac = cookie.partition(".")
        if len(found) == 32 and hmac.compare_digest(mac.encode(), self.sign("visitor", found).encode()):
            return Visitor(found)
        return Visitor(secrets.token_hex(16), fresh=True)

    async def here(self, cookie: str) -> Visitor:
        """As above; a new one, too, when that visitor's requests went to somebody who signed in: whoever copied the cookie gets none of what is theirs."""
        found = self.visitor(cookie)
        gone = not found.fresh and await self._read(f"web:gone:{found.id}") is not None
        return Visitor(secrets.token_hex(16), fresh=True) if gone else found

    async def retire(self, visitor: Visitor) -> None:
        """Its cookie is worth nothing from now on."""
        await self._keep(f"web:gone:{visitor.id}", {}, COOKIE_LIFE)

    def cookie(self, visitor: Visitor) -> str:
        """What its cookie holds."""
        return f"{visitor.id}.{self.sign('visitor', visitor.id)}"

    def sign(self, purpose: str, text: str) -> str:
        """Our signature of a text for one purpose alone, in hex."""
        return hmac.new(self._secret, f"firstline|{purpose}|{text}".encode(), hashlib.sha256).hexdigest()

    def csrf(self, visitor: Visitor, signed: SignedIn | None) -> str:
        """What a form must bring back: bound to this visitor and this sign-in."""
        return self.sign("csrf", f"{visitor.id}|{signed.key if signed else ''}")

    # -------------------------------------------------------------------------------------------------------- sign-in
    async def make_link(self, role: Role, seat: str = "") -> str:
        """A new token that signs one person in, once, within a day. seat: the same seat is the same person; "" is somebody new."""
        token = secrets.token_urlsafe(32)
        await self._keep(f"web:link:{_hash(token)}", {"role": role, "seat": seat or secrets.token_hex(8)}, LINK_LIFE)
        return token

    async def link(self, token: str) -> tuple[Role, str] | None:
        """The role that an unspent link gives and the name its seat was given before; None when it is spent, too old or unknown."""
        record = await self._read(f"web:link:{_hash(token)}")
        if record is None:
            return None
        return cast(Role, record["role"]), await self.name_of(self._person(record))

    async def sign_in(self, token: str, name: str) -> str | None:
        """Spend the link: the new session's token for the cookie, or None as above."""
        async with self._signing_in:
            record = await self._read(f"web:link:{_hash(token)}")
            if record is None:
                return None
            await self._notebook.note(f"web:link:{_hash(token)}", "")
        person = self._person(record)
        session = secrets.token_urlsafe(32)
        await self._notebook.note(f"web:name:{person}", name)
        await self._keep(f"web:session:{_hash(session)}", {"person": person, "role": record["role"], "name": name}, SESSION_LIFE)
        return session

    async def signed_in(self, cookie: str) -> SignedIn | None:
        """Who signed in with this cookie and did not sign out."""
        if not cookie:
            return None
        key = _hash(cookie)
        record = await self._read(f"web:session:{key}")
        if record is None:
            return None
        proved = record["role"] == PROVED
        role: Role = "requester" if proved else cast(Role, record["role"])
        return SignedIn(PersonId(record["person"]), role, record["name"], key, proved, record.get("mail", ""))

    async def prove(self, person: PersonId, name: str) -> str:
        """Somebody whom a provider vouches for: the new session's token for the cookie."""
        await self._tidy()
        session = secrets.token_urlsafe(32)
        await self._keep(f"web:session:{_hash(session)}", {"person": person, "role": PROVED, "name": name}, PROVED_LIFE)
        return session

    # ----------------------------------------------------------------------------------------------- by a mail address
    async def make_mailed(self, mail: str, wanted: str) -> str:
        """A new token for a link to that address: who opens it proves that it is theirs, once, within MAIL_LIFE."""
        await self._tidy()
        token = secrets.token_urlsafe(32)
        await self._keep(f"web:mailed:{_hash(token)}", {"mail": mail, "wanted": wanted}, MAIL_LIFE)
        return token

    async def mailed(self, token: str) -> Mailed | None:
        """What an unspent link is for; None when it is spent, too old or unknown."""
        record = await self._read(f"web:mailed:{_hash(token)}")
        return Mailed(record["mail"], record["wanted"]) if record else None

    async def spend_mailed(self, token: str) -> Mailed | None:
        """As above, and from now on it is spent."""
        async with self._signing_in:
            found = await self.mailed(token)
            if found is not None:
                await self._notebook.note(f"web:mailed:{_hash(token)}", "")
        return found

    def known_by(self, mail: str) -> PersonId:
        """The requester who proved that address, in whichever browser. Nobody else can tell the address from it."""
        return PersonId(f"web:{MAILED}{self.sign('requester', mail)[:24]}")

    async def prove_mail(self, mail: str, name: str, life: timedelta = SESSION_LIFE) -> str:
        """A requester whose address is proved: the new session's token for the cookie."""
        session = secrets.token_urlsafe(32)
        await self._keep(f"web:session:{_hash(session)}", {"person": self.known_by(mail), "role": "requester", "name": name, "mail": mail}, life)
        return session

    async def spend(self, once: str, life: timedelta) -> bool:
        """Use something up; False when it was used before. life: how long it could be used."""
        key = f"web:spent:{_hash(once)}"
        async with self._signing_in:
            if await self._read(key) is not None:
                return False
            await self._keep(key, {}, life)
        return True

    async def sign_out(self, signed: SignedIn) -> None:
        """End it, at once and everywhere."""
        await self._notebook.note(f"web:session:{signed.key}", "")

    async def roles_of(self, person: str) -> set[str]:
        """The roles this person is signed in with now."""
        records = (self._live(value) for value in (await self._notebook.noted("web:session:")).values())
        return {record["role"] for record in records if record and record["person"] == person}

    async def name_of(self, person: str) -> str:
        """The name an agent gave at sign-in, or ""."""
        return (await self._notebook.noted(f"web:name:{person}")).get(f"web:name:{person}", "")

    def _person(self, record: dict[str, str]) -> PersonId:
        begins = "web:guest-" if record["role"] == "requester" else AGENTS
        return PersonId(begins + self.sign("seat", record["seat"])[:8])

    async def _keep(self, key: str, record: dict[str, str], life: timedelta) -> None:
        until = (self._clock.now() + life).isoformat()
        await self._notebook.note(key, json.dumps({**record, "until": until}))

    async def _tidy(self) -> None:
        """What is over is no longer kept."""
        for prefix in ("web:session:", "web:spent:", "web:link:", "web:mailed:", "web:gone:"):
            for key, value in (await self._notebook.noted(prefix)).items():
                if value and self._live(value) is None:
                    await self._notebook.note(key, "")

    async def _read(self, key: str) -> dict[str, str] | None:
        return self._live((await self._notebook.noted(key)).get(key, ""))

    def _live(self, value: str) -> dict[str, str] | None:
        if not value:
            return None
        record: dict[str, str] = json.loads(value)
        return record if datetime.fromisoformat(record["until"]) > self._clock.now() else None


def agent(signed: SignedIn, language: str) -> Person:
    """The signed-in person as the desk knows them."""
    return Person(signed.person, signed.name, language)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
