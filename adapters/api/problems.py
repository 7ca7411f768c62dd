"""What went wrong, for programs and for whoever reads their logs (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match

from bot.engine.audit import DENIALS
from bot.errors import StoreError

SHOWN = 10  # faults of one body that are told
MEDIA = "application/problem+json"
NO_WORDS = ("no_words", "no_priority", "which_tag", "bad_tag", "too_many_tags", "unsound", "bad_saved_text")
STATUS_OF = {
    "stale": HTTPStatus.PRECONDITION_FAILED,
    "went_wrong": HTTPStatus.INTERNAL_SERVER_ERROR,
    "elsewhere": HTTPStatus.CONFLICT,
} | dict.fromkeys(NO_WORDS, HTTPStatus.UNPROCESSABLE_ENTITY)
"""By the reason of a refusal; those for want of a right are 403, all others 409: the ticket does not stand so that it could be done."""


class FieldProblem(BaseModel):
    """What is wrong with one field. field: where it stands, steps with dots between them."""

    field: str
    detail: str


class Problem(BaseModel):
    """What went wrong. code: a word for programs; detail: a sentence for people; errors: the fields that do not hold."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldProblem] = []


class Refused(HTTPException):
    """Not done, with the reason."""

    def __init__(self, status: HTTPStatus, code: str, detail: str, errors: Sequence[tuple[str, str]] = (), headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, detail, dict(headers or {}))
        self.code = code
        self.errors = [FieldProblem(field=field, detail=said) for field, said in errors]

    def response(self) -> JSONResponse:
        """As it is told."""
        status = HTTPStatus(self.status_code)
        told = Problem(title=status.phrase, status=status.value, code=self.code, detail=self.detail, errors=self.errors)
        return JSONResponse(told.model_dump(), status.value, self.headers, media_type=MEDIA if status >= HTTPStatus.BAD_REQUEST else None)


def not_found(what: str = "ticket") -> Refused:
    """There is none, or it is not theirs: the two look the same."""
    return Refused(HTTPStatus.NOT_FOUND, "not_found", f"There is no such {what}.")


def unsound(detail: str, *errors: tuple[str, str], code: str = "invalid") -> Refused:
    """What was sent cannot be."""
    return Refused(HTTPStatus.UNPROCESSABLE_ENTITY, code, detail, errors)


def status_of(reason: str) -> HTTPStatus:
    """How a refusal of the desk is told. reason: as MoveRefused.reason."""
    return STATUS_OF.get(reason, HTTPStatus.FORBIDDEN if reason in DENIALS else HTTPStatus.CONFLICT)


def tell(app: FastAPI, routes: Sequence[BaseRoute]) -> None:
    """From now on whatever goes wrong in the application with these addresses is told so."""

    @app.exception_handler(RequestValidationError)
    async def unreadable(request: Request, fault: RequestValidationError) -> JSONResponse:
        faults = [(".".join(str(step) for step in error["loc"][1:]) or "body", _sentence(error["msg"])) for error in fault.errors()[:SHOWN]]
        return unsound("; ".join(f"{field}: {said}" for field, said in faults), *faults).response()

    @app.exception_handler(HTTPException)
    async def refused(request: Request, fault: HTTPException) -> JSONResponse:
        if isinstance(fault, Refused):
            return fault.response()
        status = HTTPStatus(fault.status_code)
        headers = dict(fault.headers or {})
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = ", ".join(_methods(routes, request))
        return Refused(status, status.name.lower(), _PLAIN.get(status, status.description or status.phrase), headers=headers).response()

    @app.exception_handler(StoreError)
    async def away(request: Request, fault: StoreError) -> JSONResponse:
        said = "The database cannot be used now. Nothing was lost; try again shortly."
        return Refused(HTTPStatus.SERVICE_UNAVAILABLE, "database_away", said, headers={"Retry-After": "2"}).response()


_PLAIN = {
    HTTPStatus.NOT_FOUND: "There is no such address.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not understand that method.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "That is too large: a body may have 1 MB.",
    HTTPStatus.REQUEST_TIMEOUT: "The body did not arrive in time.",
    HTTPStatus.BAD_REQUEST: "The body cannot be read.",
}


def _sentence(text: str) -> str:
    return text.removeprefix("Value error, ")


def _methods(routes: Sequence[BaseRoute], request: Request) -> list[str]:
    """All that the address understands."""
    found: set[str] = set()
    for route in routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            found |= set(getattr(route, "methods", None) or ())
    return sorted(found | ({"HEAD"} if "GET" in found else set()))
