"""Long polling: the next question confirms what was committed, never earlier."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from adapters.telegram.inbound import KINDS
from adapters.telegram.intake import Intake
from adapters.telegram.transport import Api, Contested
from bot.errors import DeliveryError, RateLimited, StoreError, Unauthorized

log = logging.getLogger(__name__)

WAIT_S = 10  # seconds Telegram holds a question open (its cap is 50); a connection that died unnoticed makes people wait as long, and ANSWER_S more
ANSWER_S = 10.0  # seconds for the way there and back, and for a hundred updates on a slow line
BATCH = 100  # updates an answer, the most there may be
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 4.0  # after a fault, doubled each time; people write meanwhile, and wait for no longer than that once it is over


async def poll(api: Api, intake: Intake, ready: Callable[[bool], None]) -> None:
    """Until cancelled. Faults of the network, of the store and of rival pollers are waited out; nothing unconfirmed is ever dropped."""
    offset, pause, wait_s = 0, FIRST_PAUSE_S, 0  # the first question, and one after a fault, is answered at once: are we connected?
    while True:
        try:
            question = {"offset": offset, "timeout": wait_s, "limit": BATCH, "allowed_updates": list(KINDS)}
            updates = await api.call("getUpdates", question, timeout_s=wait_s + ANSWER_S)
            ready(True)
            await intake.take(updates)
            offset = max((int(u["update_id"]) + 1 for u in updates), default=offset)
            pause, wait_s = FIRST_PAUSE_S, WAIT_S
        except (DeliveryError, StoreError) as problem:
            ready(isinstance(problem, StoreError))
            _explain(problem)
            await asyncio.sleep(max(pause, problem.retry_after_s if isinstance(problem, RateLimited) else 0.0))
            pause, wait_s = min(pause * 2, LONGEST_PAUSE_S), 0


def _explain(problem: Exception) -> None:
    match problem:
        case Contested():
            log.warning("polling refused: %s; stop the other process, or give this one a bot of its own", problem)
        case Unauthorized():
            log.error("%s", problem)
        case StoreError():
            log.warning("updates not kept, Telegram will send them again", extra={"problem": type(problem).__name__})
        case _:
            log.info("polling interrupted: %s", problem)
