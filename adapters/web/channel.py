"""The web as a channel. Nothing is transmitted: what is sent to somebody is in the store, and their page shows the store."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from adapters.web import (
    agent,
    assets,
    audit,
    curation,
    front,
    gaps,
    importing,
    mirror,
    myself,
    portal,
    privacy,
    programs,
    rehearsals,
    reporting,
    requester,
    signing_in,
    webhooks,
    widget,
)  # fmt: skip
from adapters.web.config import WebConfig
from adapters.web.effects import Effects, Elsewhere
from adapters.web.front.doors import away
from adapters.web.front.offices import Offices
from adapters.web.inbound import TEAM
from adapters.web.notices import Notices
from adapters.web.provider import Provider
from adapters.web.rendering import STATIC
from adapters.web.sessions import AGENTS, LOCAL_SEAT, Role, Sessions
from adapters.web.site import FetchAny, Site
from bot.domain.desks import Desk
from bot.domain.ids import ConversationId, MessageId, PersonId, PlaceId
from bot.domain.messages import Attachment, Capabilities, Outbound
from bot.domain.people import Person
from bot.engine.curation.workshop import Workshop
from bot.errors import DeliveryError, DeliveryRefused, StoreError
from bot.ports import Changes, Clock, Enquiries, Files, Notebook, Reader, Receive
from bot.ports.privacy import Privacy
from bot.ports.world import Preview
from kb.entries import Entry


class WebChannel:
    """Chat for requesters, pages for agents and curators. See bot.ports: Channel, HasRoutes, Answers, Fetches, Rosters, Profiles."""

    name = "web"
    can = Capabilities(forms=True, edits=False, threads=False)
    is_called, seats = True, 1

    def __init__(
        self, config: WebConfig, *, desk: Desk, reader: Reader, files: Files, notebook: Notebook, changes: Changes, clock: Clock, secret: bytes, public: bool,
        shared: bool = False,
    ) -> None:  # fmt: skip
        """secret: signs cookies and forms. public: it listens beyond loopback. shared: other processes answer for this one."""
        self._files = files
        self._reader = reader
        self._notices = Notices(notebook, clock)
        self._effects = Effects(Elsewhere(notebook) if shared else None, self._notices)
        self._sessions = Sessions(secret, notebook, clock)
        self._stopping = asyncio.Event()
        self._speaks = False
        self._offices: Offices | None = None
        self._site = Site(config, desk, reader, files, changes, clock, self._sessions, public, self._effects, self.fetch, notebook, secret=secret)
        self._site.provider = Provider(config.oidc, clock) if config.oidc else None

    # -------------------------------------------------------------------------------------------------------- Channel
    async def connect(self) -> None:
        """See Connects. Nothing to reach: what is sent is in the store."""
        self._speaks = True

    async def listen(self, receive: Receive, enquiries: Enquiries) -> None:
        """Pages work from now until this is cancelled; open streams end then."""
        self._site.receive, self._site.enquiries = receive, enquiries
        self._stopping.clear()
        try:
            await asyncio.Event().wait()
        finally:
            self._site.receive = None
            self._stopping.set()

    def is_ready(self) -> bool:
        """Does it listen, or need not?"""
        return self._speaks or self._site.receive is not None

    def fit(self, message: Outbound) -> Sequence[Outbound]:
        """As it is: a page has no limits that we keep elsewhere."""
        return [message]

    async def send(self, to: str, message: Outbound, thread: MessageId | None = None) -> MessageId:
        """It is on their page already; what an agent is told by themselves stands above their next page."""
        if message.only_for and message.answer_to:
            await self._effects.answer(message)
        elif message.parts and to.startswith(AGENTS):
            with _as_delivery():
                await self._notices.put(to, message)
        return MessageId(f"{to}/{secrets.token_hex(8)}")

    def thread_of(self, card: MessageId) -> ConversationId | None:
        """Agents work on the ticket's page, not in a thread."""
        return None

    # ------------------------------------------------------------------------------------------------ powers of its own
    def routes(self) -> Sequence[object]:
        """All pages."""
        site, stopping = self._site, self._stopping
        static = Mount("/static", StaticFiles(directory=STATIC))
        if self._offices is not None:
            return [static, *front.routes(site, self._offices)]
        own = [*portal.routes(site), *signing_in.routes(site), *requester.routes(site, stopping), *myself.routes(site)]
        staff = [*agent.routes(site, stopping), *assets.routes(site), *audit.routes(site), *privacy.routes(site), *gaps.routes(site), *rehearsals.routes(site)]
        pages = [static, *own, *widget.routes(site, stopping, site.config.widget)]
        curators = [*curation.routes(site), *importing.routes(site), *reporting.routes(site)]
        return [*pages, *staff, *curators, *programs.routes(site), *webhooks.routes(site), *mirror.routes(site)]

    async def answer(self, to: str, message: Outbound) -> None:
        """To the page that waits for it, or to the person's next one."""
        with _as_delivery():
            await self._effects.answer(message)

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """A file that came through one of our forms."""
        if attachment.size > limit:
            raise DeliveryRefused("too_large", attachment.source)
        with _as_delivery():
            found = await self._files.file(attachment.source)
        if found is None:
            raise DeliveryRefused("gone", attachment.source)
        if len(found[1]) > limit:
            raise DeliveryRefused("too_large", attachment.source)
        return found[1]

    @property
    def fetch_any(self) -> FetchAny:
        """How pages get files of every channel; the app may set a way that knows more than ours."""
        return self._site.fetch_any

    @fetch_any.setter
    def fetch_any(self, fetch: FetchAny) -> None:
        self._site.fetch_any = fetch

    def open_workshop(self, workshop: Workshop) -> None:
        """Where rehearsals are made and gaps are looked for."""
        self._site.workshop = workshop

    def know_people(self, people: Privacy) -> None:
        """What admins may do with one person's data."""
        self._site.privacy = people

    def know_workspace(self, ask: Callable[[], str | None]) -> None:
        """Whose people may sign in with Slack: "" those of any workspace that it serves, None while nobody knows."""
        self._site.slack_workspace = ask

    def know_inventories(self, ask: Callable[[], bool]) -> None:
        """Do agents on computers tell what these are made of?"""
        self._site.takes_inventories = ask

    def know_mail(self, ask: Callable[[], bool]) -> None:
        """Is there a channel of mail, on which links to sign in can be sent?"""
        self._site.sends_mail = ask

    def know_entries(self, entries: Iterable[Entry], version: int) -> None:
        """What is read of the FAQ already, so that the curators' list need not read it again. version: as Shelf.fill has it."""
        self._site.shelf.fill(entries, version)

    def sign_report(self, text: str) -> str:
        """Our signature of what a link to a report says."""
        return self._site.sign_report(text)

    def show_previews(self, previews: Mapping[str, Preview]) -> None:
        """What other channels make of an answer, by their names: shown to whoever writes it."""
        self._site.previews = previews

    async def is_member(self, place: PlaceId, person: PersonId) -> bool:
        """Is this person signed in as an agent now? There is one place: web:team."""
        with _as_delivery():
            return place == TEAM and bool({"agent", "admin"} & await self._sessions.roles_of(person))

    async def is_admin(self, person: PersonId) -> bool:
        """Is this person signed in as a curator now?"""
        with _as_delivery():
            return "admin" in await self._sessions.roles_of(person)

    async def profile(self, person: PersonId) -> Person:
        """An agent by the name given at sign-in; a requester as they called themselves."""
        with _as_delivery():
            name = await self._sessions.name_of(person)
            known = (await self._reader.people([person])).get(person)
        return Person(person, name) if name else known or Person(person)

    # ---------------------------------------------------------------------------------------------------- for the app
    async def sign_in_link(self, base_url: str, role: Role, seat: str = LOCAL_SEAT) -> str:
        """A one-time link, good for a day. seat: who sits there stays the same person when they come back by a later link."""
        return f"{base_url.rstrip('/')}/agent/sign-in/{await self._sessions.make_link(role, seat)}"

    def stand_before(self, offices: Offices) -> None:
        """These pages are those before several departments: a list of them, which anybody may read, and what is for admins of all."""
        self._offices = offices
        self._site.staff_home = "/admin/reports"
        self._site.config = replace(self._site.config, sign_in="link")  # requesters sign in at a department

    async def away_page(self, request: Request, name: str) -> Response:
        """Where the pages of a department are, while it cannot be reached."""
        return await away(self._site.blank(request), name)

    async def admits(self, request: Request) -> bool:
        """Does a signed-in agent ask? For the API."""
        return await self._site.admits(request)

    async def error_page(self, request: Request, status: int) -> Response:
        """What went wrong, as a page in the reader's language."""
        return await self._site.error_page(request, status)

    async def diagnose(self) -> list[tuple[bool, str]]:
        """For `firstline doctor`."""
        if self._site.public and not self._site.config.sign_in:
            return [(False, 'web: HOST is not loopback and nobody has to sign in: pages answer 403; put [channels.web] sign_in = "link" into firstline.toml')]
        held = self._site.config.widget
        return [(True, "web: pages are ready" + (f"; the widget may stand on {', '.join(held.sites)}" if held else ""))]


@contextmanager
def _as_delivery() -> Iterator[None]:
    """What this channel knows is in the store: when that cannot answer now, the channel cannot either."""
    try:
        yield
    except StoreError as fault:
        raise DeliveryError(str(fault)) from fault
