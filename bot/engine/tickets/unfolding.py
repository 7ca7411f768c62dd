"""The rarer buttons of a card where there is no menu for them (Telegram): shown in place when asked for, and put away after the next press."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.ids import PlaceId
from bot.domain.messages import Outbound
from bot.domain.tickets import Ticket
from bot.engine.act import Act, Given
from bot.engine.tickets import cards
from bot.engine.turn import Turn


async def unfold(turn: Turn, ticket: Ticket, given: Given) -> None:
    """All buttons of the card in this place."""
    card = await _card(turn, ticket, given.place)
    if card is not None:
        await turn.change(turn.card_key(ticket.id, PlaceId(given.place)), given.place, replace(card, more=""), ticket.id, f"{given.place}#{ticket.id}")
    await turn.answer()


async def fold(turn: Turn, number: str, place: str) -> None:
    """Something was pressed: the rarer buttons are put away, where they are shown and the act itself did not show the card anew."""
    channel = turn.crew.channels.get(turn.event.channel)
    if channel is None or channel.can.forms or turn.desk.tier_at(PlaceId(place)) is None:
        return
    key = turn.card_key(number, PlaceId(place))
    shown = await turn.tx.newest_body(key)
    ticket = await turn.tx.ticket(number)
    if isinstance(shown, Outbound) and shown.card and not shown.more and ticket is not None:
        card = await _card(turn, ticket, place)
        if card is not None:
            await turn.change(key, place, card, number, f"{place}#{number}")


async def _card(turn: Turn, ticket: Ticket, place: str) -> Outbound | None:
    tier = turn.desk.tier_at(PlaceId(place))
    return await cards.build(turn, ticket, tier) if tier is not None else None


ACTS = {"more": Act(unfold)}
