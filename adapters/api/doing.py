"""From what a program asks for to what came of it: through the same door as everybody's presses, forms and words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import Request

from adapters.api.answers import said
from adapters.api.problems import Refused, status_of, unsound
from adapters.api.site import Api, api_of, key_of, program
from bot.domain.api_keys import PROGRAMS, ApiKey
from bot.domain.fields import asked
from bot.domain.ids import ConversationId, PersonId, PlaceId
from bot.domain.messages import Form, Inbound, Outbound, Submitted
from bot.domain.people import Person
from bot.domain.tickets import Ticket
from bot.engine.running.roster import TEAM_PAGE
from bot.errors import StoreError
from bot.ports import Enquiries

TEAM = PlaceId(f"{PROGRAMS}:{TEAM_PAGE}")
_ETAG = re.compile(r'"(\d{1,15})"')


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be done. action: as a Choice's. lane: the conversation in which order is kept. version: as Submitted.version."""

    person: Person
    action: str
    values: Mapping[str, str]
    lane: str
    version: int | None = None


async def do(request: Request, wish: Wish, more: str = "") -> Outbound:
    """What the core answered. more: tells a second wish of one request from the first. Raises Refused, also when nothing is known yet; StoreError."""
    api = api_of(request)
    allow(request, wish.action.partition(":")[0])
    handle = f"{wish.person.id}/{request.state.once}{more}"
    by = acting(request).person
    via = by if by != wish.person.id else PersonId("")
    what = Submitted(wish.action, dict(wish.values), TEAM, answer_to=handle, version=wish.version, via=via)
    event = Inbound(handle, PROGRAMS, ConversationId(wish.lane), wish.person, api.clock.now(), what)

    async def hand_in() -> None:
        if api.receive is None:
            raise StoreError("the API does not listen yet")
        request.state.handed_in = True
        await api.receive(event)

    answer = await api.answers.after(hand_in, handle, may_come_again="idempotency-key" in request.headers)
    if answer is None:
        detail = "It is kept and will be done, but what came of it is not known yet. Ask again with the same Idempotency-Key, or look."
        raise Refused(HTTPStatus.ACCEPTED, "kept", detail, headers={"Retry-After": "1"})
    if answer.refused:
        raise Refused(status_of(answer.refused), answer.refused, said(answer))
    return answer


def acting(request: Request) -> ApiKey:
    """The key with which it came: where something is done there always is one."""
    key = key_of(request)
    assert key is not None
    return key


def allow(request: Request, act: str) -> None:
    """Return when the key's scopes allow this act. Raises Refused."""
    if not acting(request).may(act):
        raise Refused(HTTPStatus.FORBIDDEN, "scope", "This key has not the scope for that.")


def on_ticket(request: Request, ticket: Ticket, action: str, values: Mapping[str, str] | None = None, person: Person | None = None) -> Wish:
    """Something done to a ticket, by the key unless it is its requester's to do."""
    return Wish(person or program(acting(request)), action, values or {}, f"{TEAM}/{ticket.id}", wanted_version(request))


async def filled_in(api: Api, wish: Wish, chosen: frozenset[str] = frozenset()) -> Wish:
    """The same, with all that its form asks; what was not given is empty. Raises Refused with what does not hold.

    chosen: fields whose value may be another than those that the form offers.
    """
    enquiries = enquiries_of(api)
    form = await enquiries.form(wish.action, wish.person.id)
    if not isinstance(form, Form):
        return wish  # a refusal is the core's to give
    known = {field.name: field.initial for field in asked(form.fields, wish.values) if field.kind != "file"}
    unknown = sorted(set(wish.values) - {field.name for field in form.fields})
    if unknown:
        raise unsound("There are fields that this does not ask for.", *((f"fields.{name}", "There is no such field here.") for name in unknown))
    values = {name: wish.values.get(name, initial) for name, initial in known.items()}
    wrong = await enquiries.asked_again(wish.action, wish.person.id, {name: value for name, value in values.items() if name not in chosen})
    faults = [(f"fields.{field.name}", field.problem) for field in wrong.fields if field.problem] if wrong is not None else []
    if faults:
        raise unsound("; ".join(f"{name}: {problem}" for name, problem in faults), *faults)
    return Wish(wish.person, wish.action, {**wish.values, **values}, wish.lane, wish.version)


def enquiries_of(api: Api) -> Enquiries:
    """Quick questions to the core. Raises StoreError while it does not listen."""
    if api.enquiries is None:
        raise StoreError("the API does not listen yet")
    return api.enquiries


def wanted_version(request: Request) -> int | None:
    """What If-Match wants; None: however it stands. Raises Refused for what was never an ETag of ours."""
    given = request.headers.get("if-match", "").strip()
    if given in ("", "*"):
        return None
    found = _ETAG.fullmatch(given)
    if found is None:
        raise Refused(HTTPStatus.PRECONDITION_FAILED, "stale", "If-Match holds no ETag that was given here.")
    return int(found[1])


def etag(version: int) -> str:
    """A version as If-Match wants it."""
    return f'"{version}"'
