"""The door of every address: whose key is it, may it do that, not too fast; and what is sent again is answered as before."""

from __future__ import annotations

import hashlib
import json
import math
import re
import secrets
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from adapters.api.problems import Refused, unsound
from adapters.api.site import Api, api_of
from adapters.api.strict_json import check
from adapters.http import is_local
from bot.domain.api_keys import ApiKey, Scope
from bot.engine.programs.api_keys import USED, known
from bot.engine.running.once import Begun, Different, UnderWay
from bot.ports.answering import AnsweredRequest

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
Handler = Callable[[Request], Awaitable[Response]]

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
STRANGERS = "api:strangers"  # all who come without a valid key, together
KEPT_HEADERS = ("location", "etag")
_ONCE = re.compile(r"[\x21-\x7e]{1,255}")


def needs(scope: Scope | None, *, without_key: bool = False) -> Callable[[Endpoint], Endpoint]:
    """Which scope a key must have for it; None: any key. without_key: also open on this computer, and to agents who are signed in."""

    def mark(endpoint: Endpoint) -> Endpoint:
        endpoint.scope, endpoint.without_key = scope, without_key  # type: ignore[attr-defined]
        return endpoint

    return mark


class Guarded(APIRoute):
    """A route that nobody comes through unseen."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        """See APIRoute: before anything of the request is read, its key is."""
        inner: Handler = super().get_route_handler()
        scope: Scope | None = self.endpoint.scope  # type: ignore[attr-defined]  # every endpoint says what it needs, or is not served
        without_key: bool = self.endpoint.without_key  # type: ignore[attr-defined]

        async def handle(request: Request) -> Response:
            api = api_of(request)
            key = request.state.key = await _admitted(api, request, without_key)
            if key is not None and scope is not None and scope not in key.scopes:
                raise Refused(HTTPStatus.FORBIDDEN, "scope", f"This key has not the scope {scope}.")
            if request.method not in WRITES or key is None:
                return await inner(request)
            body = await request.body()
            _check_kind(request, body)
            check(body)
            return await _once(api, key, request, body, inner)

        return handle


def addresses(about: str, prefix: str) -> APIRouter:
    """A router whose addresses are guarded, and called after what they are about and do: "tickets_find"."""
    return APIRouter(route_class=Guarded, prefix=prefix, tags=[about], generate_unique_id_function=lambda route: f"{about}_{route.name}")


# ------------------------------------------------------------------------------------------------------------------ who
async def _admitted(api: Api, request: Request, without_key: bool) -> ApiKey | None:
    """The key; None where none is needed. Raises Refused."""
    token = _token(request)
    now = api.clock.now()
    if not token and without_key and (is_local(request) or await api.signed_in(request)):
        return None
    key = await known(api.store, token) if token else None
    if wait := api.limits.wait_s(key.person if key else STRANGERS, now):
        said = "Too many requests. Wait for the time in Retry-After."
        raise Refused(HTTPStatus.TOO_MANY_REQUESTS, "too_fast", said, headers={"Retry-After": str(math.ceil(wait))})
    if key is None:
        said = "A valid key is needed: send it as Authorization: Bearer."
        raise Refused(HTTPStatus.UNAUTHORIZED, "no_key", said, headers={"WWW-Authenticate": 'Bearer realm="Firstline"'})
    await _note_use(api, key)
    return key


def _token(request: Request) -> str:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


async def _note_use(api: Api, key: ApiKey) -> None:
    """When it was last used, to the minute: a write a minute is all that it costs."""
    now = api.clock.now()
    minute = int(now.timestamp()) // 60
    if api.used.get(key.name) != minute:
        api.used[key.name] = minute
        await api.store.run(lambda tx: USED.put(tx, key.name, now))


# ----------------------------------------------------------------------------------------------------------------- what
def _check_kind(request: Request, body: bytes) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if body and kind != "application/json":
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not_json", "Send the body as application/json.")


# ----------------------------------------------------------------------------------------------------------------- once
async def _once(api: Api, key: ApiKey, request: Request, body: bytes, inner: Handler) -> Response:
    """With an Idempotency-Key: done once, however often it is sent. request.state.once names it for whatever it becomes."""
    given = request.headers.get("idempotency-key")
    request.state.handed_in = False
    if given is None:
        request.state.once = secrets.token_hex(16)
        return await inner(request)
    if not _ONCE.fullmatch(given):
        raise unsound("An Idempotency-Key has 1 to 255 letters, digits and signs of ASCII, and no blanks.", code="bad_idempotency_key")
    begun = await _begun(api, key, given, request, body)
    if isinstance(begun, AnsweredRequest):
        return _again(begun)
    request.state.once = begun.sign
    return await _answered(api, begun, request, inner)


async def _begun(api: Api, key: ApiKey, given: str, request: Request, body: bytes) -> Begun | AnsweredRequest:
    asked = b"\0".join((request.method.encode(), request.url.path.encode("utf-8", "replace"), request.headers.get("if-match", "").encode(), body))
    name = f"{key.name}:{hashlib.sha256(given.encode()).hexdigest()}"
    try:
        return await api.once.begin(key.person, name, hashlib.sha256(asked).hexdigest())
    except Different:
        raise unsound("This Idempotency-Key was used for another request.", code="idempotency_key_used") from None
    except UnderWay:
        said = "The same request is being answered at this moment. Send it again shortly, and read its answer."
        raise Refused(HTTPStatus.CONFLICT, "under_way", said, headers={"Retry-After": "1"}) from None


async def _answered(api: Api, begun: Begun, request: Request, inner: Handler) -> Response:
    """Answer it, and keep the answer if the request was more than misunderstood."""
    try:
        response = await _refused_or(inner, request)
    except BaseException:
        await api.once.given_up(begun, was_begun=request.state.handed_in)
        raise
    is_final = request.state.handed_in and response.status_code not in (HTTPStatus.ACCEPTED, HTTPStatus.INTERNAL_SERVER_ERROR)
    if is_final:
        headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        kept = {"kind": response.media_type or "application/json", "headers": headers, "body": bytes(response.body).decode()}
        await api.once.answered(begun, response.status_code, json.dumps(kept, ensure_ascii=False))
    else:
        await api.once.given_up(begun, was_begun=request.state.handed_in)
    return response


async def _refused_or(inner: Handler, request: Request) -> Response:
    try:
        return await inner(request)
    except Refused as refused:
        return refused.response()


def _again(known: AnsweredRequest) -> Response:
    kept = json.loads(known.body)
    return Response(kept["body"], known.status, {**kept["headers"], "Idempotent-Replayed": "true"}, kept["kind"])
