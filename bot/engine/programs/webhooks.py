"""What admins do with webhooks, and what becomes of a webhook whose address does not take what it is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from bot.domain.api_keys import LONGEST_NAME, NAME
from bot.domain.ids import PersonId
from bot.domain.messages import Say, Title, Undelivered
from bot.domain.webhooks import BEGINS, LONGEST_URL, Webhook, event_names
from bot.engine.people import notices
from bot.engine.programs.subscriptions import WEBHOOKS, post
from bot.engine.turn import Turn
from bot.errors import MoveRefused

VERBS = frozenset({"webhook-new", "webhook-on", "webhook-off", "webhook-test", "webhook-retry", "webhook-remove"})
MOST = 20  # of a desk: each costs a parcel for every event
QUIET = timedelta(days=1)  # between one word to admins and the next
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


# ------------------------------------------------------------------------------------------------------------ what admins do
async def submitted(turn: Turn, verb: str, rest: str, values: Mapping[str, str]) -> None:
    """A form of the page. rest: the webhook's name; behind it, for webhook-retry, the key of what shall be sent again."""
    name, _, number = rest.partition(":")
    t = await turn.tongue_for(turn.person.id)
    if verb == "webhook-new":
        await _make(turn, name, values)
        await turn.answer()
        return
    webhook = await _existing(turn, name)
    if verb == "webhook-test":
        body = json.dumps({"type": "Ping", "timestamp": turn.now.isoformat(), "data": {"type": "ping", "by": turn.person.id}})
        turn.lanes.append(await post(turn.tx, webhook, f"ping-{turn.event.key}"[:150], body, turn.now))
        await turn.answer(Say(t.say("A ping is on its way to “{name}”.", name=name)))
    elif verb == "webhook-retry":
        await _again(turn, webhook, number)
        await turn.answer(Say(t.say("It is sent again.")))
    elif verb == "webhook-remove":
        await WEBHOOKS.drop(turn.tx, name)
        await turn.answer(Say(t.say("“{name}” is removed and told nothing any more.", name=name)))
    else:
        is_on = verb == "webhook-on"
        await WEBHOOKS.put(turn.tx, name, replace(webhook, off="" if is_on else "switched", told_at=None))
        said = t.say("“{name}” is told again what happens from now on.", name=name) if is_on else t.say("“{name}” is told nothing any more.", name=name)
        await turn.answer(Say(said))
    turn.after_commit.append(turn.crew.webhooks.forget)


async def _make(turn: Turn, name: str, values: Mapping[str, str]) -> None:
    every = await WEBHOOKS.all(turn.tx)
    url, events = values.get("url", "").strip(), tuple(values.get("events", "").split())
    if not NAME.fullmatch(name):
        raise MoveRefused("bad_webhook_name", count=str(LONGEST_NAME))
    if name in every:
        raise MoveRefused("webhook_taken", name=name)
    if len(every) >= MOST:
        raise MoveRefused("too_many_webhooks", count=str(MOST))
    check_url(url)
    if set(events) - set(event_names()):
        raise MoveRefused("unknown_event")
    made = Webhook(name, url, values.get("seed", ""), events, values.get("words") == "yes", turn.person.id, turn.now)
    await WEBHOOKS.put(turn.tx, name, made)
    turn.after_commit.append(turn.crew.webhooks.forget)


def check_url(url: str) -> None:
    """Raises MoveRefused: not an address that may be called. Whether its host is public is known when it is called."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise MoveRefused("bad_webhook_url") from None
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
    if not host or not is_safe or parts.username or parts.password or len(url) > LONGEST_URL or not url.isprintable() or " " in url:
        raise MoveRefused("bad_webhook_url")


async def _existing(turn: Turn, name: str) -> Webhook:
    webhook = await WEBHOOKS.get(turn.tx, name)
    if webhook is None:
        raise MoveRefused("no_webhook", name=name[:LONGEST_NAME])
    return webhook


async def _again(turn: Turn, webhook: Webhook, number: str) -> None:
    """What did not arrive, or waits for another try, is due now. It bears the same id; what came after it may have arrived before."""
    parcel = await turn.tx.parcel(f"{webhook.address}:{number}")
    if parcel is None or parcel.state not in ("failed", "waiting"):
        raise MoveRefused("nothing_to_send")
    await turn.tx.not_sent(parcel.key, "waiting", turn.now, "")
    turn.lanes.append(parcel.lane)


# ------------------------------------------------------------------------------------------------------- what did not arrive
async def undelivered(turn: Turn, what: Undelivered) -> None:
    """Given up for good: an address that is gone is switched off; admins are told, once a day at most."""
    parcel = await turn.tx.parcel(what.outbox)
    webhook = await WEBHOOKS.get(turn.tx, parcel.to.removeprefix(BEGINS)) if parcel is not None else None
    if webhook is None or not webhook.is_on:
        return
    is_gone = what.reason == "gone"
    if not is_gone and webhook.told_at is not None and turn.now < webhook.told_at + QUIET:
        return
    await WEBHOOKS.put(turn.tx, webhook.name, replace(webhook, off="gone" if is_gone else "", told_at=turn.now))
    turn.after_commit.append(turn.crew.webhooks.forget)
    for admin in sorted({*turn.desk.admins, webhook.by}):
        await _tell(turn, admin, webhook, is_gone)


async def _tell(turn: Turn, admin: PersonId, webhook: Webhook, is_gone: bool) -> None:
    t = await turn.tongue_for(admin)
    if is_gone:
        said = t.say("Its address says that it is gone for good, so it is switched off. Switch it on again at /admin/webhooks once it is back.")
    else:
        said = t.say("What it should have heard is kept for you at /admin/webhooks, where it can be sent again.")
    await notices.notify(turn, admin, "other", [Title(t.say("The webhook “{name}” does not take what it is sent", name=webhook.name), "warning"), Say(said)])
