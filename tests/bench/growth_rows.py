"""A desk of any size at once: the rows that its tickets leave in every table, as databases hold them, made from the ticket's place alone.

Shares are those of a desk that has been used for two years, evenly: tickets are three weeks under way at most but for a few, four in ten stay with the bot, the
journal of what came in and went out is kept for thirty days, cards for ever.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from bot.domain.messages import Choice, Outbound, Say
from bot.domain.tickets import Offer
from bot.store import codec
from bot.store.tables import events as events_table
from bot.store.tables import inbox, lanes, links, messages, outbox, outcomes, people, tickets

PREFIX = "B"
SPAN, KEPT, YOUNG = timedelta(days=730), timedelta(days=30), timedelta(days=21)
TICKETS_A_PERSON = 8
AGENTS = 200
BOT = "bot:firstline"
MINUTE = 60_000_000  # microseconds
Row = dict[str, object]

_VERBS = ["reset", "install", "update", "remove", "order", "share", "print", "scan", "connect", "restart", "configure", "renew", "cancel"]
_THINGS = ["password", "printer", "laptop", "mailbox", "calendar", "badge", "monitor", "headset", "keyboard", "phone", "tunnel", "license"]
_KINDS = ["shared", "personal", "temporary", "company", "external", "internal", "old", "new", "broken", "second", "virtual", "wireless", "remote"]
_REPLY = "Please restart it, wait for a minute and sign in again with the new name; if it says the same then, tell me the number below the message."
_PERSON = json.dumps({"id": "slack:{}", "name": "{}", "language": "en", "timezone": "UTC"}, separators=(",", ":"))
_WHY = ("words in common: sync, badge, linux, on, how, do, i", "read as: vritual → virtual", "not found: hello", "share of the question: 92 %")


class Desk:
    """So many tickets up to `now`; the newest is the last."""

    def __init__(self, count: int, now: datetime | None = None) -> None:
        self.count = count
        self.now = codec.to_micros(now or datetime.now(UTC))
        self.people = max(1, count // TICKETS_A_PERSON)
        self._span, self._kept, self._young = (span // codec.MICROSECOND for span in (SPAN, KEPT, YOUNG))

    def tables(self) -> Iterator[tuple[str, Iterator[Row]]]:
        """Every table with its rows; numbered ids are left to the database, in this order."""
        of_people: dict[str, Callable[[int], Row]] = {people.name: self._person, lanes.name: self._lane}
        for name, one in of_people.items():
            yield name, map(one, range(self.people))
        of_tickets: dict[str, Callable[[int], Iterator[Row]]] = {
            tickets.name: self._ticket, messages.name: self._messages, events_table.name: self._events, outcomes.name: self._outcome,
            links.name: self._links, inbox.name: self._inbox, outbox.name: self._outbox,
        }  # fmt: skip
        for name, some in of_tickets.items():
            yield name, (row for number in range(1, self.count + 1) for row in some(number))
        yield "counters", iter([{"prefix": PREFIX, "last": self.count}])

    def requester(self, number: int) -> str:
        """Whose ticket it is; their conversation has the same name."""
        return f"slack:U{(number * 7919) % self.people:06d}"

    def agent(self, number: int) -> str:
        """Who has it, once somebody has."""
        return f"slack:A{number % AGENTS:04d}"

    def opened(self, number: int) -> int:
        """Microseconds."""
        return self.now - self._span * (self.count - number) // self.count - MINUTE

    def status(self, number: int) -> str:
        """Of those under way at most three weeks 20 % are open, 15 % pending, 15 % resolved; of the others 3 in 1,000 are open."""
        die = _die(number, 0)
        if self.now - self.opened(number) < self._young:
            return "open" if die < 200 else "pending" if die < 350 else "resolved" if die < 500 else "closed"
        return "open" if die < 3 else "closed"

    def tier(self, number: int) -> int:
        """What is open or pending is with people; of the others 40 % never left the bot."""
        die = _die(number, 1)
        under_way = self.status(number) in ("open", "pending")
        return 1 if die < 400 and not under_way else 3 if die >= 850 else 2

    def assignee(self, number: int) -> str | None:
        """Two in three of what is open are claimed, and all that people came to an end with."""
        return self.agent(number) if self.tier(number) > 1 and (self.status(number) != "open" or _die(number, 2) < 667) else None

    def changed(self, number: int) -> int:
        """Some hours after it was opened; what is under way, up to now."""
        opened = self.opened(number)
        return opened + min(_die(number, 3) * 3 * MINUTE, self.now - opened)

    def question(self, number: int) -> str:
        """Words that many tickets share."""
        return f"hello, how do I {_of(_VERBS, number)} the {_of(_KINDS, number // 3)} {_of(_THINGS, number // 7)} since the update of room {number % 997}?"

    def _person(self, place: int) -> Row:
        name = f"U{place:06d}"
        return {"id": f"slack:{name}", "name": name, "language": "en", "timezone": "UTC", "chosen": ""}

    def _lane(self, place: int) -> Row:
        return {"lane": f"slack:U{place:06d}", "taken": TICKETS_A_PERSON}

    def _ticket(self, number: int) -> Iterator[Row]:
        question, opened, changed = self.question(number), self.opened(number), self.changed(number)
        status, assignee = self.status(number), self.assignee(number)
        over = status in ("resolved", "closed")
        yield {
            "id": f"{PREFIX}-{number}", "requester": self.requester(number), "conversation": self.requester(number), "question": question, "language": "en",
            "opened_at": opened, "tier_since": opened, "status": status, "tier": self.tier(number), "assignee": assignee, "priority": "normal",
            "kind": "question", "offers": _OFFERS, "entry": f"e{number % 1000}" if over else "", "solution": "", "human_at": changed if assignee else None,
            "changed_at": changed, "resolved_at": changed if over else None, "closed_at": changed if status == "closed" else None, "follows": "",
            "impact": "", "urgency": "", "tags": "[]", "fields": "[]", "watchers": "[]", "parent": "", "parent_as": "", "related": "[]",
            "promised": "null", "due_at": None, "breached": False, "waits_since": None, "rating": 0, "comment": "", "seen_at": None,
            "asset": 0, "external": "", "external_url": "",
            "version": 3, "claimed": 1 if assignee else 0, "words": question.casefold(),
        }  # fmt: skip

    def _messages(self, number: int) -> Iterator[Row]:
        ticket, at, requester = f"{PREFIX}-{number}", self.opened(number), self.requester(number)
        said = [("in", "question", requester, self.question(number)), ("out", "bot", BOT, "How do I sync the virtual badge on linux?")]
        if agent := self.assignee(number):
            said += [("out", "reply", agent, _REPLY), ("in", "detail", requester, "It still says that the name is not known."), ("out", "reply", agent, _REPLY)]
        for turn, (direction, kind, author, words) in enumerate(said):
            yield {
                "ticket": ticket, "direction": direction, "kind": kind, "author": author, "text": words, "at": at + turn * MINUTE, "attachments": "[]",
                "source": self._source(number, turn) if direction == "in" else "", "delivery": "sent" if direction == "out" else "", "edited": "",
                "deleted": False, "heard": number,
            }  # fmt: skip

    def _events(self, number: int) -> Iterator[Row]:
        requester, agent, at = self.requester(number), self.assignee(number), self.opened(number)
        happened = [("TicketOpened", requester, '{"follows":""}'), ("EntryOffered", BOT, '{"entries":["e6"],"scores":[94.2],"decision":"suggest"}')]
        if self.tier(number) > 1:
            happened += [("EntryRefused", requester, '{"entry":"e6","reason":""}'), ("TicketHandedOver", requester, '{"tier":2,"why":"refused"}')]
        if agent:
            happened += [("TicketClaimed", agent, '{"tier":2}'), ("ReplySent", agent, '{"first":true}'), ("RequesterWrote", requester, "{}"),
                         ("ReplySent", agent, '{"first":false}')]  # fmt: skip
        if self.status(number) in ("resolved", "closed"):
            happened += [("TicketResolved", agent or requester, '{"tier":2,"entry":"e6","solution":""}'), ("TicketClosed", BOT, "{}")]
        for turn, (name, by, details) in enumerate(happened):
            yield {"ticket": f"{PREFIX}-{number}", "name": name, "by": by, "channel": "slack", "at": at + turn * MINUTE, "details": details}

    def _outcome(self, number: int) -> Iterator[Row]:
        at, solved = self.opened(number), self.tier(number) == 1
        yield {
            "ticket": f"{PREFIX}-{number}", "asked_at": at, "language": "en", "entry": "e6", "score": 94.2, "known": False, "decision": "suggest",
            "scale": "words", "picked": "e6" if solved else "", "judgement": "right" if solved else "", "instead": "", "source": "press" if solved else "",
            "judged_at": at if solved else None,
        }  # fmt: skip

    def _links(self, number: int) -> Iterator[Row]:
        ticket = f"{PREFIX}-{number}"
        for turn in range(5 if self.assignee(number) else 2):
            yield {"platform_id": self._source(number, turn), "ticket": ticket, "role": "message"}
        if self.tier(number) > 1:
            yield {"platform_id": f"slack:C0TIER2/{number}.1", "ticket": ticket, "role": "thread"}

    def _inbox(self, number: int) -> Iterator[Row]:
        """What came in of late, and the timers of what is under way."""
        at, lane, status = self.opened(number), self.requester(number), self.status(number)
        if self.now - at < self._kept:
            for turn in range(2 if self.assignee(number) else 1):
                yield self._event(number, "slack", "said", f"Ev{number}.{turn}", lane, at + turn * MINUTE, self.now, "done", self._source(number, turn))
        if status in ("open", "pending"):
            due = self.now + (144 + _die(number, 4)) * 10 * MINUTE
            yield self._event(number, "desk", "timer", f"timer:remind:{PREFIX}-{number}", lane, at, due, "waiting", None)

    def _event(self, number: int, channel: str, kind: str, key: str, lane: str, at: int, due: int, state: str, also: str | None) -> Row:
        what: Row = {"timer": "remind", "ticket": f"{PREFIX}-{number}", "since": codec.from_micros(at).isoformat(), "kind": "timer"} if kind == "timer" else {
            "text": self.question(number), "message": also, "place": lane.replace("U", "D", 1), "private": True, "addressed": True, "reply_to": None,
            "attachments": [], "earlier": [], "kind": "said",
        }  # fmt: skip
        return {
            "channel": channel, "key": key, "also": also, "lane": lane, "kind": kind, "person": _PERSON.replace("{}", lane.removeprefix("slack:")),
            "what": json.dumps(what, separators=(",", ":")), "at": at, "due": due, "state": state, "attempts": 0, "error": "",
            "done_at": at if state == "done" else None,
        }  # fmt: skip

    def _outbox(self, number: int) -> Iterator[Row]:
        """What went out of late, and every card."""
        at, lane = self.opened(number), self.requester(number)
        if self.now - at < self._kept:
            yield self._parcel(number, f"offer:{PREFIX}-{number}:2", lane, lane, at)
            for turn in range(2 if self.assignee(number) else 0):
                yield self._parcel(number, f"reply:{PREFIX}-{number}:{turn}", lane, lane, at + turn * MINUTE)
        if self.tier(number) > 1:
            place = f"slack:C0TIER{self.tier(number)}"
            yield self._parcel(number, f"card:{PREFIX}-{number}:{place}", f"{place}#{PREFIX}-{number}", place, at)

    def _parcel(self, number: int, key: str, lane: str, to: str, at: int) -> Row:
        return {
            "key": key, "lane": lane, "to": to, "kind": "message", "body": _BODY.replace("{}", f"{PREFIX}-{number}"), "due": at, "ticket": f"{PREFIX}-{number}",
            "message": 0, "thread": "", "edits": "", "fresh": False, "state": "sent", "sent_as": f"{to}/{number}.{at}", "sent_at": at, "attempts": 0,
            "error": "", "begun": False, "heard": number,
        }  # fmt: skip

    def _source(self, number: int, turn: int) -> str:
        return f"{self.requester(number).replace('U', 'D', 1)}/{number}.{turn}"


def _die(number: int, throw: int) -> int:
    """0..999, the same for the same ticket and throw. Source of the numbers: Steele, Lea and Flood, Fast splittable pseudorandom number generators, 2014."""
    mixed = (number * 8 + throw) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
    return (mixed ^ mixed >> 31) % 1000


def _of(words: list[str], number: int) -> str:
    return words[number % len(words)]


_OFFER = Offer("e6", "en", "How do I sync the virtual badge on linux?", 94.2, "How do I sync the badge?", "refused", "", _WHY)
_OFFERS = codec.encode(tuple[Offer, ...], (_OFFER,))
_CHOICES = (("How do I sync the virtual badge on linux?", "entry:{}:f33422b95e"), ("Not what I need", "not:{}"), ("Talk to a person", "human:{}"))
_BODY = codec.encode_body(Outbound((Say("Is it one of these?"), Say("{} · I am a bot.")), choices=tuple(Choice(label, action) for label, action in _CHOICES)))
