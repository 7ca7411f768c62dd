"""What a shared channel may ask while a person waits, answered by the department that it concerns."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Literal, TypeVar

from bot.app import App
from bot.departments import House
from bot.domain.departments import CHOSEN, marked, marked_form, split
from bot.domain.ids import ConversationId, PersonId
from bot.domain.messages import Choice, Form, Home, Outbound, Refusal
from bot.engine import replies
from bot.engine.departments.choosing import ANOTHER
from bot.engine.departments.talks import TALKS
from bot.engine.tongue import Tongue, tongue
from bot.errors import MoveRefused, StoreError

T = TypeVar("T")
SHOWN_S = 2.0  # seconds that a department has: Slack waits three for what a press opens


class HouseEnquiries:
    """As bot.ports: Enquiries and Remembers, of all departments that work now."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def form(self, action: str, person: PersonId) -> Form | Refusal | None:
        """As the port says. A form that no button of a department opens is that of the one they talk with."""
        key, rest = split(action)
        if rest in (CHOSEN, ANOTHER):
            return None  # what stands before all of them hears that itself, whoever is away
        if key and key not in self._house.settings.departments:
            return Refusal(replies.refusal(await self._tongue(person), MoveRefused("no_longer"), "")[0].text)
        key = key or await self._talks_with(person) or self._house.departments[0].key
        try:
            form = await self._house.heard(key, SHOWN_S, lambda app: app.enquiries.form(rest, person))
        except StoreError:
            return await self._away(key, person)
        return marked_form(form, key) if isinstance(form, Form) else form

    async def asked_again(self, action: str, person: PersonId, values: Mapping[str, str], files: int = 0) -> Form | None:
        """As the port says."""
        key, rest = split(action)
        key = key or self._house.departments[0].key
        form = await self._from(key, None, lambda app: app.enquiries.asked_again(rest, person, values, files))
        return marked_form(form, key) if form is not None else None

    async def choices(self, number: str, person: PersonId) -> Sequence[Choice]:
        """As the port says."""
        key = self._of_number(number)
        shown: Sequence[Choice] = await self._from(key, (), lambda app: app.enquiries.choices(number, person))
        return marked(Outbound(choices=tuple(shown)), key).choices

    async def may(self, act: str, person: PersonId, number: str = "") -> bool:
        """As the port says; without a number in any department."""
        if number:
            return await self._from(self._of_number(number), False, lambda app: app.enquiries.may(act, person, number))
        return any(await self._from_all(False, lambda app: app.enquiries.may(act, person)))

    async def rank(self, person: PersonId) -> Literal["admin", "agent", ""]:
        """As the port says: the highest they have anywhere."""
        ranks = await self._from_all("", lambda app: app.enquiries.rank(person))
        return "admin" if "admin" in ranks else "agent" if "agent" in ranks else ""

    async def home(self, person: PersonId) -> Home:
        """As the port says: that of the department where they work, else of the one they talk with."""
        works = await self._house.ask("works", person)
        key = works.only or await self._talks_with(person)
        key = key if key in self._house.up else self._house.departments[0].key
        return marked(await self._from(key, Home(()), lambda app: app.enquiries.home(person)), key)

    async def popular(self, language: str) -> Sequence[Choice]:
        """As the port says: of each department the first."""
        none: Sequence[Choice] = ()
        shown = zip(list(self._house.up), await self._from_all(none, lambda app: app.enquiries.popular(language)), strict=True)
        return [choice for key, found in shown for choice in marked(Outbound(choices=tuple(found)[:1]), key).choices]

    async def conversation_about(self, number: str, person: PersonId) -> ConversationId | None:
        """As the port says."""
        app = self._house.up.get(self._of_number(number))
        return await app.enquiries.conversation_about(number, person) if app is not None else None

    def is_known(self, conversation: ConversationId) -> bool:
        """As the port says: to any of them."""
        return any(app.enquiries.is_known(conversation) for app in self._house.apps())

    def conversations(self, channel: str) -> Sequence[ConversationId]:
        """As the port Remembers says: those of all, turn by turn."""
        found = [app.enquiries.conversations(channel) for app in self._house.apps()]
        rows = [[one[n] for one in found if n < len(one)] for n in range(max((len(one) for one in found), default=0))]
        return list(dict.fromkeys(conversation for row in rows for conversation in row))

    # ---- whom it concerns
    async def _talks_with(self, person: PersonId) -> str:
        front = self._house.front
        talk = await TALKS.get(front.store, person) if front is not None else None
        return talk.desk if talk is not None and talk.desk in self._house.settings.departments else ""

    async def _tongue(self, person: PersonId) -> Tongue:
        languages = self._house.settings.desk.languages
        front = self._house.front
        known = (await front.store.people([person])).get(person) if front is not None else None
        return tongue(known.language if known is not None and known.language in languages else languages[0])

    def _of_number(self, number: str) -> str:
        """The key of the department whose ticket that is, or ""."""
        prefix = number.partition("-")[0].upper()
        return next((one.key for one in self._house.departments if one.desk.prefix == prefix), "")

    async def _from(self, key: str, otherwise: T, asked: Callable[[App], Awaitable[T]]) -> T:
        """What a department shows; otherwise, where it does not answer."""
        try:
            return await self._house.heard(key, SHOWN_S, asked) if key else otherwise
        except StoreError:
            return otherwise

    async def _from_all(self, otherwise: T, asked: Callable[[App], Awaitable[T]]) -> list[T]:
        """Of those that work, in their order."""
        return await asyncio.gather(*(self._from(key, otherwise, asked) for key in list(self._house.up)))

    async def _away(self, key: str, person: PersonId) -> Refusal:
        desk = self._house.settings.departments[key].desk
        t = await self._tongue(person)
        return Refusal(t.say("{desk} cannot be reached just now. Please try again in a few minutes.", desk=desk.name))
