"""The API as a channel: what programs want comes in as from everywhere else, and whatever is said to those they ask for is read in the store."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence

from starlette.routing import Mount
from starlette.types import ASGIApp, Scope, Send
from starlette.types import Receive as AsgiReceive

from adapters.api.answers import Answers
from adapters.api.limits import Limits
from adapters.api.site import Api, SignedIn
from bot.domain.api_keys import CURATES, FOR, PROGRAMS, WORKS, ApiKey, key_name_of
from bot.domain.desks import Desk
from bot.domain.ids import ConversationId, MessageId, PersonId, PlaceId
from bot.domain.messages import Capabilities, Outbound
from bot.domain.people import Person
from bot.engine.programs.api_keys import KEYS
from bot.engine.running.once import Once
from bot.engine.running.roster import TEAM_PAGE
from bot.errors import DeliveryError, StoreError
from bot.ports import Clock, Enquiries, Notebook, Receive, Store


class ApiChannel:
    """Programs with keys. See bot.ports: Channel, Connects, HasRoutes, Answers, Rosters, Admins, Profiles."""

    name = PROGRAMS
    can = Capabilities(forms=True)
    is_called, seats = True, 1

    def __init__(self, desk: Desk, store: Store, notebook: Notebook, clock: Clock, signed_in: SignedIn, *, shared: bool = False) -> None:
        """signed_in: does an agent ask who is signed in on the pages? shared: other processes answer for this one."""
        self._store = store
        self._api = Api(desk, store, clock, Answers(store, notebook, shared), Once(store, clock), signed_in, limits=Limits())
        self._speaks = False

    # -------------------------------------------------------------------------------------------------------- Channel
    async def connect(self) -> None:
        """See Connects. Nothing to reach: what is said is in the store."""
        self._speaks = True

    async def listen(self, receive: Receive, enquiries: Enquiries) -> None:
        """Requests are heard from now until this is cancelled."""
        self._api.receive, self._api.enquiries = receive, enquiries
        try:
            await asyncio.Event().wait()
        finally:
            self._api.receive = self._api.enquiries = None

    def is_ready(self) -> bool:
        """Does it listen, or need not?"""
        return self._speaks or self._api.receive is not None

    def fit(self, message: Outbound) -> Sequence[Outbound]:
        """As it is."""
        return [message]

    async def send(self, to: str, message: Outbound, thread: MessageId | None = None) -> MessageId:
        """It is in the store already, where whoever asked for that person reads it."""
        return MessageId(f"{to}/{secrets.token_hex(8)}")

    def thread_of(self, card: MessageId) -> ConversationId | None:
        """There are no cards."""
        return None

    # ------------------------------------------------------------------------------------------------ powers of its own
    def routes(self) -> Sequence[object]:
        """Everything below /api."""
        return [Mount(f"/{PROGRAMS}", LazyApi(self._api))]

    async def answer(self, to: str, message: Outbound) -> None:
        """To the request that waits for it."""
        try:
            await self._api.answers.put(message)
        except StoreError as fault:
            raise DeliveryError(str(fault)) from fault

    async def is_member(self, place: PlaceId, person: PersonId) -> bool:
        """Is this a valid key that may do an agent's work? There is one place: api:team."""
        key = await self._key(person)
        return place == f"{PROGRAMS}:{TEAM_PAGE}" and key is not None and bool(WORKS & set(key.scopes))

    async def is_admin(self, person: PersonId) -> bool:
        """Is this a valid key that may curate?"""
        key = await self._key(person)
        return key is not None and bool(CURATES & set(key.scopes))

    async def profile(self, person: PersonId) -> Person:
        """A key by its name, anybody else by what the program called them."""
        return Person(person, person.removeprefix(FOR) if person.startswith(FOR) else key_name_of(person))

    async def _key(self, person: PersonId) -> ApiKey | None:
        name = key_name_of(person)
        try:
            key = await KEYS.get(self._store, name) if name else None
        except StoreError as fault:
            raise DeliveryError(str(fault)) from fault
        return key if key is not None and key.is_valid else None


class LazyApi:
    """The application, loaded with its first request: FastAPI takes half a second that nobody should wait for at the start."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._loading = asyncio.Lock()
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: AsgiReceive, send: Send) -> None:
        await (self._app or await self._loaded())(scope, receive, send)

    async def _loaded(self) -> ASGIApp:
        async with self._loading:
            if self._app is None:
                self._app = await asyncio.to_thread(self._load)
            return self._app

    def _load(self) -> ASGIApp:
        from adapters.api.application import build_api

        return build_api(self._api)
