"""docs/api.md is true: every curl on it is sent, in order, and answered as it stands there."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import httpx

from bot.domain.api_keys import SCOPES
from tests.api_desk import BASE, api_desk

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
EXAMPLE = re.compile(r"```sh\n(curl .*?)```\n```json (\d{3})\n(.*?)```", re.DOTALL)
TAKES = {"-X": "method", "-H": "header", "-d": "body"}


def request(program: httpx.AsyncClient, command: str, token: str) -> httpx.Request:
    """What the command would send."""
    words = shlex.split(command.replace("\\\n", " ").replace("$BASE", BASE).replace("$KEY", token))[1:]
    method, url, headers, body = "", "", {}, None
    while words:
        word = words.pop(0)
        kind = TAKES.get(word)
        value = words.pop(0) if kind else word
        if kind == "method":
            method = value
        elif kind == "header":
            name, _, said = value.partition(": ")
            headers[name] = said
        elif kind == "body":
            body = value
        else:
            url = value
    return program.build_request(method or ("POST" if body else "GET"), url, headers=headers, content=body)


def holds(shown: Any, found: Any) -> bool:
    """Is what is shown all there? Of objects the names shown; of lists the first so many."""
    if isinstance(shown, dict):
        return isinstance(found, dict) and all(name in found and holds(one, found[name]) for name, one in shown.items())
    if isinstance(shown, list):
        return isinstance(found, list) and len(found) >= len(shown) and all(map(holds, shown, found))
    return bool(shown == found)


async def test_every_example_does_what_the_page_says() -> None:
    examples = EXAMPLE.findall(PAGE.read_text(encoding="utf-8"))
    assert len(examples) == PAGE.read_text(encoding="utf-8").count("\ncurl ")
    async with api_desk() as desk:
        token = await desk.key()
        for command, status, shown in examples:
            program = desk.program()
            answer = await program.send(request(program, command, token))
            assert answer.status_code == int(status), f"{command}\n{answer.text}"
            assert holds(json.loads(shown), answer.json()), f"{command}\n{answer.text}"


def test_the_page_names_every_scope() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert all(f"| `{scope}` |" in page for scope in SCOPES)
