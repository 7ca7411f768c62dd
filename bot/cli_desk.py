"""`firstline ticket …` and `firstline queue …`: look at the desk from a terminal."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, cast

import typer

from bot.console import read_settings, say, say_json, say_table, with_store
from bot.errors import ConfigError

if TYPE_CHECKING:
    from bot.domain.tickets import Ticket, TicketMessage
    from bot.ports import Parcel, Recorded, Transaction, Waiting
    from bot.store.sql import SqlStore

STATUSES = ("open", "pending", "resolved", "closed")
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]

tickets = typer.Typer(help="Tickets, also while the bot runs.", no_args_is_help=False)
queue = typer.Typer(help="What waits: inbox, outbox, timers, dead letters.", no_args_is_help=False)


@tickets.command("list")
def list_tickets(
    status: Annotated[list[str] | None, typer.Option(help="open, pending, resolved, closed; several times for several.")] = None,
    tier: Annotated[int, typer.Option(help="Only this tier.")] = 0,
    unclaimed: Annotated[bool, typer.Option(help="Only those nobody has taken.")] = False,
    search: Annotated[str, typer.Option(help="Words of the question, or a number.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100)] = 25,
    as_json: AsJson = False,
) -> None:
    """The tickets that changed last."""
    from bot.domain.tickets import Status
    from bot.ports import TicketQuery
    from bot.store.export import ticket_line

    unknown = [one for one in status or () if one not in STATUSES]
    if unknown:
        raise ConfigError(f"--status {unknown[0]}: there is no such status; choose from {', '.join(STATUSES)}")
    settings = read_settings(read_only=True)
    query = TicketQuery(tier=tier, statuses=cast("tuple[Status, ...]", tuple(status or ())), unclaimed=unclaimed, search=search, limit=limit)
    found = with_store(settings, lambda store: store.tickets(query), read_only=True)
    if as_json:
        say_json([ticket_line(ticket, settings.desk.name) for ticket in found])
    elif not found:
        say("No tickets.")
    else:
        rows = [(t.id, t.status, t.tier, t.assignee or "", t.opened_at.strftime("%Y-%m-%d %H:%M"), _short(t.question)) for t in found]
        say_table(("Number", "Status", "Tier", "Assignee", "Opened (UTC)", "Question"), rows)


@tickets.command("show")
def show_ticket(number: Annotated[str, typer.Argument(help="As IT-41.")], as_json: AsJson = False) -> None:
    """One ticket: its facts, the talk with the notes, and what happened to it."""
    from bot.store.export import event_line, message_line, ticket_line

    settings = read_settings(read_only=True)

    async def whole(store: SqlStore) -> tuple[Ticket, list[TicketMessage], list[Recorded]] | None:
        ticket = await store.ticket(number.upper())
        return (ticket, await store.talk(ticket.id, internal=True), await store.history(ticket.id)) if ticket else None

    found = with_store(settings, whole, read_only=True)
    if found is None:
        say(f"There is no ticket {number.upper()}.")
        raise typer.Exit(1)
    ticket, talk, history = found
    if as_json:
        facts = ticket_line(ticket, settings.desk.name)
        say_json({**facts, "messages": [message_line(one) for one in talk], "events": [event_line(one) for one in history]})
    else:
        _print_ticket(ticket, talk, history)


@queue.command("status")
def queue_status(as_json: AsJson = False) -> None:
    """How much waits, and the dead letters."""
    settings = read_settings(read_only=True)

    async def look(store: SqlStore) -> tuple[dict[str, int], list[Waiting], list[Parcel]]:
        return {**await store.queue(), "outbox_mail": await store.owed_to_mail()}, await store.parked(), await store.failed()

    counts, letters, failures = with_store(settings, look, read_only=True)
    parked = [{"id": one.id, "kind": one.event.what.kind, "channel": one.event.channel, "attempts": one.attempts} for one in letters]
    unsent = [{"key": one.key, "ticket": one.ticket or None, "to": one.to, "attempts": one.attempts, "error": one.error} for one in failures]
    if as_json:
        say_json({**counts, "dead_letters": parked, "failed_messages": unsent})
        return
    say_table(("Queue", "Count"), counts.items())
    if parked:
        say()
        say_table(("Dead letter", "Event", "Channel", "Attempts"), [tuple(one.values()) for one in parked])
    if unsent:
        say()
        say_table(("Failed message", "Ticket", "To", "Attempts", "Error"), [tuple(one.values()) for one in unsent])
    if parked or unsent:
        say("\n`firstline queue retry` tries them again.")


@queue.command("retry")
def queue_retry(as_json: AsJson = False) -> None:
    """Put dead letters and failed messages back into their queues; the next start, or `queue drain`, works on them."""
    settings = read_settings()

    async def put_back(store: SqlStore) -> dict[str, int]:
        from datetime import UTC, datetime

        letters, failures, now = await store.parked(), await store.failed(), datetime.now(UTC)

        async def again(tx: Transaction) -> None:
            for letter in letters:
                await tx.retry_later(letter.id, now, "")
            for parcel in failures:
                await tx.not_sent(parcel.key, "waiting", now, "")

        await store.run(again)
        return {"dead_letters": len(letters), "failed_messages": len(failures)}

    done = with_store(settings, put_back, read_only=False)
    if as_json:
        say_json(done)
    else:
        say(f"Back in their queues: {done['dead_letters']} dead letters, {done['failed_messages']} failed messages.")


@queue.command("drain")
def queue_drain(as_json: AsJson = False) -> None:
    """Work until nothing is due, then end."""
    settings = read_settings(whole=True)
    from bot.upkeep import drain

    done = asyncio.run(drain(settings))
    if as_json:
        say_json(done)
    else:
        say_table(("Queue", "Count"), done.items())


def _print_ticket(ticket: Ticket, talk: list[TicketMessage], history: list[Recorded]) -> None:
    from bot.store.export import ticket_line

    facts = ticket_line(ticket, "")
    names = ("status", "tier", "assignee", "priority", "kind", "requester", "channel", "language", "opened_at", "resolved_at", "entry", "solution", "follows")
    say_table((ticket.id, _short(ticket.question)), [(name, facts[name]) for name in names if facts[name]])
    if ticket.offers:
        say()
        say_table(("Offered", "Score", "Outcome", "Reason"), [(o.entry, f"{o.score:.0f}", o.outcome, o.reason) for o in ticket.offers])
    if talk:
        say()
        say_table(("At (UTC)", "Kind", "Author", "Delivery", "Words"), [(f"{m.at:%Y-%m-%d %H:%M}", m.kind, m.author, m.delivery, m.text) for m in talk])
    say()
    say_table(("At (UTC)", "Event", "By"), [(f"{e.at:%Y-%m-%d %H:%M}", e.name, e.by) for e in history])


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 70 else line[:69] + "…"
