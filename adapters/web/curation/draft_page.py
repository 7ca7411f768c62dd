"""The page on which a draft is written: the form, what every channel will make of it, and what others did meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from starlette.responses import Response

from adapters.web.curation import openings, preview
from adapters.web.curation.differences import changes
from adapters.web.curation.entry import since
from adapters.web.names import shown_name
from adapters.web.page import Page
from adapters.web.words import field
from bot.domain.ids import PersonId
from bot.engine.curation import drafting, translations
from bot.ports import EntryVersion
from bot.ports.curating import Draft
from kb.entries import Entry, Text, problems

LOOKED_AT = 100  # drafts, the newest, whose writers may be asked to review


async def show(
    page: Page, entry: Entry, lang: str, status: int = 200, *, draft: Draft | None = None, ticket: str = "", typed: Mapping[str, str] | None = None,
    theirs: Entry | None = None, seen: str = "",
) -> Response:  # fmt: skip
    """The page. entry: as the form shows it. typed: what stands in the form where that is not sound. theirs: what was saved instead of what was typed."""
    site = page.site
    history = await site.reader.entry_history(draft.of) if draft else []
    found = drafting.conflict(draft, history) if draft and draft.is_open else None
    if found is not None and typed is None:
        entry = found[0].entry
    text = next((one for one in entry.texts if one.lang == lang), Text(lang, "", ""))
    people = {person for person in (draft.by, draft.changed_by, draft.reviewer) if person} if draft else set()
    beside = await openings.others(page, draft) if draft and draft.is_open else []
    reviewers = await _reviewers(page) if draft is None or draft.is_open else []
    people |= {*reviewers, *(person for person, _ in beside), *({found[1].by} if found else ())}
    names = await site.reader.people(sorted(people))
    return page.html(
        "entry_edit.html", status, entry=entry, text=text, lang_edited=lang, draft=draft, ticket=ticket or (draft.ticket if draft else ""),
        values=_shown(entry, text, typed), others=[one for one in entry.texts if one.lang != lang], previews=preview.all_of(site, entry, text),
        unsound=problems(entry if entry.id else replace(entry, id="new")) if typed is not None and status == 200 else [],
        who=partial(shown_name, names), reviewers=reviewers, field=partial(field, t=page.t),
        behind=await _behind(page, entry, draft, history), conflict=found, theirs=changes(theirs, entry) if theirs else [],
        both=", ".join(field(name, page.t) for name in found[0].conflicts) if found else "",
        meanwhile=changes(_base(draft, history), found[1].entry) if found else [], seen=seen or (draft.changed_at.isoformat() if draft else ""),
        unsaved=typed is not None, beside=beside, changing=changes(history[0].entry, entry) if history else [], is_published=bool(history),
        is_archived=bool(history) and history[0].entry.retired,
    )  # fmt: skip


async def _reviewers(page: Page) -> list[PersonId]:
    """Who may be asked to look at a draft: the admins whom the desk names, and others who curate, as far as their drafts show it."""
    enquiries, me = page.site.enquiries, page.agent.person
    drafts = await page.site.reader.drafts(("draft", "review", "published", "discarded"), limit=LOOKED_AT)
    others = {person for draft in drafts for person in (draft.by, draft.changed_by, draft.reviewer) if person} - page.site.desk.admins
    curating = {PersonId(person) for person in others if enquiries is not None and await enquiries.may("draft-publish", PersonId(person))}
    return sorted((curating | {PersonId(person) for person in page.site.desk.admins}) - {me})


def _base(draft: Draft | None, history: Sequence[EntryVersion]) -> Entry | None:
    return next((one.entry for one in history if draft is not None and one.version == draft.based_on), None)


async def _behind(page: Page, entry: Entry, draft: Draft | None, history: Sequence[EntryVersion]) -> Mapping[str, Any]:
    """By language, what changed in the source since its text was looked at, the draft taken for the newest version."""
    if draft is None or not entry.texts:
        return {}
    newest = EntryVersion(entry, (history[0].version if history else 0) + 1, draft.changed_by, draft.changed_at)
    known = await translations.checked(page.site.reader, draft.of)
    found = translations.behind([newest, *history], page.site.desk.languages, known)
    return {lang: (one, since(one)) for lang, one in found.items()}


def _shown(entry: Entry, text: Text, typed: Mapping[str, str] | None) -> dict[str, str]:
    """What stands in the form's fields."""
    return {
        "question": text.question, "phrasings": "\n".join(text.phrasings), "answer": text.answer, "tags": ", ".join(entry.tags), "audience": entry.audience,
        "valid_until": entry.valid_until.isoformat() if entry.valid_until else "", "review_on": entry.review_on.isoformat() if entry.review_on else "",
        "finds": "\n".join(entry.finds), "avoids": "\n".join(entry.avoids), **(typed or {}),
    }  # fmt: skip
