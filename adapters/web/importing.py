"""Entries from a file or a page of the web: looked at first, then published or kept as drafts; and all entries as a file."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest

from starlette.datastructures import UploadFile
from starlette.responses import Response
from starlette.routing import Route

from adapters.web.acting import act
from adapters.web.curation.differences import Change, changes
from adapters.web.inbound import TEAM, file_name, inbound, pressed, submitted
from adapters.web.names import names_of, shown_name
from adapters.web.page import Forbidden, Missing, Page
from adapters.web.sessions import agent
from adapters.web.site import Site
from adapters.web.uploads import MAX_FILE
from adapters.web.words import field
from bot.domain.messages import Attachment, Inbound
from bot.engine.curation.importing import BATCH, JOBS, batch_values
from bot.ports.importing import Compares
from bot.web_page import fetch
from kb.entries import Entry, Problem
from kb.loader import FORMATS, Loaded, LoadError, dump, look_into
from kb.plan import Duplicate, Handling, Plan, plan

HOME = "/admin/import"
SHOWN = 50  # problems, changed entries and duplicates of a page
ASKED = 40  # duplicates about which one is asked one by one; a form has sixty fields at most
RECENT = 10  # imports that are listed
HEAVY = 200_000  # characters of entries in one event, about
AT_ONCE = 50  # events on their way into the inbox
HANDLINGS: tuple[Handling, ...] = ("merge", "skip", "keep")
MEDIA = {"yaml": "application/yaml", "csv": "text/csv", "jsonl": "application/jsonl", "md": "text/markdown"}


def routes(site: Site) -> Sequence[Route]:
    """Its addresses."""
    return [
        site.page(HOME, begin, ["GET", "POST"], role="admin"),
        site.page(f"{HOME}/{{job}}", progress, role="admin"),
        site.page("/admin/export", export, ["POST"], role="admin"),
    ]


@dataclass(frozen=True, slots=True)
class Look:
    """What an import would do. name: of the file, or its address. digest: of its bytes, as they are kept for the import."""

    name: str
    digest: str
    loaded: Loaded
    plan: Plan

    @property
    def changed(self) -> list[tuple[Entry, list[Change]]]:
        """The first entries that change, field by field."""
        return [(entry, changes(self.plan.was[entry.id], entry)) for entry in self.plan.entries if entry.id in self.plan.was][:SHOWN]

    @property
    def new(self) -> list[Entry]:
        """The first entries that are new."""
        return [entry for entry in self.plan.entries if entry.id not in self.plan.was][:SHOWN]


# ---------------------------------------------------------------------------------------------------------------- looking
async def begin(page: Page) -> Response:
    """Ask for a file or an address; show what it would do; do it."""
    await _permit(page, "faq-import")
    step = page.form.get("step", "")
    if page.request.method == "GET":
        return await _form(page)
    try:
        name, data = await _kept(page) if step in ("publish", "drafts", "again") else await _given(page)
    except LoadError as error:
        return await _form(page, error.problems[0].what, 422)
    if not data:
        return await _form(page, page.t.say("Choose a file, or write the address of a page."), 422)
    look = await asyncio.to_thread(_look, name, data, await _known(page), partial(_handled, page), _meanings(page))
    if step in ("publish", "drafts") and (not look.loaded.faults or page.form.get("partial") == "1"):
        return await _import(page, look, as_drafts=step == "drafts")
    counts = {kind: len(look.plan.ids(kind)) for kind in ("new", "changed", "unchanged", "merged", "skipped")}
    return page.html(
        "import_look.html", look=look, problems=look.loaded.problems[:SHOWN], handled=partial(_handled, page), others=page.form.get("others", ""),
        shown=SHOWN, asked=ASKED, field=partial(field, t=page.t), counts=counts,
    )  # fmt: skip


async def _form(page: Page, wrong: str = "", status: int = 200) -> Response:
    recent = sorted((await JOBS.all(page.site.reader)).items(), key=lambda one: one[1].at, reverse=True)[:RECENT]
    names = await names_of(page, [], [job.by for _, job in recent])
    rows = [(name, job, shown_name(names, job.by)) for name, job in recent]
    page.tell(await page.site.effects.late(page.agent.person))
    return page.html("import.html", status, wrong=wrong, recent=rows, formats=FORMATS, address=page.form.get("address", ""))


def _look(name: str, data: bytes, known: dict[str, Entry], handled: Callable[[Duplicate], Handling], meanings: Compares | None) -> Look:
    loaded = look_into(name, data)
    made = plan(loaded.entries, known, handled, meanings.meanings if meanings else None, keeps_languages=bool(loaded.faults))
    return Look(name, hashlib.sha256(data).hexdigest(), loaded, made)


def _handled(page: Page, one: Duplicate) -> Handling:
    """What the form says of this one, else of all others; else the same words are merged, and what may only mean the same is kept."""
    given = (page.form.get(f"how-{one.entry.id}"), page.form.get("others"))
    return next((wanted for said in given for wanted in HANDLINGS if wanted == said), "keep" if one.meaning and not one.settled else "merge")


def _meanings(page: Page) -> Compares | None:
    enquiries = page.site.enquiries
    return enquiries if isinstance(enquiries, Compares) else None


async def _known(page: Page) -> dict[str, Entry]:
    return {entry.id: entry for entry in await page.site.reader.entries(retired=True)}


async def _permit(page: Page, act: str) -> None:
    if page.site.enquiries is None or not await page.site.enquiries.may(act, page.agent.person):
        raise Forbidden(page.t.say("This page is for curators."))


# --------------------------------------------------------------------------------------------------------------- the file
async def _given(page: Page) -> tuple[str, bytes]:
    """What the form brings, kept until it is imported; one file for each curator. Raises LoadError."""
    upload, address = page.uploads.get("file"), page.form.get("address", "").strip()
    if isinstance(upload, UploadFile) and upload.filename:
        if (upload.size or 0) > MAX_FILE:
            raise LoadError([Problem("", 0, page.t.say("The file has more than 20 MB. Import it by the command firstline kb import, or in parts."))])
        name, data = file_name(upload.filename), await upload.read()
    elif address:
        name, data = address[:500], await _fetched(page, address[:2000])
    else:
        return "", b""
    await page.site.files.keep_file(Attachment(_source(page), name, size=len(data)), data)
    return name, data


async def _fetched(page: Page, address: str) -> bytes:
    """The page at an address of the internet. Raises LoadError in the reader's language."""
    try:
        return await fetch(address)
    except LoadError as error:
        why = error.problems[0].what
        told = page.t.say("That page cannot be fetched ({why}). Save it in your browser and choose the file instead.", why=why)
        raise LoadError([Problem("", 0, told)]) from error


