"""The editor: one language of a draft at a time, beside the others, with what every channel will make of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.responses import Response
from starlette.routing import Route

from adapters.web.acting import submit
from adapters.web.curation import files, openings
from adapters.web.curation.draft_page import show
from adapters.web.curation.standing import draft_asked_for
from adapters.web.page import Page
from adapters.web.site import Site
from adapters.web.uploads import FileTooLarge, sent_files
from bot.engine.curation import entry_values
from bot.engine.faq.unanswered import question_of
from bot.errors import MoveRefused
from bot.ports.curating import Draft
from kb.entries import MAX_QUESTION, Entry, Text

LANGUAGE = "lang:"  # begins the step that saves and goes on in another language


def routes(site: Site) -> Sequence[Route]:
    """Its addresses."""
    return [
        site.page("/admin/entries/new", new, ["GET", "POST"], role="admin"),
        site.page("/admin/drafts/{draft:int}", draft, ["GET", "POST"], role="admin"),
    ]


# ---------------------------------------------------------------------------------------------------------------- a new one
async def new(page: Page) -> Response:
    """A new entry in one language. ?ticket=IT-1: it answers that ticket's question; ?question=…: it begins with these words."""
    asked, form = page.request.query_params, page.form
    number = form.get("ticket", "") or asked.get("ticket", "")[:60]
    ticket = await page.site.reader.ticket(number) if number else None
    lang = form.get("lang", "") or asked.get("lang", "") or (ticket.language if ticket else page.language)
    lang = lang if lang in page.site.desk.languages else page.site.desk.languages[0]
    if page.request.method == "GET":
        question = (question_of(ticket) if ticket else asked.get("question", "").replace("\0", ""))[:MAX_QUESTION]
        text = Text(lang, question, "", (question,) if ticket and question else ())
        return await show(page, Entry("", (text,)), lang, ticket=number)
    values = _values(form)
    if form.get("step") == "preview":
        return await show(page, _typed(Entry(form.get("id", ""), ()), lang, values), lang, ticket=number, typed=values)
    if not await _attach(page, values):
        return await show(page, _typed(Entry(form.get("id", ""), ()), lang, values), lang, 422, ticket=number, typed=values)
    more = {"id": form.get("id", ""), "lang": lang, "then": _then(form), "reviewer": form.get("reviewer", "")}
    await submit(page, f"draft-new:{ticket.id}" if ticket else "draft-new", {**values, **more})
    newest = await page.site.reader.drafts(("draft", "review", "published"), limit=20)
    fresh = next((one for one in newest if one.by == page.agent.person and _is_saved(one, lang, values)), None)
    if fresh is None:
        return await show(page, _typed(Entry(form.get("id", ""), ()), lang, values), lang, 409, ticket=number, typed=values)
    return page.redirect(_onwards(page, fresh, lang))


# -------------------------------------------------------------------------------------------------------------- one that is
async def draft(page: Page) -> Response:
    """Write on. What was not taken stays in the form; what somebody else saved meanwhile stands beside it."""
    found = await draft_asked_for(page)
    lang = _language(page, found.entry)
    page.tell(await page.site.effects.late(page.agent.person))
    if page.request.method == "GET":
        return await show(page, found.entry, lang, draft=found)
    values, form = _values(page.form), page.form
    if form.get("step") == "preview":
        return await show(page, _typed(found.entry, lang, values), lang, draft=found, typed=values, seen=form.get("seen", ""))
    if not await _attach(page, values):
        return await show(page, _typed(found.entry, lang, values), lang, 422, draft=found, typed=values, seen=form.get("seen", ""))
    more = {name: form.get(name, "") for name in ("seen", "based_on", "reviewer")}
    await submit(page, f"draft-save:{found.id}:{lang}", {**values, **more, "then": _then(form)})
    after = await draft_asked_for(page)
    if not _is_saved(after, lang, values):
        return await show(page, _typed(after.entry, lang, values), lang, 409, draft=after, typed=values, theirs=after.entry)
    if after.is_open and form.get("step") == "publish":
        return await show(page, after.entry, lang, 422, draft=after)
    if not after.is_open:
        await openings.left(page, after)
    return page.redirect(_onwards(page, after, lang))


def _language(page: Page, entry: Entry) -> str:
    """The one that is asked for, else one that there is."""
    wanted, known = page.form.get("lang") or page.request.query_params.get("lang", ""), page.site.desk.languages
    if wanted in known:
        return wanted
    return entry.text_for(page.language, known).lang if entry.texts else page.language


def _values(form: Mapping[str, str]) -> dict[str, str]:
    return {name: form[name] for name in entry_values.FIELDS if name in form}


async def _attach(page: Page, values: dict[str, str]) -> bool:
    """Links to the files of the form go into the answer; False, and told so, when one is too large."""
    if not sent_files(page):
        return True
    try:
        values["answer"] = await files.linked(page, values.get("answer", ""))
    except FileTooLarge as error:
        page.say(("warning", page.t.say("{name} is larger than 20 MB. Nothing was saved; please choose a smaller file.", name=str(error))))
        return False
    return True


def _then(form: Mapping[str, str]) -> str:
    return form.get("step", "") if form.get("step") in ("submit", "publish") else ""


def _onwards(page: Page, draft: Draft, lang: str) -> str:
    step = page.form.get("step", "")
    if draft.state == "published":
        return f"/admin/entries/{draft.of}"
    if step == "rehearse":
        return f"/admin/drafts/{draft.id}/rehearsal"
    wanted = step.removeprefix(LANGUAGE) if step.startswith(LANGUAGE) else lang
    return f"/admin/drafts/{draft.id}?lang={wanted if wanted in page.site.desk.languages else lang}"


def _typed(entry: Entry, lang: str, values: Mapping[str, str]) -> Entry:
    """The entry as the form says, days that are none left aside."""
    try:
        return entry_values.changed(entry, lang, values)
    except MoveRefused:
        return entry_values.changed(entry, lang, {name: value for name, value in values.items() if name not in ("valid_until", "review_on")})


def _is_saved(draft: Draft, lang: str, values: Mapping[str, str]) -> bool:
    """Does it say what was typed?"""
    is_empty = not any(values.get(name, "").strip() for name in ("question", "answer", "phrasings"))
    texts = () if is_empty else ("question", "answer", "phrasings")
    whole = {name: value for name, value in values.items() if name in texts or name not in ("question", "answer", "phrasings")}
    try:
        return entry_values.changed(draft.entry, lang, whole) == draft.entry
    except MoveRefused:
        return False
