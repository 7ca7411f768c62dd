"""Standing orders: a report that goes to people in chat or by mail at set hours, as a link that opens it for some days."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.desks import Desk
from bot.domain.ids import ConversationId, PersonId, channel_of
from bot.domain.messages import Choice, Part, Say, Small, TimerFired, Title
from bot.domain.people import EMAIL, reads_mail_at
from bot.engine.kept import Kept
from bot.engine.people import notices
from bot.engine.people.accounts import mail_address
from bot.engine.reports.finding import report_named
from bot.engine.reports.report_links import Opened, ReportLinks
from bot.engine.rights import Asker, may
from bot.engine.running import timetable
from bot.engine.turn import Turn
from bot.errors import MoveRefused
from bot.ports import Transaction

TIMER = "report-order:"
VERBS = frozenset({"order-save", "order-delete"})
NAME = re.compile(r"order[0-9a-f]{8}", re.ASCII)
MOST, PEOPLE, DAYS, VALID = 100, 20, 366, 90  # orders of a desk; readers of one; days of a report; days that a link is valid
KIND = "report"  # of a notice


@dataclass(frozen=True, slots=True)
class Order:
    """report: by name, as its owner sees it. cron: five fields, in the desk's zone. days: up to the day before. valid: days that the link opens it."""

    report: str
    cron: str
    to: tuple[PersonId, ...]
    owner: PersonId
    at: datetime
    days: int = 28
    valid: int = 7


ORDERS: Kept[Order] = Kept("report-order", Order)


# ------------------------------------------------------------------------------------------------------------- what comes next
async def plan(tx: Transaction, desk: Desk, now: datetime) -> None:
    """The next time of every order is kept, once however often that is asked for."""
    for name, order in (await ORDERS.all(tx)).items():
        await _plan(tx, desk, name, order, now)


async def _plan(tx: Transaction, desk: Desk, name: str, order: Order, now: datetime) -> None:
    due = timetable.next_after(order.cron, desk.timezone, now)
    await timetable.keep(tx, f"{TIMER}{name}", ConversationId(f"desk:{name}"), due, now)


async def fired(turn: Turn, timer: TimerFired) -> None:
    """Its hour has come: mail addresses, and those who are agents or admins now, get the link. One that was changed or deleted since sends nothing."""
    name = timer.timer.removeprefix(TIMER)
    order = await ORDERS.get(turn.tx, name)
    if order is None or not timetable.is_due(order.cron, turn.desk.timezone, timer.since):
        return
    report = await report_named(turn.tx, order.report, order.owner)
    if report is not None and turn.desk.url and turn.crew.links is not None:
        last = timer.since.astimezone(ZoneInfo(turn.desk.timezone)).date() - timedelta(days=1)
        opened = Opened(name, order.report, last - timedelta(days=order.days - 1), last, turn.now + timedelta(days=order.valid))
        for person in order.to:
            if channel_of(person) == EMAIL or _is_staff(turn, person):
                await _send(turn, person, report.title, opened, turn.crew.links)
    await _plan(turn.tx, turn.desk, name, order, turn.now)


async def _send(turn: Turn, person: PersonId, title: str, opened: Opened, links: ReportLinks) -> None:
    t = await turn.tongue_for(person)
    until = t.when(opened.until, turn.desk.timezone)
    parts: list[Part] = [
        Title(t.say("Report: {title}", title=t.say(title))),
        Say(f"{opened.first} – {opened.last}"),
        Small(t.say("The link opens this report alone, until {until}, for whoever has it.", until=until)),
    ]
    address = f"{turn.desk.url}/report/{links.token(opened)}"
    await notices.notify(turn, person, KIND, parts, choices=[Choice(t.say("Open the report"), "link", link=address)])


def _is_staff(turn: Turn, person: PersonId) -> bool:
    return may(Asker(turn.desk, turn.roster, person), "see-desk")


# ------------------------------------------------------------------------------------------------------------ kept and deleted
async def submitted(turn: Turn, verb: str, name: str, values: Mapping[str, str]) -> None:
    """An admin gives or ends an order; the caller has checked that they are one. Raises MoveRefused."""
    t = await turn.tongue_for(turn.person.id)
    if verb == "order-delete":
        await ORDERS.drop(turn.tx, name)
        await turn.answer(Say(t.say("It is sent no more, and links that were sent open nothing any more.")))
        return
    if not NAME.fullmatch(name) or len(await ORDERS.all(turn.tx)) >= MOST:
        raise MoveRefused("too_many_orders", count=str(MOST))
    order = await _order(turn, values)
    await ORDERS.put(turn.tx, name, order)
    await _plan(turn.tx, turn.desk, name, order, turn.now)
    due = timetable.next_after(order.cron, turn.desk.timezone, turn.now)
    await turn.answer(Say(t.say("It is sent for the first time {moment} ({zone}).", moment=t.when(due, turn.desk.timezone), zone=turn.desk.timezone)))


async def _order(turn: Turn, values: Mapping[str, str]) -> Order:
    if not turn.desk.url:
        raise MoveRefused("no_url")
    report = await report_named(turn.tx, values.get("report", ""), turn.person.id)
    if report is None or report.listed:
        raise MoveRefused("no_such_report")
    return Order(
        report.name, _cron(turn, values.get("cron", "")), _readers(turn, values.get("to", "")), turn.person.id, turn.now,
        _number(values.get("days", ""), DAYS, "bad_days"), _number(values.get("valid", ""), VALID, "bad_valid"),
    )  # fmt: skip


def _cron(turn: Turn, text: str) -> str:
    """Once an hour at most: its minute is a number."""
    try:
        cron = timetable.check(text[:100])
        timetable.next_after(cron, turn.desk.timezone, turn.now)
    except ValueError:
        raise MoveRefused("bad_cron") from None
    if not cron.split()[0].isdigit():
        raise MoveRefused("bad_cron")
    return cron


def _readers(turn: Turn, text: str) -> tuple[PersonId, ...]:
    """Addresses of agents and admins in chat, and mail addresses, whosever they are: an admin answers for them."""
    found = tuple(dict.fromkeys(PersonId(one) for one in re.split(r"[\s,;]+", text) if one))
    if not 1 <= len(found) <= PEOPLE:
        raise MoveRefused("no_readers", count=str(PEOPLE))
    return tuple(dict.fromkeys(_reader(turn, person) for person in found))


def _reader(turn: Turn, person: PersonId) -> PersonId:
    kind, _, address = person.rpartition(":")
    if "@" in address and kind in ("", EMAIL, "mail"):
        if EMAIL not in turn.crew.channels:
            raise MoveRefused("no_mail", name=person[:80])
        return reads_mail_at(mail_address(address))
    if ":" not in person or channel_of(person) not in turn.crew.channels or not _is_staff(turn, person):
        raise MoveRefused("no_reader", name=person[:80])
    return person


def _number(text: str, most: int, reason: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= most):
        raise MoveRefused(reason, count=str(most))
    return int(text)
