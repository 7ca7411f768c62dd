"""A desk made of dictionaries behind the web channel, and a client that keeps cookies: for tests of pages alone."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import httpx

from adapters.http import build
from adapters.web.channel import WebChannel
from adapters.web.config import WebConfig
from adapters.web.sessions import Role
from bot.domain.assets import Asset
from bot.domain.desks import Desk, Tier
from bot.domain.ids import ConversationId, PersonId, TicketId
from bot.domain.learning import Outside, Proposal
from bot.domain.messages import Attachment, Choice, Form, Home, Inbound, Outbound, Refusal, Said, Words
from bot.domain.outcomes import Outcome
from bot.domain.people import Person
from bot.domain.tickets import Ticket, TicketMessage
from bot.engine.filling import asked_again
from bot.engine.forms import NEEDS_WORDS, words_form
from bot.engine.tickets.cards import buttons
from bot.engine.tongue import tongue
from bot.errors import StoreError
from bot.ports import AuditPage, AuditQuery, EntryVersion, Recorded, ScreenLine, TicketQuery
from bot.ports.assets import AssetQuery
from bot.ports.counting import Counting, Row
from bot.ports.curating import Draft, DraftState
from bot.ports.learning import KnowledgeChanges
from bot.store.memory import MemoryStore
from kb.entries import Entry

START = datetime(2025, 3, 3, 9, 0, tzinfo=UTC)
DESK = Desk(name="IT help", prefix="IT", tiers=(Tier(2, "Service desk"), Tier(3, "Specialists")))
BASE = "http://127.0.0.1:8080"


class SetClock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        return self.time

    def pass_by(self, span: timedelta) -> None:
        self.time += span


@dataclass
class WebDesk:
    """Reader, Files, Notebook, Changes, Enquiries and Receive in one. `reacts`: what the desk does with each event."""

    received: list[Inbound] = field(default_factory=list)
    all_tickets: dict[str, Ticket] = field(default_factory=dict)
    talks: dict[str, list[TicketMessage]] = field(default_factory=dict)
    events: dict[str, list[Recorded]] = field(default_factory=dict)
    lines: dict[str, list[ScreenLine]] = field(default_factory=dict)
    known: dict[str, Person] = field(default_factory=dict)
    all_entries: dict[str, Entry] = field(default_factory=dict)
    all_outcomes: list[Outcome] = field(default_factory=list)
    all_proposals: list[Proposal] = field(default_factory=list)
    all_marks: list[Outside] = field(default_factory=list)
    all_drafts: dict[int, Draft] = field(default_factory=dict)
    versions: dict[str, list[EntryVersion]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    kept_files: dict[str, tuple[Attachment, bytes]] = field(default_factory=dict)
    forms: dict[str, Form | Refusal] = field(default_factory=dict)
    reacts: Callable[[Inbound], Awaitable[None]] | None = None
    allowed: set[str] = field(default_factory=lambda: {"invite"})
    down: bool = False
    watchers: set[asyncio.Queue[str]] = field(default_factory=set)

    def _up(self) -> None:
        if self.down:
            raise StoreError("down")

    async def receive(self, event: Inbound) -> None:
        self._up()
        if any(event.key == known.key for known in self.received):
            return
        self.received.append(event)
        if isinstance(event.what, Said):
            self.show(event.conversation, Outbound((Words(event.what.text),), attachments=event.what.attachments), "requester")
        if self.reacts:
            await self.reacts(event)

    def show(self, conversation: str, message: Outbound, side: str = "desk") -> None:
        """A new line on a requester's screen."""
        shown = self.lines.setdefault(conversation, [])
        shown.append(ScreenLine(f"{len(shown):04}", "requester" if side == "requester" else "desk", message, START, live=bool(message.choices)))
        self.tell(conversation)

    def tell(self, changed: str) -> None:
        for watcher in self.watchers:
            watcher.put_nowait(changed)

    # ---- Reader
    async def ticket(self, number: str) -> Ticket | None:
        self._up()
        return self.all_tickets.get(number)

    async def tickets(self, query: TicketQuery) -> list[Ticket]:
        self._up()
        found = sorted(self.all_tickets.values(), key=lambda t: t.changed_at or t.opened_at, reverse=True)
        return [t for t in found if _fits(t, query)][: query.limit]

    async def talk(self, number: str, internal: bool) -> list[TicketMessage]:
        return [m for m in self.talks.get(number, []) if internal or m.kind != "note"]

    async def said(self, words: str, limit: int = 100) -> list[str]:
        wanted = words.casefold().split()
        return [number for number, talk in self.talks.items() if any(all(word in m.text.casefold() for word in wanted) for m in talk)][:limit]

    async def history(self, number: str) -> list[Recorded]:
        return self.events.get(number, [])

    async def audit(self, query: AuditQuery) -> AuditPage:
        every = sorted((event for events in self.events.values() for event in events), key=lambda event: event.id, reverse=True)
        found = [event for event in every if query.fits(event) and (not query.before or event.id < query.before)]
        return AuditPage(tuple(found[: query.limit]), found[query.limit - 1].id if len(found) > query.limit else 0)

    async def screen(self, conversation: ConversationId, limit: int = 100) -> list[ScreenLine]:
        self._up()
        return self.lines.get(conversation, [])[-limit:]

    async def ahead(self, tier: int, since: datetime, limit: int = 100) -> int:
        """Nobody waits."""
        return 0

    async def first_answers(self, tier: int, spans: Sequence[tuple[datetime, datetime]], limit: int = 50) -> list[timedelta]:
        """Nothing was measured."""
        return []

    async def people(self, ids: Sequence[str]) -> dict[str, Person]:
        return {one: self.known[one] for one in ids if one in self.known}

    async def entries(self, search: str = "", retired: bool = False) -> list[Entry]:
        words = search.casefold()
        found = [e for e in self.all_entries.values() if retired or not e.retired]
        return [e for e in found if any(words in text.casefold() for text in (e.id, *(t.question for t in e.texts)))]

    async def entry(self, entry: str) -> Entry | None:
        return self.all_entries.get(entry)

    async def asked(self, since: datetime, until: datetime, after: Outcome | None = None, limit: int = 200) -> list[Outcome]:
        return [o for o in self.all_outcomes if since <= o.asked_at < until and after is None]

    async def counted(self, what: Counting) -> list[Row]:
        shelves = MemoryStore()
        shelves.shelf.outcomes = dict(enumerate(self.all_outcomes, 1))
        return await shelves.counted(what)

    async def latest_asked(self, before: Outcome | None = None, limit: int = 200) -> list[Outcome]:
        return [] if before else sorted(self.all_outcomes, key=lambda o: o.asked_at, reverse=True)

    async def judged(self, since: datetime, after: Outcome | None = None, limit: int = 200) -> list[Outcome]:
        return [o for o in self.all_outcomes if o.judged_at is not None and o.judged_at >= since and after is None]

    async def proposals(self, state: str = "waiting", limit: int = 100) -> list[Proposal]:
        return [p for p in reversed(self.all_proposals) if p.state == state][:limit]

    async def assets(self, query: AssetQuery) -> list[Asset]:
        return []

    async def outside_questions(self, limit: int = 10_000) -> list[Outside]:
        return self.all_marks[:limit]

    async def are_sorted(self, tickets: Sequence[str]) -> set[str]:
        return {p.ticket for p in self.all_proposals} & set(tickets)

    async def entry_history(self, entry: str) -> list[EntryVersion]:
        return self.versions.get(entry, [])

    async def knowledge_version(self) -> int:
        return 1

    async def knowledge_since(self, version: int) -> KnowledgeChanges:
        return KnowledgeChanges(1, tuple(self.all_entries.values()))

    async def drafts(self, states: Sequence[DraftState] = ("draft", "review"), limit: int = 200) -> list[Draft]:
        return [draft for draft in self.all_drafts.values() if draft.state in states]

    async def drafts_of(self, entry: str, limit: int = 50) -> list[Draft]:
        return [draft for draft in self.all_drafts.values() if draft.of == entry]

    async def drafts_from(self, ticket: str) -> list[Draft]:
        return [draft for draft in self.all_drafts.values() if draft.ticket == ticket]

    async def draft(self, draft: int) -> Draft | None:
        return self.all_drafts.get(draft)

    # ---- Notebook, Files
    async def note(self, key: str, value: str) -> None:
        self._up()
        self.notes[key] = value

    async def noted(self, prefix: str) -> dict[str, str]:
        self._up()
        return {key: value for key, value in self.notes.items() if key.startswith(prefix)}

    async def keep_file(self, attachment: Attachment, content: bytes) -> None:
        self._up()
        self.kept_files[attachment.source] = (attachment, content)

    async def file(self, source: str) -> tuple[Attachment, bytes] | None:
        return self.kept_files.get(source)

    # ---- Changes, Enquiries
    @asynccontextmanager
    async def watch(self) -> AsyncIterator[AsyncIterator[str]]:
        queue: asyncio.Queue[str] = asyncio.Queue()
        self.watchers.add(queue)
        try:
            yield _each(queue)
        finally:
            self.watchers.discard(queue)

    async def form(self, action: str, person: PersonId) -> Form | Refusal | None:
        verb, _, number = action.partition(":")
        return self.forms.get(action) or (words_form(tongue("en"), verb, number) if verb in NEEDS_WORDS else None)

    async def asked_again(self, action: str, person: PersonId, values: Mapping[str, str], files: int = 0) -> Form | None:
        form = await self.form(action, person)
        return asked_again(tongue("en"), form, values, files) if isinstance(form, Form) else None

    async def choices(self, number: str, person: PersonId) -> Sequence[Choice]:
        ticket = self.all_tickets.get(number)
        return buttons(DESK, tongue("en"), ticket) if ticket and ticket.is_with_humans else ()

    async def may(self, act: str, person: PersonId, number: str = "") -> bool:
        return act in self.allowed

    async def home(self, person: PersonId) -> Home:
        return Home(())

    async def popular(self, language: str) -> Sequence[Choice]:
        return ()

    def is_known(self, conversation: ConversationId) -> bool:
        return conversation in self.lines


