"""What all addresses of the API share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.requests import Request  # of FastAPI nothing is loaded here: a process starts without it

from adapters.api.answers import Answers
from adapters.api.limits import Limits
from bot.domain.api_keys import ApiKey
from bot.domain.desks import Desk
from bot.domain.people import Person
from bot.engine.running.once import Once
from bot.ports import Clock, Enquiries, Receive, Store

SignedIn = Callable[[Request], Awaitable[bool]]
"""Does an agent ask who is signed in on a page?"""


@dataclass
class Api:
    """receive and enquiries are given when the channel starts to listen."""

    desk: Desk
    store: Store
    clock: Clock
    answers: Answers
    once: Once
    signed_in: SignedIn
    receive: Receive | None = None
    enquiries: Enquiries | None = None
    limits: Limits = field(default_factory=Limits)
    used: dict[str, int] = field(default_factory=dict)  # minutes since 1970 in which a key was last noted as used


def api_of(request: Request) -> Api:
    """What this request has to do with."""
    found: Api = request.app.state.api
    return found


def key_of(request: Request) -> ApiKey | None:
    """The key with which it came; None: somebody on this computer, or an agent, looks."""
    found: ApiKey | None = request.state.key
    return found


def program(key: ApiKey) -> Person:
    """As whom a key acts."""
    return Person(key.person, key.name, "en")
