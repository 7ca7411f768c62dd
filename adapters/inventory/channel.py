"""The address that agents on computers post to. It stands among the channels because it is called as they are; nobody is spoken to here."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.inventory.config import InventoryConfig
from adapters.inventory.shapes import inventory_of
from adapters.inventory.wire import Reply, Told, TooLarge, Unreadable, read, reply
from bot.domain.assets import Inventory
from bot.domain.ids import ConversationId, MessageId
from bot.domain.messages import Capabilities, Outbound
from bot.engine.assets import keep
from bot.errors import DeliveryRefused
from bot.ports import Clock, Enquiries, Receive, Store

log = logging.getLogger(__name__)

CHANNEL = "inventory"
PATH = "/inventory/"
AT_ONCE = 2  # read at the same time: each may need some memory


class InventoryChannel:
    """See bot.ports: Channel, HasRoutes."""

    name = CHANNEL
    can = Capabilities()
    is_called, seats = True, 1

    def __init__(self, config: InventoryConfig, store: Store, clock: Clock) -> None:
        self._secrets = [secret.get_secret_value().encode() for secret in config.secrets]
        self._store, self._clock = store, clock
        self._reading = asyncio.Semaphore(AT_ONCE)

    # -------------------------------------------------------------------------------------------------------- Channel
    async def connect(self) -> None:
        """See Connects. There is nobody to reach."""

    async def listen(self, receive: Receive, enquiries: Enquiries) -> None:
        """Nobody speaks to us here."""
        await asyncio.Event().wait()

    def is_ready(self) -> bool:
        """Always."""
        return True

    def fit(self, message: Outbound) -> Sequence[Outbound]:
        """As it is."""
        return [message]

    async def send(self, to: str, message: Outbound, thread: MessageId | None = None) -> MessageId:
        """No agent reads."""
        raise DeliveryRefused("gone", "agents of inventories read nothing")

    def thread_of(self, card: MessageId) -> ConversationId | None:
        """There are no cards."""
        return None

    # ------------------------------------------------------------------------------------------------------ HasRoutes
    def routes(self) -> Sequence[object]:
        """One address."""
        return [Route(f"{PATH}{{secret}}", self._take, methods=["POST"])]

    async def _take(self, request: Request) -> Response:
        """An agent's request. What cannot be read is refused with 400 or 413, and the agent comes again when it is next due."""
        self._admit(request.path_params["secret"])
        body = await request.body()
        try:
            async with self._reading:
                told, inventory = await asyncio.to_thread(_read, body)
        except Unreadable as fault:
            log.warning("an inventory could not be read", extra={"why": str(fault)})
            raise HTTPException(400) from None
        except TooLarge:
            log.warning("an inventory is too large")
            raise HTTPException(413) from None
        if inventory is not None:
            await self._keep(inventory)
        answer: Reply = reply(told, request.headers.get("content-type", ""), "glpi-agent-id" in request.headers)
        return Response(answer.body, media_type=answer.media_type)

    def _admit(self, given: str) -> None:
        """Raises HTTPException 404: there is no such address. It takes as long however much of a secret was guessed."""
        typed = given.encode("utf-8", "replace")
        if not sum([hmac.compare_digest(typed, secret) for secret in self._secrets]):
            raise HTTPException(404)

    async def _keep(self, inventory: Inventory) -> None:
        now = self._clock.now()
        audit = await self._store.run(lambda tx: keep(tx, inventory, now))
        log.info("an inventory came", extra={"asset": audit.asset, "changes": len(audit.changes)})


def _read(body: bytes) -> tuple[Told, Inventory | None]:
    told = read(body)
    is_wanted = told.asked == "inventory" and told.itemtype.casefold() in ("", "computer")
    return told, inventory_of(told) if is_wanted else None
