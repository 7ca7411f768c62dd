"""A report as PDF, by WeasyPrint where it is installed: in a process of its own, which reads HTML, writes the file, and may fetch nothing."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from adapters.web.page import Page
from adapters.web.rendering import FOLDER, voice
from adapters.web.reporting import drawing

if TYPE_CHECKING:
    from adapters.web.reporting.pages import Shown

log = logging.getLogger(__name__)

PATIENCE_S = 60.0  # a page takes some tenths of a second
AT_ONCE = asyncio.Semaphore(2)  # each takes a processor, and some hundred megabytes where a table is long


class NotPrinted(Exception):
    """It could not be made; the text says why and what to do."""


@cache
def is_installed() -> bool:
    """Is the extra there? Without importing it: that takes a second."""
    return find_spec("weasyprint") is not None


async def printed(page: Page, shown: Shown) -> bytes:
    """The file. Raises NotPrinted."""
    html = page.site.templates.get_template("report_paper.html").render(
        **voice(page.t, page.site.desk.timezone, page.site.clock.now()), desk=page.site.desk, lang=page.language, shown=shown,
        style=(FOLDER / "static" / "paper.css").read_text(encoding="utf-8"), drawn=drawing.drawn,
    )  # fmt: skip
    try:
        async with AT_ONCE:
            return await pressed(html)
    except TimeoutError as late:
        raise NotPrinted(page.t.say("The PDF took too long. Please choose fewer days, or another format.")) from late
    except OSError as fault:
        log.warning("no pdf was made", extra={"error": str(fault)})
        raise NotPrinted(page.t.say("The PDF could not be made on this server. CSV and XLSX work; the log says why.")) from fault


async def pressed(html: str) -> bytes:
    """HTML as PDF. Raises TimeoutError, OSError with the last line that the other process said."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "adapters.web.reporting.press", stdin=pipe, stdout=pipe, stderr=pipe)
    try:
        out, err = await asyncio.wait_for(process.communicate(html.encode()), PATIENCE_S)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    if process.returncode or not out:
        raise OSError((err.decode(errors="replace").strip().splitlines() or ["it said nothing"])[-1])
    return out
