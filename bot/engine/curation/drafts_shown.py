"""A draft as people read it: what it says, how far it is, what may become of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from bot.domain.ids import PersonId
from bot.domain.messages import Article, Choice, HomeSection, Part, Small, Title, Words
from bot.engine.tongue import N_, Tongue
from bot.ports.curating import Draft, DraftState
from kb.entries import Entry

STATES = {"draft": N_("Draft"), "review": N_("In review"), "published": N_("Published"), "discarded": N_("Discarded")}
BEGINNING = 300  # characters of an answer in a list
LISTED = 10  # drafts of one message
ON_HOME = 3  # of them on a home page; the rest is one press away


Names = Callable[[Sequence[PersonId]], Awaitable[Mapping[PersonId, str]]]


class Drafts(Protocol):
    """Whoever can list drafts: a transaction or a reader."""

    async def drafts(self, states: Sequence[DraftState] = ("draft", "review"), limit: int = 200) -> list[Draft]:
        """As DraftReader.drafts."""
        ...


async def waiting(lists: Drafts) -> list[Draft]:
    """Those that somebody shall look at, the one that waits longest first."""
    return sorted(await lists.drafts(("review",)), key=lambda draft: (draft.changed_at, draft.id))


def title(entry: Entry, language: str) -> str:
    """What an entry is called, also while it has no words yet."""
    return (entry.text_for(language).question if entry.texts else "") or entry.id


# ------------------------------------------------------------------------------------------------------------ one of them
def parts(t: Tongue, draft: Draft, by: str = "", *, whole: bool = True) -> list[Part]:
    """As it will be read, and how far it is. by: the name of who wrote it. whole: with all of the answer, and the other ways to ask."""
    state = " · ".join(word for word in (t.say(STATES[draft.state]), draft.ticket, by) if word)
    text = draft.entry.text_for(t.language) if draft.entry.texts else None
    shown: list[Part] = [Small(state), Title(title(draft.entry, t.language))]
    if text is not None and text.answer:
        is_cut = not whole and len(text.answer) > BEGINNING
        shown.append(Article(f"{text.answer[:BEGINNING]}…" if is_cut else text.answer))
    if whole and text is not None and text.phrasings:
        shown.append(Small(t.say("Also asked as: {phrasings}", phrasings=" · ".join(text.phrasings))))
    if whole and draft.entry.audience == "internal":
        shown.append(Small(t.say("For agents alone.")))
    if whole and draft.entry.valid_until is not None:
        shown.append(Small(t.say("Its last day: {day}", day=str(draft.entry.valid_until))))
    if draft.remark:
        shown.append(Words(draft.remark))
    return shown


def choices(t: Tongue, draft: Draft) -> list[Choice]:
    """What an admin may make of it."""
    n = draft.id
    language = draft.entry.text_for(t.language).lang if draft.entry.texts else t.language
    decide = Choice(t.say("Send back"), f"draft-back:{n}") if draft.state == "review" else Choice(t.say("Send for review"), f"draft-submit:{n}")
    return [
        Choice(t.say("Publish"), f"draft-publish:{n}", "primary"),
        decide,
        Choice(t.say("Change"), f"draft-save:{n}:{language}"),
        Choice(t.say("For whom"), f"draft-terms:{n}"),
        Choice(t.say("Discard"), f"draft-discard:{n}", "danger"),
    ]


# --------------------------------------------------------------------------------------------------------------- the queue
async def waiting_choices(lists: Drafts, t: Tongue) -> list[Choice]:
    """The way from a list of entries to the drafts that wait, with how many."""
    found = await waiting(lists)
    return [Choice(t.say("To review ({count})", count=str(len(found))), "draft-next")] if found else []


def listed(t: Tongue, drafts: Sequence[Draft]) -> list[Choice]:
    """A button a draft, which opens it."""
    return [Choice(title(draft.entry, t.language), f"draft-show:{draft.id}") for draft in drafts[:LISTED]]


async def home_sections(lists: Drafts, t: Tongue, names: Names) -> list[HomeSection]:
    """An admin's part of the home page: the first ones, each with its decision; nothing while none waits."""
    found = await waiting(lists)
    if not found:
        return []
    sections, who = [HomeSection((Title(t.say("Entries to review")),))], await names(sorted({draft.changed_by for draft in found[:ON_HOME]}))
    for draft in found[:ON_HOME]:
        sections.append(HomeSection(tuple(parts(t, draft, who.get(draft.changed_by, ""), whole=False)), tuple(_at_a_glance(t, draft))))
    if len(found) > ON_HOME:
        line = t.many("{count} more waits.", "{count} more wait.", len(found) - ON_HOME)
        sections.append(HomeSection((Small(line),), (Choice(t.say("Entries to review"), "draft-next"),)))
    return sections


def _at_a_glance(t: Tongue, draft: Draft) -> list[Choice]:
    n = draft.id
    publish, back = Choice(t.say("Publish"), f"draft-publish:{n}", "primary"), Choice(t.say("Send back"), f"draft-back:{n}")
    return [publish, back, Choice(t.say("Open"), f"draft-show:{n}")]