async def _each(queue: asyncio.Queue[str]) -> AsyncIterator[str]:
    while True:
        yield await queue.get()


def _fits(ticket: Ticket, query: TicketQuery) -> bool:
    return (
        (not query.numbers or ticket.id in query.numbers)
        and (not query.requester or ticket.requester == query.requester)
        and (not query.assignee or ticket.assignee == query.assignee)
        and (not query.statuses or ticket.status in query.statuses)
        and (not query.tier or ticket.tier == query.tier)
        and (query.due_before is None or (ticket.due_at is not None and ticket.due_at < query.due_before))
        and (not query.unclaimed or ticket.assignee is None)
        and (not query.humans_only or ticket.is_with_humans)
        and query.search.casefold() in ticket.question.casefold()
        and (query.before is None or (ticket.changed_at or ticket.opened_at) < query.before)
    )


def a_ticket(number: str = "IT-1", requester: str = "web:someone", **changes: object) -> Ticket:
    """An open, unclaimed ticket at tier 2."""
    made = Ticket(TicketId(number), PersonId(requester), ConversationId(requester), "My screen is black", "en", START, START, tier=2, changed_at=START)
    return replace(made, **changes)  # type: ignore[arg-type]


# ---------------------------------------------------------------------------------------------------------------- browser
@dataclass
class WebForm:
    """A form of a page: where it goes and what is filled in already."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)


class Document(HTMLParser):
    """The forms and the visible text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[WebForm] = []
        self._open: WebForm | None = None
        self._area = ""
        self._select = ""
        self.text = ""
        self.feed(html)
        self.text = re.sub(r"\s+", " ", self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = WebForm(given.get("action", ""))
            self.forms.append(self._open)
        elif self._open is None:
            return
        elif tag == "input" and given.get("type") not in ("file", "checkbox") and "name" in given and (given.get("type") != "radio" or "checked" in given):
            self._open.fields[given["name"]] = given.get("value", "")
        elif tag == "textarea":
            self._area = given["name"]
            self._open.fields[self._area] = ""
        elif tag == "select":
            self._select = given["name"]
        elif tag == "option" and self._select and "selected" in given:
            self._open.fields[self._select] = given["value"]
        elif tag == "button":
            self._open.buttons.append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "textarea":
            self._area = ""
        elif tag == "select":
            self._select = ""

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._area and self._open is not None:
            self._open.fields[self._area] += data.removeprefix("\n")


class Browser:
    """A browser without JavaScript: opens pages, fills in forms, follows redirects, keeps cookies."""

    def __init__(self, app: object, base: str = BASE, peer: str = "127.0.0.1", language: str = "en") -> None:
        transport = httpx.ASGITransport(app, client=(peer, 5000), raise_app_exceptions=False)  # type: ignore[arg-type]
        self.http = httpx.AsyncClient(transport=transport, base_url=base, headers={"Accept-Language": language, "Accept": "text/html"}, timeout=20)
        self.base = base

    async def open(self, path: str) -> httpx.Response:
        return await self.http.get(path, follow_redirects=True)

    async def send(
        self, page: httpx.Response, action: str, *, button: str = "", files: Sequence[tuple[str, bytes, str]] = (), follow: bool = True, **fields: str
    ) -> httpx.Response:
        """Fill in and send the page's form of that action (the one with that button, if given)."""
        form = self.form(page, action, button)
        values = {**form.fields, **{f"field-{name}" if f"field-{name}" in form.fields else name: value for name, value in fields.items()}}
        if button:
            values["action" if action == "/press" else "step"] = button
        given = [("files", file) for file in files]
        address = action or page.url.path
        return await self.http.post(address, data=values, files=given or None, headers={"Origin": self.base}, follow_redirects=follow)

    @staticmethod
    def form(page: httpx.Response, action: str, button: str = "") -> WebForm:
        """The page's form of that action. AssertionError when there is none."""
        found = [f for f in Document(page.text).forms if f.action == action and (not button or button in f.buttons)]
        assert found, f"no form for {action} {button} on {page.url}"
        return found[0]

    @property
    def visitor(self) -> str:
        """The person id the desk knows this browser as."""
        return f"web:{self.http.cookies['firstline'].partition('.')[0]}"


@dataclass
class WebWorld:
    """A web channel that listens, over a desk of dictionaries, behind the real server's application."""

    desk: WebDesk
    channel: WebChannel
    app: object
    clock: SetClock
    listening: asyncio.Task[None]
    wrong: dict[str, str]

    def browser(self, **more: str) -> Browser:
        return Browser(self.app, **more)

    async def agent(self, name: str = "Ann", role: Role = "agent", seat: str = "") -> Browser:
        """A browser that came in through a sign-in link."""
        browser = self.browser()
        link = await self.channel.sign_in_link(BASE, role, seat or name)
        page = await browser.open(link.removeprefix(BASE))
        await browser.send(page, "", name=name)
        return browser

    async def stop(self) -> None:
        self.listening.cancel()
        await asyncio.wait([self.listening])


async def a_world(config: WebConfig | None = None, public: bool = False) -> WebWorld:
    """A world in which nothing has happened."""
    desk, clock = WebDesk(), SetClock()
    channel = WebChannel(
        config or WebConfig(), desk=DESK, reader=desk, files=desk, notebook=desk, changes=desk, clock=clock, secret=b"k" * 32, public=public
    )
    wrong: dict[str, str] = {}

    async def health() -> dict[str, str]:
        return wrong

    async def numbers() -> dict[str, float]:
        return {"events_received_total": 3, "queue_dead": 0}

    listening = asyncio.create_task(channel.listen(desk.receive, desk))
    await asyncio.sleep(0)
    return WebWorld(desk, channel, build({"web": channel}, health=health, numbers=numbers), clock, listening, wrong)
