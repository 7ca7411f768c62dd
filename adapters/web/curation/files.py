"""Files that answers link to: kept with the desk, served by us to whoever has the link."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import Route

from adapters.web.page import Missing, Page
from adapters.web.site import Site
from adapters.web.uploads import as_download, received
from bot.domain.messages import Attachment

SOURCE = "entry:"  # begins the names of files that belong to answers: no file of a ticket is ever served here


def routes(site: Site) -> Sequence[Route]:
    """Its address. Whoever reads the answer may fetch its file, on every channel: nobody can guess the address."""
    return [site.page("/files/{token}/{name}", file, entrance=True)]


async def file(page: Page) -> Response:
    """A file, to be saved."""
    found = await page.site.files.file(f"{SOURCE}{page.request.path_params['token'][:64]}")
    if found is None:
        raise Missing
    return as_download(found[0].name, found[1])


async def linked(page: Page, answer: str) -> str:
    """The answer with a link to each file of the form at its end. Raises FileTooLarge before any is kept."""
    links = []
    for attachment, content in await received(page):
        token = secrets.token_hex(16)
        await page.site.files.keep_file(replace(attachment, source=f"{SOURCE}{token}"), content)
        links.append(f"[{_label(attachment)}]({page.request.base_url}files/{token}/{quote(attachment.name, safe='')})")
    return "\n\n".join([*([answer.rstrip()] if answer.strip() else []), *links])


def _label(attachment: Attachment) -> str:
    """Its name, without what would end a link's label."""
    return "".join(letter for letter in attachment.name if letter not in "[]`*") or "file"
