"""Files that come with a form and files that people may fetch."""

from __future__ import annotations

import re
import secrets
from http import HTTPStatus
from urllib.parse import quote

from starlette.datastructures import UploadFile
from starlette.responses import Response

from adapters.web.inbound import file_name
from adapters.web.page import Missing, Page
from bot.domain.messages import Attachment
from bot.errors import DeliveryError, DeliveryRefused

MAX_FILE = 20 * 1024 * 1024  # bytes; what Telegram lets a bot fetch: a larger one could not be passed on
_MIME = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}\Z", re.I)


class FileTooLarge(Exception):
    """The file of that name is over MAX_FILE."""


def sent_files(page: Page) -> int:
    """How many files came with a form."""
    return len(_given(page))


def _given(page: Page) -> list[UploadFile]:
    return [upload for name, upload in page.uploads.multi_items() if name == "files" and isinstance(upload, UploadFile) and upload.filename]


async def keep_files(page: Page) -> tuple[Attachment, ...]:
    """Keep the files of a form. Raises FileTooLarge before any is kept."""
    kept = []
    for attachment, content in await received(page):
        await page.site.files.keep_file(attachment, content)
        kept.append(attachment)
    return tuple(kept)


async def received(page: Page) -> list[tuple[Attachment, bytes]]:
    """The files of a form, kept nowhere yet. Raises FileTooLarge before any is read."""
    given = _given(page)
    for upload in given:
        if (upload.size or 0) > MAX_FILE:
            raise FileTooLarge(file_name(upload.filename or ""))
    return [await _read(upload) for upload in given]


async def _read(upload: UploadFile) -> tuple[Attachment, bytes]:
    content = await upload.read()
    mime = (upload.content_type or "").partition(";")[0].strip().lower()
    kind = mime if _MIME.match(mime) else "application/octet-stream"
    return Attachment(f"web:{secrets.token_hex(16)}", file_name(upload.filename or ""), kind, len(content)), content


async def download(page: Page, attachment: Attachment) -> Response:
    """The file, to be saved and never shown as a page of ours. Raises Missing when it is no more."""
    try:
        content = await page.site.fetch_any(attachment, MAX_FILE)
    except DeliveryRefused as refused:
        raise Missing from refused
    except DeliveryError:
        sentence = page.t.say("The file cannot be fetched at the moment. Please try again shortly.")
        return page.html("error.html", HTTPStatus.BAD_GATEWAY, status=int(HTTPStatus.BAD_GATEWAY), sentence=sentence)
    return as_download(attachment.name, content)


def as_download(name: str, content: bytes) -> Response:
    """Some bytes, to be saved under that name and never shown as a page of ours."""
    name = quote(file_name(name))
    return Response(
        content,
        media_type="application/octet-stream",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Content-Security-Policy": "sandbox; default-src 'none'"},
    )