async def _kept(page: Page) -> tuple[str, bytes]:
    """The file that was looked at. Raises LoadError when another one took its place."""
    found = await page.site.files.file(_source(page))
    if found is None or hashlib.sha256(found[1]).hexdigest() != page.form.get("digest"):
        raise LoadError([Problem("", 0, page.t.say("That file is no longer here. Please choose it again."))])
    return found[0].name, found[1]


def _source(page: Page) -> str:
    return f"web:import:{page.agent.person}"


# -------------------------------------------------------------------------------------------------------------- importing
async def _import(page: Page, look: Look, as_drafts: bool) -> Response:
    """Through the one door, some entries an event: whatever is accepted is done, also when we are killed now."""
    entries, drafts = list(look.plan.entries), list(look.loaded.drafts)
    if as_drafts:
        entries, drafts = [], drafts + entries
    total = len(entries) + len(drafts)
    if not total:
        page.say(("say", page.t.say("Everything in it is there already. Nothing was changed.")))
        return page.redirect(HOME)
    job, now, person = page.once, page.site.clock.now(), agent(page.agent, page.language)
    events: list[Inbound] = []
    for number, (some, other) in enumerate(zip_longest(_parts(entries), _parts(drafts), fillvalue=())):
        values = batch_values(look.name, total, dump(some, "jsonl"), dump(other, "jsonl"))
        events.append(inbound(person, f"{TEAM}/import", f"{page.once}{number:06x}", now, submitted(f"faq-import:{job}:{number}", values, TEAM)))
    for at in range(0, len(events), AT_ONCE):
        await asyncio.gather(*map(page.deliver, events[at : at + AT_ONCE]))
    return page.redirect(f"{HOME}/{job}")


def _parts(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """Some at a time, so that no event is long."""
    part: list[Entry] = []
    weight = 0
    for entry in entries:
        weight += sum(len(text.answer) + sum(map(len, text.phrasings)) for text in entry.texts)
        part.append(entry)
        if len(part) == BATCH or weight > HEAVY:
            yield part
            part, weight = [], 0
    if part:
        yield part


async def progress(page: Page) -> Response:
    """How far an import has come."""
    name = page.request.path_params["job"]
    if not name.isalnum() or len(name) > 64:
        raise Missing
    job = await JOBS.get(page.site.reader, name)
    return page.html("import_job.html", job=job, running=job is None or job.done < job.total)


async def export(page: Page) -> Response:
    """All entries, archived ones as well, as a file that can be imported again; that somebody took them is written down."""
    await _permit(page, "faq-export")
    form = next((one for one in FORMATS if one == page.form.get("format")), "")
    if not form:
        raise Missing
    await act(page, lambda handle: pressed(f"faq-export:{form}", TEAM, handle))
    text = await asyncio.to_thread(dump, await page.site.reader.entries(retired=True), form)
    headers = {"Content-Disposition": f'attachment; filename="entries.{form}"', "Cache-Control": "no-store"}
    return Response(text.encode(), media_type=f"{MEDIA[form]}; charset=utf-8", headers=headers)
