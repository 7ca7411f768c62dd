"""Those who ask and those who answer: they see what stands on their platform, and act on it through that platform alone."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

from bot.domain.ids import ConversationId, MessageId, PersonId, PlaceId
from bot.domain.messages import Choice, Commanded, Deleted, Edited, Happening, Inbound, Pressed, Said, Submitted
from bot.domain.people import Person
from tests.builders import UNKNOWN
from tests.simulation.cloud import Platform, Posted

if TYPE_CHECKING:
    from tests.simulation.world import World

LOOK_S = 0.25  # seconds between two looks at the screen
PATIENCE_S = 30.0  # seconds after which nothing more is expected of a desk that works

QUESTIONS = ("I forgot my password", "VPN from home", "install the office printer", "printer", "password reset", UNKNOWN, UNKNOWN, "the heron is back")


class Someone:
    """A person on one platform."""

    def __init__(self, world: World, platform: Platform, name: str) -> None:
        self.world, self.platform, self.name = world, platform, name
        self.id = PersonId(f"{platform.name}:{name.lower()}")
        platform.names[self.id] = name
        self._count = itertools.count(1)

    def does(self, what: Happening, conversation: str = "") -> None:
        """The platform has it from now on, and hands it over. Names come with it where the platform sends them."""
        person = Person(self.id, "" if self.platform.finds else self.name, "en")
        where = ConversationId(conversation or self.id)
        event = Inbound(f"{self.id}#{next(self._count)}", self.platform.name, where, person, self.world.clock.now(), what)
        self.world.happens(self.platform, event)

    def new_message(self) -> MessageId:
        """An id for what is written now."""
        return MessageId(f"{self.platform.name}:m-{self.id}-{next(self._count)}")

    def types(self, command: str, argument: str = "") -> None:
        """A command, in private."""
        self.does(Commanded(command, argument, PlaceId(self.id), private=True, answer_to=self.handle()))

    def handle(self) -> str:
        """By which a press can be answered."""
        return f"handle-{self.id}-{next(self._count)}"

    async def sees(self, look: Callable[[], Posted | None], what: str) -> Posted:
        """Wait until it is there; who has waited long comes back after some minutes, and once more."""
        for _ in range(4):
            for _ in range(int(PATIENCE_S / LOOK_S)):
                if (found := look()) is not None:
                    return found
                await asyncio.sleep(LOOK_S)
            await self.world.later(minutes=11)
        raise AssertionError(f"{self.name} never saw {what}")


class Asker(Someone):
    """A requester, in a private conversation."""

    def __init__(self, world: World, platform: Platform, name: str) -> None:
        super().__init__(world, platform, name)
        self.said: list[MessageId] = []

    def says(self, text: str) -> None:
        """Writes to the bot, with a word that is nowhere else."""
        self.asks(f"{text} {self.world.token('w')}")

    def asks(self, question: str) -> None:
        """Writes to the bot, with these words alone: so a known way to ask is known."""
        message = self.new_message()
        self.said.append(message)
        self.does(Said(question, message, PlaceId(self.id), private=True, addressed=True))

    def shown(self, text: str) -> Posted | None:
        """The newest message here that holds the text."""
        return next((p for p in reversed(self.platform.at(self.id)) if text in self.world.text(p)), None)

    def button(self, label: str) -> tuple[Choice, Posted] | None:
        """The newest button with this label."""
        for posted in reversed(self.platform.at(self.id)):
            for choice in posted.body.choices:
                if choice.label == label:
                    return choice, posted
        return None

    async def hears(self, text: str) -> Posted:
        """Waits for a message that holds the text."""
        return await self.sees(lambda: self.shown(text), repr(text))

    async def presses(self, label: str) -> None:
        """Waits for the button and presses it."""

        def look() -> Posted | None:
            found = self.button(label)
            return found[1] if found else None

        await self.sees(look, f"the button {label!r}")
        found = self.button(label)
        assert found is not None
        self.press(*found)

    def press(self, choice: Choice, posted: Posted) -> None:
        """A button."""
        self.does(Pressed(choice.action, PlaceId(self.id), posted.id, answer_to=self.handle()))

    def acts(self, random: Random) -> None:
        """Something that requesters do, by what is on the screen."""
        buttons = [(choice, posted) for posted in self.platform.at(self.id)[-4:] for choice in posted.body.choices]
        match random.choices(("ask", "press", "edit", "delete", "command", "chat"), (5, 6, 1, 1, 1, 1))[0]:
            case "press" if buttons:
                self.press(*random.choice(buttons))
            case "edit" if self.said:
                self.does(Edited(random.choice(self.said[-3:]), f"I meant {self.world.token('w')}"))
            case "delete" if self.said:
                self.does(Deleted(random.choice(self.said[-3:])))
            case "command":
                self.types(random.choice(("list", "status", "human", "close", "help")))
            case "chat":
                self.does(Said(random.choice(("thanks!", "hello", "yes", "no")), self.new_message(), PlaceId(self.id), private=True, addressed=True))
            case _:
                random.choice((self.asks, self.says))(random.choice(QUESTIONS))


class Helper(Someone):
    """An agent in a team's place."""

    def __init__(self, world: World, platform: Platform, name: str, place: PlaceId) -> None:
        super().__init__(world, platform, name)
        self.place = place
        platform.members.setdefault(place, set()).add(self.id)

    def card(self, number: str) -> Posted | None:
        """The ticket's card in this place."""
        return next((p for p in reversed(self.platform.at(self.place)) if p.body.card.startswith(f"{number} ")), None)

    async def card_with(self, number: str, label: str) -> Posted:
        """Waits until the card shows a button with this label."""

        def look() -> Posted | None:
            card = self.card(number)
            return card if card and any(c.label == label for c in card.body.choices) else None

        return await self.sees(look, f"the card of {number} with {label!r}")

    async def presses(self, number: str, label: str) -> None:
        """A button of the card."""
        card = await self.card_with(number, label)
        self.press(next(c for c in card.body.choices if c.label == label), card)

    def press(self, choice: Choice, posted: Posted) -> None:
        """A button."""
        self.does(Pressed(choice.action, self.place, posted.id, answer_to=self.handle()), self._lane(posted))

    async def submits(self, number: str, verb: str, label: str) -> str:
        """Words by the card's button, once it is there, and once more when they are told that it is no longer valid; gives the token in them."""
        while True:
            token, handle = self.words(verb, number, await self.card_with(number, label))
            answer = await self.sees(lambda handle=handle: self._told(handle), f"what came of {verb}")  # type: ignore[misc]
            if "no longer valid" not in self.world.text(answer):
                return token

    def words(self, verb: str, number: str, card: Posted) -> tuple[str, str]:
        """Through a form where there are forms, else by a command in reply to the card: the token in them, and the handle of the answer."""
        token, handle = self.world.token("r" if verb == "reply" else "s"), self.handle()
        if self.platform.can.threads:
            self.does(Submitted(f"{verb}:{number}", {"words": f"words {token}"}, self.place, answer_to=handle))
        else:
            typed = Commanded(verb, f"words {token}", self.place, message=self.new_message(), reply_to=card.id, answer_to=handle)
            self.does(typed, self._lane(card))
        return token, handle

    def _told(self, handle: str) -> Posted | None:
        return next((p for p in self.platform.posted if p.body.answer_to == handle), None)

    async def takes_back(self, reply: str) -> None:
        """Presses the button under the line that says when a reply goes out, unless it has gone out before that is shown. reply: the token in it."""
        while not any(reply in self.world.text(p) for platform in self.world.platforms.values() for p in platform.posted if p.place != self.place):
            shown = [p for p in self.platform.at(self.place) if any(c.action.startswith("undo:") for c in p.body.choices)]
            if shown:
                self.press(shown[-1].body.choices[0], shown[-1])
                return
            await asyncio.sleep(LOOK_S)

    def acts(self, random: Random) -> None:
        """Something that agents do, by what is in the team's place."""
        here = self.platform.at(self.place)
        cards = [p for p in here if p.body.card and p.body.choices][-5:]
        undo = [p for p in here[-6:] if any(c.action.startswith("undo:") for c in p.body.choices)]
        if undo and random.random() < 0.2:
            self.press(undo[-1].body.choices[0], undo[-1])
            return
        if not cards:
            self.types("queue")
            return
        card = random.choice(cards)
        number = card.body.card.partition(" ")[0]
        if random.random() < 0.15:
            said = Said(f"words {self.world.token('r')}", self.new_message(), self.place, reply_to=card.id)
            self.does(said, self._lane(card))
            return
        if random.random() < 0.1:
            self.types(random.choice(("take", "release", "reopen")), number)
            return
        choice = random.choice(card.body.choices)
        verb = choice.action.partition(":")[0]
        if verb in ("reply", "note", "escalate", "back", "resolve"):
            self.words(verb, number, card)
        elif verb != "link":
            self.press(choice, card)

    def _lane(self, posted: Posted) -> str:
        """Where there are threads each card is a conversation, else the place is one."""
        return str(posted.thread or posted.id) if self.platform.can.threads else str(self.place)
