"""What a shared channel may ask while a person waits, answered by the department that it concerns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from bot.app import App
from bot.departments import House
from bot.domain.departments import CHOSEN, marked, marked_form, split
from bot.domain.ids import ConversationId, PersonId
from bot.domain.messages import Choice, Form, Home, Outbound, Refusal
from bot.engine import replies
from bot.engine.departments.choosing import ANOTHER
from bot.engine.departments.talks import TALKS
from bot.engine.tongue import Tongue, tongue
from bot.errors import MoveRefused


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
        key = key or await self._talks_with(person)
        app = self._house.work(key)
        if app is None:
            return await self._away(key, person)
        form = await app.enquiries.form(rest, person)
        return marked_form(form, self._key(app)) if isinstance(form, Form) else form

    async def asked_again(self, action: str, person: PersonId, values: Mapping[str, str], files: int = 0) -> Form | None:
        """As the port says."""
        key, rest = split(action)
        app = self._house.work(key)
        form = await app.enquiries.asked_again(rest, person, values, files) if app is not None else None
        return marked_form(form, self._key(app)) if form is not None and app is not None else None

    async def choices(self, number: str, person: PersonId) -> Sequence[Choice]:
        """As the port says."""
        app = self._of_number(number)
        shown = tuple(await app.enquiries.choices(number, person)) if app is not None else ()
        return marked(Outbound(choices=shown), self._key(app)).choices if app is not None else ()

    async def may(self, act: str, person: PersonId, number: str = "") -> bool:
        """As the port says; without a number in any department."""
        app = self._of_number(number) if number else None
        if number:
            return app is not None and await app.enquiries.may(act, person, number)
        return any([await one.enquiries.may(act, person) for one in self._house.up.values()])

    async def rank(self, person: PersonId) -> Literal["admin", "agent", ""]:
        """As the port says: the highest they have anywhere."""
        ranks = [await one.enquiries.rank(person) for one in self._house.up.values()]
        return "admin" if "admin" in ranks else "agent" if "agent" in ranks else ""

    async def home(self, person: PersonId) -> Home:
        """As the port says: that of the department where they work, else of the one they talk with."""
        works = await self._house.ask("works", person)
        app = self._house.work(next(iter(works)) if len(works) == 1 else await self._talks_with(person))
        return marked(await app.enquiries.home(person), self._key(app)) if app is not None else Home(())

    async def popular(self, language: str) -> Sequence[Choice]:
        """As the port says: of each department the first."""
        shown: list[Choice] = []
        for key, app in self._house.up.items():
            first = tuple(await app.enquiries.popular(language))[:1]
            shown += marked(Outbound(choices=first), key).choices
        return shown

    async def conversation_about(self, number: str, person: PersonId) -> ConversationId | None:
        """As the port says."""
        app = self._of_number(number)
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
        return talk.desk if talk is not None and talk.desk in self._house.up else ""

    async def _tongue(self, person: PersonId) -> Tongue:
        languages = self._house.settings.desk.languages
        front = self._house.front
        known = (await front.store.people([person])).get(person) if front is not None else None
        return tongue(known.language if known is not None and known.language in languages else languages[0])

    def _of_number(self, number: str) -> App | None:
        prefix = number.partition("-")[0].upper()
        return next((app for app in self._house.up.values() if app.settings.desk.prefix == prefix), None)

    def _key(self, app: App) -> str:
        return next(key for key, one in self._house.up.items() if one is app)

    async def _away(self, key: str, person: PersonId) -> Refusal:
        desk = self._house.settings.departments[key or self._house.departments[0].key].desk
        t = await self._tongue(person)
        return Refusal(t.say("{desk} cannot be reached just now. Please try again in a few minutes.", desk=desk.name))
