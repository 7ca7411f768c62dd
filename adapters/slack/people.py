"""Who people are and who is in a channel, remembered for a while: Slack allows about a hundred such questions a minute."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping
from typing import Any

from adapters.slack import text
from adapters.slack.api import SlackApi
from bot.domain.ids import PersonId
from bot.domain.people import Person
from bot.errors import DeliveryError

PERSON_S, MEMBERS_S = 600.0, 15.0  # how long an answer is believed; who leaves a channel is forgotten at once where Slack says so
MOST_PEOPLE = 20_000
LONGEST_LOOK_UP_S = 1.0  # while Slack waits for an acknowledgement

log = logging.getLogger(__name__)


class People:
    """Names by user id, members by channel id."""

    def __init__(self, api: SlackApi) -> None:
        self._api = api
        self.known: dict[str, Person] = {}
        self._until: dict[str, float] = {}
        self._mails: dict[str, tuple[str, str]] = {}
        self._members: dict[str, tuple[float, frozenset[str]]] = {}
        self._asking: dict[str, asyncio.Lock] = {}

    async def profile(self, user: str) -> Person:
        """The person with that bare id. Raises DeliveryError."""
        if user in self.known and self._until[user] > time.monotonic():
            return self.known[user]
        record = (await self._api.call("users.info", user=user, include_locale=True)).get("user") or {}
        profile = record.get("profile") or {}
        called = text.name(str(profile.get("display_name") or profile.get("real_name") or record.get("real_name") or record.get("name") or ""))
        language = str(record.get("locale") or "")[:2].lower() or None
        person = Person(PersonId(f"slack:{user}"), called, language, str(record["tz"]) if record.get("tz") else None)
        if len(self.known) >= MOST_PEOPLE:
            self.known.clear()
            self._until.clear()
            self._mails.clear()
        self._mails[user] = (str(record.get("team_id") or ""), _proved_mail(record))
        self.known[user], self._until[user] = person, time.monotonic() + PERSON_S
        return person

    async def mail_of(self, user: str, workspace: str | None) -> str:
        """The mail address that Slack has checked, of somebody of that workspace ("": of any of our organisation); else "". Raises DeliveryError.

        Slack tells it to apps with the scope users:read.email alone.
        """
        await self.profile(user)
        team, mail = self._mails.get(user, ("", ""))
        return mail if workspace == "" or (workspace and team == workspace) else ""

    async def get_to_know(self, users: Iterable[str]) -> None:
        """Learn the names of those not known yet, if Slack is quick; else they are shown by their ids."""
        missing = [user for user in dict.fromkeys(users) if user and user not in self.known][:20]
        if not missing:
            return
        try:
            async with asyncio.timeout(LONGEST_LOOK_UP_S):
                await asyncio.gather(*(self.profile(user) for user in missing))
        except (DeliveryError, TimeoutError) as error:
            log.info("names were not learnt", extra={"error": type(error).__name__, "people": len(missing)})

    async def is_member(self, channel: str, user: str) -> bool:
        """Is this person in that channel? Raises DeliveryError. Many who ask at once share one answer."""
        async with self._asking.setdefault(channel, asyncio.Lock()):
            until, members = self._members.get(channel, (0.0, frozenset()))
            if until <= time.monotonic():
                members = frozenset([member async for member in self._api.members(channel)])
                self._members[channel] = (time.monotonic() + MEMBERS_S, members)
            return user in members

    def forget_members(self, channel: str) -> None:
        """Somebody came or went."""
        self._members.pop(channel, None)


def _proved_mail(record: Mapping[str, Any]) -> str:
    """Of a member; a guest of another company's, a program, and who has not answered Slack's own mail prove nothing."""
    is_ours = record.get("is_email_confirmed") is True and not any(record.get(name) for name in ("is_stranger", "is_bot", "deleted"))
    mail = (record.get("profile") or {}).get("email")
    return mail.strip().lower() if is_ours and isinstance(mail, str) else ""
