"""What Slack will show of a message, as runs of text: read from the very blocks that would be sent. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from adapters.slack.outbound import fit, payload
from bot.domain.messages import Outbound
from bot.ports.world import Run

Json = dict[str, Any]


def preview(message: Outbound) -> Sequence[Sequence[Run]]:
    """The messages it takes, each in runs."""
    return [_merged([run for block in payload(piece)["blocks"] for run in _block(block)]) for piece in fit(message)]


def _block(block: Json) -> Iterator[Run]:
    if block["type"] == "rich_text":
        for element in block["elements"]:
            yield from _element(element)
    elif block["type"] == "header":
        yield Run(block["text"]["text"] + "\n", "bold")
    elif block["type"] == "context":
        yield Run("".join(one["text"] for one in block["elements"]) + "\n", "italic")


def _element(element: Json) -> Iterator[Run]:
    match element["type"]:
        case "rich_text_list":
            for number, item in enumerate(element["elements"], start=1):
                yield Run(f"{number}. " if element["style"] == "ordered" else "• ")
                yield from _inline(item["elements"])
                yield Run("\n")
        case "rich_text_quote":
            yield from (Run(run.text, "quote", run.link) for run in _inline(element["elements"]))
            yield Run("\n")
        case _:
            found = list(_inline(element["elements"]))
            yield from found
            if not found or not found[-1].text.endswith("\n"):
                yield Run("\n")


def _inline(elements: Sequence[Json]) -> Iterator[Run]:
    for element in elements:
        style = element.get("style", {})
        yield Run(element.get("text") or element.get("url", ""), "bold" if style.get("bold") else "code" if style.get("code") else "", element.get("url", ""))


def _merged(runs: Sequence[Run]) -> list[Run]:
    """Without a line end at its end."""
    while runs and not runs[-1].text.strip():
        runs = runs[:-1]
    return [*runs[:-1], Run(runs[-1].text.rstrip("\n"), runs[-1].style, runs[-1].link)] if runs else []
