"""The places of a workspace in which something may have been missed, those first where it would matter most."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from adapters.slack import inbound
from adapters.slack.history import PAGES_BEFORE, History, Place
from adapters.slack.refusals import ScopeMissing
from bot.domain.desks import Desk
from bot.ports import Notebook, Remembers

Json = dict[str, Any]

MOST_PLACES = 500  # of one look: about a quarter of an hour within Slack's rate; the ones made or spoken in last
SKEW = timedelta(minutes=1)  # by which Slack's clock may differ from ours
MOST_ROOTS = 200  # threads of ours in other channels, a call each

log = logging.getLogger(__name__)


class Finder:
    """Knows which places are ours, and since when: what was said in a help channel before it was one is no question."""

    def __init__(self, history: History, desk: Desk, notebook: Notebook) -> None:
        self._history, self._notebook = history, notebook
        self._helps = tuple(sorted(p.removeprefix("slack:") for p in desk.help_places if p.startswith("slack:")))
        self._teams = tuple(dict.fromkeys(p.removeprefix("slack:") for tier in desk.tiers for p in tier.places if p.startswith("slack:")))
        self._ours_since: dict[str, datetime] = {}

    async def begin(self, notes: Mapping[str, str], now: datetime) -> None:
        """Note the places that are new in the configuration, and forget those that are no longer in it. notes: all that begin with "slack:"."""
        noted = {key.removeprefix("slack:place:"): value for key, value in notes.items() if key.startswith("slack:place:") and value}
        ours = {*self._helps, *self._teams}
        for channel in sorted(ours - noted.keys()):
            await self._notebook.note(f"slack:place:{channel}", now.isoformat())
        for channel in sorted(noted.keys() - ours):
            await self._notebook.note(f"slack:place:{channel}", "")
        self._ours_since = {channel: _moment(noted.get(channel, ""), now) for channel in ours}

    def since(self, place: Place, floor: datetime) -> datetime:
        """From when on this place counts."""
        ours = self._ours_since.get(place.channel)
        return floor if ours is None else max(floor, ours - SKEW)

    async def places(self, remembers: Remembers | None, lacking: set[str], floor: datetime) -> list[Place]:
        """Help and team channels, direct messages that began since then, those that we know, other channels the bot is in, other direct messages.

        lacking: scopes that were not granted.
        """
        known = remembers.conversations("slack") if remembers is not None else ()
        rooms = await self._rooms("im", lacking)
        directs = {str(room.get("user")): str(room.get("id")) for room in rooms}
        begun = [str(room.get("id")) for room in rooms if float(room.get("created") or 0) >= floor.timestamp()]  # whoever wrote first has no answer at all
        people = [one for one in (conversation.removeprefix("slack:") for conversation in known) if "/" not in one]
        roots = _roots([conversation for conversation in known if "/" in conversation])
        channels = [str(room.get("id")) for kind in ("public_channel", "private_channel") for room in await self._rooms(kind, lacking)]
        found = [Place(channel, all_talk=True, pages_before=PAGES_BEFORE) for channel in self._helps]
        found += [Place(channel, threads_only=True, pages_before=PAGES_BEFORE) for channel in self._teams]
        found += [Place(channel, all_talk=True) for channel in begun]
        found += [Place(directs[person], all_talk=True, pages_before=1) for person in people if person in directs]
        found += [Place(channel, roots=tuple(roots.get(channel, ()))) for channel in dict.fromkeys([*roots, *channels]) if not inbound.is_direct(channel)]
        found += [Place(channel, all_talk=True) for channel in directs.values()]
        first: dict[str, Place] = {}
        for place in found:
            first.setdefault(place.channel, place)
        each = list(first.values())
        if len(each) > MOST_PLACES:
            log.warning("there are more conversations than are read after a gap", extra={"read": MOST_PLACES, "left_out": len(each) - MOST_PLACES})
        return each[:MOST_PLACES]

    async def _rooms(self, types: str, lacking: set[str]) -> list[Json]:
        try:
            return await self._history.rooms(types)
        except ScopeMissing as refused:
            report(refused, types, lacking)
            return []


def report(refused: ScopeMissing, where: str, lacking: set[str]) -> None:
    """Say once in each look that a scope is missing; it joins those that lack."""
    if refused.scope not in lacking:
        log.warning("messages may be missing: %s", refused, extra={"scope": refused.scope, "place": where})
    lacking.add(refused.scope)


def _roots(conversations: list[str]) -> dict[str, list[str]]:
    """The first ts of the threads in which we talk, by channel."""
    found: dict[str, list[str]] = {}
    for conversation in conversations[:MOST_ROOTS]:
        channel, _, root = conversation.removeprefix("slack:").partition("/")
        found.setdefault(channel, []).append(root)
    return found


def _moment(noted: str, otherwise: datetime) -> datetime:
    try:
        at = datetime.fromisoformat(noted)
    except ValueError:
        return otherwise
    return at if at.tzinfo else otherwise
