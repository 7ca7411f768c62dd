"""Requests that schemathesis makes from the API's own description, sent to a desk in this process."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from adapters.api.limits import Limits
from bot.domain.messages import Pace
from tests.api_desk import BASE, PASSWORD, ApiDesk, acts, asks

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
REAL = {"number": [f"IT-{n}" for n in range(1, 9)], "id": ["password", "vpn", "api:for:jane@example.org", "fresh-entry"], "name": ["matching", "volume"]}
OFTEN = 0.8  # of the cases are about something that there is
SHOWN = 5  # faults that are told in full


@dataclass
class Tally:
    """What came of it. done: answered with what was asked for. wrong: what the description does not say, with a command that shows it."""

    cases: int = 0
    done: int = 0
    server_errors: int = 0
    wrong: list[str] = field(default_factory=list)


async def send_generated(desk: ApiDesk, least: int, seed: int = 1) -> Tally:
    """At least so many cases, alike for every address, half of them such as the description forbids; each checked against the description."""
    desk.channel._api.limits = Limits(Pace())
    program = await desk.crm()
    for question in (PASSWORD, "my chair squeaks") * 4:
        await asks(program, question)
    await acts(program, "IT-2", "take")
    described = (await program.get("/api/openapi.json")).json()
    tally, chance = Tally(), random.Random(seed)
    for case in _made(described, least):
        for name in (case.path_parameters or {}).keys() & REAL.keys():
            if chance.random() < OFTEN:
                case.path_parameters[name] = chance.choice(REAL[name])
        await _send(program, case, tally)
    return tally


def _made(described: dict[str, Any], least: int) -> list[Case]:
    """Mixed, so that what one does another meets."""
    operations = [found.ok() for found in schemathesis.openapi.from_dict(described).get_all_operations()]
    each = -(-least // (2 * len(operations)))
    made: list[list[Case]] = []
    for operation in operations:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            made.append(_some(operation.as_strategy(generation_mode=mode), each))
    mixed = [case for some in zip(*(cycle(one) for one in made if one), range(each), strict=False) for case in some[:-1]]
    while len(mixed) < least:
        mixed += mixed[: least - len(mixed)]
    return mixed


def _some(strategy: Any, count: int) -> list[Case]:
    found: list[Case] = []

    @settings(max_examples=count, database=None, derandomize=True, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(strategy)
    def collect(case: Case) -> None:
        found.append(case)

    collect()
    return found


async def _send(program: httpx.AsyncClient, case: Case, tally: Tally) -> None:
    wanted = requests.Request(**{name: value for name, value in case.as_transport_kwargs(f"{BASE}/api").items() if name in _KNOWN}).prepare()
    headers = [(name.encode("latin-1", "replace"), _raw(value)) for name, value in wanted.headers.items() if name.lower() != "authorization"]
    body = wanted.body.encode() if isinstance(wanted.body, str) else wanted.body
    try:
        request = program.build_request(wanted.method or "GET", wanted.url or "", headers=headers, content=body)
    except httpx.InvalidURL:
        return
    answer = await program.send(request)
    tally.cases += 1
    tally.done += answer.status_code < 300
    tally.server_errors += answer.status_code >= 500
    try:
        case.validate_response(answer, checks=CHECKS)
    except FailureGroup as faults:
        if len(tally.wrong) < SHOWN:
            tally.wrong.append(f"{answer.status_code} {'; '.join(str(fault) for fault in faults.exceptions)}\n{answer.text[:500]}\n{case.as_curl_command()}")


_KNOWN = ("method", "url", "headers", "params", "json", "data", "cookies")


def _raw(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")
