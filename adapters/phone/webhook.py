"""What Twilio posts: only what bears its signature is read. The address it signs is the public one, which the settings know and a request does not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qsl

from starlette.datastructures import ImmutableMultiDict
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from twilio.request_validator import SIGNATURE_HEADER, RequestValidator  # type: ignore[import-untyped]

from adapters.hooks import body_of
from adapters.phone.config import PhoneConfig

MAX_BODY = 256 * 1024  # bytes; a message with ten files is a few KiB
MAX_FIELDS = 300
BODY_S = 10.0  # seconds for a whole body to arrive
Form = Mapping[str, str]
Answer = Callable[[Form, Mapping[str, str]], Awaitable[Response]]
"""What was posted, and what stands behind the question mark, to what is answered."""


class Guard:
    """Makes routes that only the provider can use."""

    def __init__(self, config: PhoneConfig, base: str) -> None:
        """base: the public address of our pages."""
        self._account, self._base = config.account, base
        self._validators = [RequestValidator(token) for token in config.tokens]

    def route(self, path: str, answer: Answer) -> Route:
        """For what is posted there."""

        async def endpoint(request: Request) -> Response:
            content = await body_of(request, MAX_BODY, BODY_S)
            if isinstance(content, Response):
                return content
            try:
                fields = parse_qsl(content.decode("utf-8"), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
                query = request.scope["query_string"].decode("ascii")
            except ValueError:
                return Response(status_code=400)
            form = ImmutableMultiDict(fields)
            if not self._is_signed(request, path, query, form) or form.get("AccountSid", self._account) != self._account:
                return Response(status_code=403)
            return await answer(form, dict(parse_qsl(query)))

        return Route(path, endpoint, methods=["POST"])

    def _is_signed(self, request: Request, path: str, query: str, form: ImmutableMultiDict[str, str]) -> bool:
        given = request.headers.getlist(SIGNATURE_HEADER)
        url = f"{self._base}{path}{f'?{query}' if query else ''}"
        return len(given) == 1 and any(validator.validate(url, form, given[0]) for validator in self._validators)
