"""The sides of WhatsApp and Messenger for test_channels.py: people with phones. Nobody shares a place there."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from adapters.contract.sides import Core, as_the_core_sends, elsewhere
from bot.domain.ids import MessageId, PersonId, PlaceId
from bot.domain.messages import Attachment, Outbound
from tests.clouds.graph import GraphCloud
from tests.clouds.graph_world import Bubble
from tests.integration.test_meta_webhook import AnyChannel, listening

USERS = {"whatsapp": ("ES.1001", "ES.2001", "ES.6666"), "messenger": ("24501001", "24502001", "24506666")}
CHOICE = re.compile(r"^\d+\. (.+)$", re.MULTILINE)


@dataclass
class MetaSide:
    """Three phones."""

    cloud: GraphCloud
    name: str
    channel: AnyChannel
    core: Core
    ann_is_called = "Ann Agent"

    def __post_init__(self) -> None:
        self.alice, self.ann, self.mallory = (PersonId(f"{self.name}:{user}") for user in USERS[self.name])
        self.team, self.hall = PlaceId(self.ann), PlaceId(self.mallory)

    async def says(self, text: str) -> None:
        self.cloud.people.says(self.name, USERS[self.name][0], text)

    async def attaches(self, name: str, content: bytes) -> None:
        self.cloud.people.attaches(self.name, USERS[self.name][0], name, content)

    async def posts(self, to: str, piece: Outbound, thread: MessageId | None = None) -> MessageId:
        return await self.channel.send(to, piece if self.channel.can.buttons else as_the_core_sends(piece), thread)

    def _there(self, to: str) -> list[Bubble]:
        return self.cloud.told(self.name, to.partition(":")[2])

    async def texts(self, to: str, thread: MessageId | None = None) -> list[str]:
        return [bubble.shown for bubble in self._there(to) if bubble.text]

    async def buttons(self, to: str) -> list[str]:
        return [label for bubble in self._there(to) for label in bubble.labels or CHOICE.findall(bubble.text)]

    async def files(self, to: str) -> list[str]:
        return [name for bubble in self._there(to) for name, _ in bubble.files]

    async def told(self, person: PersonId) -> str:
        return "\n".join(await self.texts(person))

    def forgets(self, attachment: Attachment) -> None:
        self.cloud.world.media.clear()


@contextlib.asynccontextmanager
async def meta(name: str, core: Any) -> AsyncIterator[MetaSide]:
    """A channel whose people have all written of late."""
    async with GraphCloud() as cloud:
        for user in USERS[name]:
            cloud.world.add(name, user, "Ann Agent" if user == USERS[name][1] else "Somebody").wrote_at = cloud.world.now()
        async with listening(cloud, name, core) as channel:
            channel.fetch_any = elsewhere
            for user in USERS[name]:
                await channel._windows.heard(user, cloud.world.now(), {})
            yield MetaSide(cloud, name, channel, core)
