"""Typed identifiers. All are opaque strings that begin with the channel's name ("slack:…"), made and parsed by that channel's adapter alone."""

from __future__ import annotations

from typing import NewType

TicketId = NewType("TicketId", str)
"""A ticket's number as people see it: "IT-41"."""

PersonId = NewType("PersonId", str)
"""One person on one channel: "slack:U0ALICE", "telegram:1001", "web:3f9c…"."""

ConversationId = NewType("ConversationId", str)
"""Where one requester and the desk talk, and the lane in which order is kept: "slack:U0ALICE" (direct message), "slack:C0HELP/1700.1" (thread)."""

PlaceId = NewType("PlaceId", str)
"""A channel or group of a platform: "slack:C0TIER2", "telegram:-1001000000002"."""

MessageId = NewType("MessageId", str)
"""One message on a platform: "slack:C0HELP/1700.1", "telegram:1001/57"."""


def channel_of(identifier: str) -> str:
    """The channel's name an identifier belongs to: "slack" of "slack:U0ALICE"."""
    return identifier.partition(":")[0]


_SPELT = {"whatsapp": "WhatsApp", "xmpp": "XMPP", "email": "Mail", "api": "API"}


def channel_name(channel: str) -> str:
    """A channel as people call it: "WhatsApp" of "whatsapp"."""
    return _SPELT.get(channel, channel.capitalize())
