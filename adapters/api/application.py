"""The application behind /api: its addresses, what it says when something goes wrong, and its description. Loaded with the first request to it."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.api import problems
from adapters.api.doing import acting
from adapters.api.entries import router as entries
from adapters.api.guard import WRITES, addresses, needs
from adapters.api.people import router as people
from adapters.api.problems import MEDIA, Problem
from adapters.api.reports import router as reports
from adapters.api.shapes import KeyOut
from adapters.api.site import Api
from adapters.api.tickets import router as tickets

ABOUT = "Tickets, messages, entries, people and reports of a help desk. docs/api.md tells how to get a key, with examples."
ALWAYS = (401, 403, 422, 429, 503)
READS, CHANGES = (404,), (202, 400, 404, 409, 412, 413, 415)
about = addresses("key", "")


ROUTERS = (tickets, entries, people, reports, about)


def build_api(api: Api) -> ASGIApp:
    """The application. Whatever starts with /api comes here, without that."""
    app = FastAPI(title="Firstline", version="1", description=ABOUT, docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.state.api = api
    for router in ROUTERS:
        app.include_router(router)
    problems.tell(app, [route for router in ROUTERS for route in router.routes])
    return HeadAsGet(app)


@about.get("/v1/key")
@needs(None)
async def key(request: Request) -> KeyOut:
    """The key with which this is asked."""
    found = acting(request)
    return KeyOut(name=found.name, scopes=list(found.scopes), acts_as=found.person)


@about.get("/openapi.json", include_in_schema=False)
@needs(None, without_key=True)
async def description(request: Request) -> JSONResponse:
    """What there is, as OpenAPI."""
    return JSONResponse(described(request.app))


def described(app: FastAPI) -> dict[str, Any]:
    """The description, with what every address shares."""
    found: dict[str, Any] = {**app.openapi(), "servers": [{"url": "/api"}]}
    parts = found.setdefault("components", {})
    parts["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer", "description": "A key that an admin made at /admin/api."}}
    parts.setdefault("schemas", {})["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    parts["schemas"].update(parts["schemas"]["Problem"].pop("$defs", {}))
    for route in (route for router in ROUTERS for route in router.routes):
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in route.methods or ():
                _complete(found["paths"][route.path_format][method.lower()], route, method)
    return found


def _complete(operation: dict[str, Any], route: APIRoute, method: str) -> None:
    """What the door does before each address, which FastAPI does not know of."""
    scope = route.endpoint.scope  # type: ignore[attr-defined]
    operation["security"] = [{"key": []}]
    operation["description"] = f"{operation.get('description', '')}\n\nScope: {scope or 'any'}".strip()
    told = {"description": "What went wrong", "content": {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for status in (*ALWAYS, *(CHANGES if method in WRITES else READS)):
        operation["responses"][str(status)] = told if status != 202 else {**told, "content": {"application/json": told["content"][MEDIA]}}  # type: ignore[index]
    if method in WRITES:
        schema = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}
        sent = {"name": "Idempotency-Key", "in": "header", "required": False, "schema": schema, "description": "Sent again with it, it is done once."}
        match = {"name": "If-Match", "in": "header", "required": False, "schema": {"type": "string"}, "description": "An ETag: only if it is still so."}
        operation.setdefault("parameters", []).extend([sent, match])


class HeadAsGet:
    """HEAD is answered as GET is, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def bodiless(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self._app({**scope, "method": "GET"}, receive, bodiless)
