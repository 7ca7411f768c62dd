"""Buttons and forms about drafts: what comes in with them is untrusted, so the draft is read again each time. The right to them is checked before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bot.domain.messages import Choice, Part, Say, Title
from bot.engine.curation import curation, drafting, drafts_shown, entry_values
from bot.engine.curation.entry_forms import AS_WRITTEN, number_in
from bot.engine.faq.unanswered import question_of
from bot.engine.rights import asker, may
from bot.engine.tongue import N_
from bot.engine.turn import Turn
from bot.errors import MoveRefused
from bot.ports.curating import Draft, Origin
from kb.entries import MAX_QUESTION, Entry, problems

TERMS = ("audience", "valid_until", "review_on")
VERBS = frozenset(
    {
        *("draft-new", "draft-edit", "draft-again", "draft-save"),
        *("draft-submit", "draft-back", "draft-publish", "draft-discard", "draft-terms", "draft-next", drafting.LOOK),
        *("faq-new", "faq-save"),
    }
)


async def pressed(turn: Turn, verb: str, rest: str) -> None:
    """A button. rest: the draft's number; of `draft-edit` an entry (id or tag), of `draft-again` an entry and one of its versions."""
    if verb == "draft-edit":
        entry = curation.entry_named(turn, rest)
        await _show(turn, await drafting.change(turn, entry.id if entry else rest, _origin(turn)))
    elif verb == "draft-again":
        await _show(turn, await _of_version(turn, rest))
    elif verb == "draft-submit":
        await _show(turn, await drafting.submit(turn, number_in(rest)), N_("Sent for review."))
    elif verb == "draft-publish":
        await drafting.approve(turn, number_in(rest))
    elif verb == "draft-discard":
        await drafting.discard(turn, number_in(rest))
        await _say(turn, N_("Discarded. The entry stays as it was."))
    elif verb == drafting.LOOK:
        await _show(turn, await _readable(turn, rest))
    elif verb == "draft-next":
        await show_waiting(turn)
    else:
        raise MoveRefused("no_longer")


async def submitted(turn: Turn, verb: str, rest: str, values: Mapping[str, str]) -> None:
    """A form; `then` in it says what follows once it is saved: "submit" or "publish"."""
    if verb == "draft-new":
        draft = await _new(turn, rest, values)
    elif verb == "draft-save":
        number, _, language = rest.partition(":")
        language, _, seen = language.partition(":")
        draft = await _save(turn, await drafting.opened(turn, number_in(number)), language, {"seen": seen, **values})
    elif verb == "draft-terms":
        draft = await drafting.opened(turn, number_in(rest))
        draft = await drafting.save(turn, draft.id, entry_values.changed(draft.entry, "", {n: values[n] for n in TERMS if n in values}))
    elif verb == "faq-new":
        draft = await _new(turn, rest, values)
        values = {"then": "publish", **values}
    elif verb == "faq-save":
        await _change_published(turn, rest, {"then": "publish", **values})
        return
    elif verb == "draft-submit":
        draft = await drafting.opened(turn, number_in(rest))
        values = {**values, "then": "submit"}
    elif verb == "draft-back":
        await drafting.send_back(turn, number_in(rest), values.get("remark", ""))
        await _say(turn, N_("Sent back."))
        return
    else:
        await pressed(turn, verb, rest)
        return
    await _go_on(turn, draft, values)


async def _go_on(turn: Turn, draft: Draft, values: Mapping[str, str]) -> None:
    if values.get("then") == "publish":
        await drafting.approve(turn, draft.id)
    elif values.get("then") == "submit":
        await _show(turn, await drafting.submit(turn, draft.id, values.get("reviewer", "")), N_("Sent for review."))
    else:
        await _show(turn, draft, N_("Saved as a draft."))


async def _new(turn: Turn, number: str, values: Mapping[str, str]) -> Draft:
    """A new entry; number: of the ticket whose question it answers, or ""."""
    ticket = await turn.tx.ticket(number) if number else None
    language = await _language(turn, values)
    given = {"question": question_of(ticket)[:MAX_QUESTION] if ticket else "", **values}
    wanted = await drafting.new_id(turn, values.get("id", "").strip() or given["question"])
    entry = entry_values.changed(Entry(wanted, ()), language, given)
    return await drafting.begin(turn, entry, "ticket" if ticket else _origin(turn), ticket.id if ticket else "")


async def _language(turn: Turn, values: Mapping[str, str]) -> str:
    """As it was chosen, else as it is written."""
    if values.get("lang") in turn.desk.languages:
        return values["lang"]
    if values.get("lang") != AS_WRITTEN:
        return turn.desk.languages[0]
    t = await turn.tongue_for(turn.person.id)
    return turn.knowledge.language_of(f"{values.get('question', '')} {values.get('answer', '')}", t.language)


async def _change_published(turn: Turn, rest: str, values: Mapping[str, str]) -> None:
    """Another text of an entry as it is published. rest: its id, the language, and the version that was seen, if it matters.

    While somebody else has a draft of it, it can only be published at once: they are told when they publish theirs.
    """
    word, language, seen = [*rest.split(":"), "", ""][:3]
    present = await curation.as_it_is(turn, word)
    if present is None or language not in turn.desk.languages:
        raise MoveRefused("no_longer")
    history = await turn.tx.entry_history(present.id)
    if seen and seen != str(history[0].version if history else 0):
        raise MoveRefused("entry_changed", owner=history[0].by, when=(await turn.tongue_for(turn.person.id)).when(history[0].at, turn.desk.timezone))
    wanted = entry_values.changed(present, language, values)
    if values["then"] == "publish" and await drafting.open_draft(turn.tx, present.id) is not None:
        if wrong := problems(wanted):
            raise MoveRefused("unsound", what="; ".join(wrong))
        await curation.publish(turn, wanted, language)
        return
    await _go_on(turn, await drafting.begin(turn, wanted, _origin(turn)), values)


async def _save(turn: Turn, draft: Draft, language: str, values: Mapping[str, str]) -> Draft:
    """What a form says of one language, and of the whole. seen, based_on: as drafting.save has them.

    A language that is left without a word is none of the entry's any more.
    """
    based_on = number_in(values.get("based_on", "")) or None
    entry = draft.entry
    if based_on is not None and (found := drafting.conflict(draft, await turn.tx.entry_history(draft.of))) is not None and found[1].version == based_on:
        entry = found[0].entry
    changed = entry_values.changed(entry, language, values) if language in turn.desk.languages else entry
    if any((text.lang, text.question, text.answer, text.phrasings) == (language, "", "", ()) for text in changed.texts):
        changed = entry_values.without_text(changed, language)
    return await drafting.save(turn, draft.id, changed, _moment(values.get("seen", "")), based_on)


async def _of_version(turn: Turn, rest: str) -> Draft:
    """A draft that says what an earlier version said."""
    entry, _, version = rest.rpartition(":")
    found = next((one for one in await turn.tx.entry_history(entry) if str(one.version) == version), None)
    if found is None:
        raise MoveRefused("no_longer")
    return await drafting.begin(turn, replace(found.entry, retired=False), _origin(turn))


async def _readable(turn: Turn, rest: str) -> Draft:
    """Admins read each draft, others their own."""
    draft = await turn.tx.draft(number_in(rest))
    if draft is None:
        raise MoveRefused("no_longer")
    if turn.person.id not in (draft.by, draft.changed_by) and not may(asker(turn), "draft-save"):
        raise MoveRefused("not_admin")
    return draft


# --------------------------------------------------------------------------------------------------------------- showing
async def show_waiting(turn: Turn) -> None:
    """The drafts that wait for a look, a button each; the only one is opened at once."""
    t, found = await turn.tongue_for(turn.person.id), await drafts_shown.waiting(turn.tx)
    if len(found) == 1:
        await _show(turn, found[0])
        return
    headline = t.many("{count} entry to review", "{count} entries to review", len(found)) if found else t.say("No entry waits for review.")
    await turn.answer(Title(headline), choices=drafts_shown.listed(t, found))


async def _show(turn: Turn, draft: Draft, said: str = "") -> None:
    t = await turn.tongue_for(turn.person.id)
    lead: list[Part] = [Say(t.say(said))] if said else []
    choices: list[Choice] = []
    if draft.is_open and may(asker(turn), "draft-publish"):
        choices = drafts_shown.choices(t, draft)
    elif draft.is_open and draft.ticket:
        choices = [Choice(t.say("Change and send for review"), f"draft:{draft.ticket}", "primary")]
    await turn.answer(*lead, *drafts_shown.parts(t, draft, await turn.name_of(draft.changed_by)), choices=choices)


async def _say(turn: Turn, sentence: str) -> None:
    t = await turn.tongue_for(turn.person.id)
    await turn.answer(Say(t.say(sentence)))


def _origin(turn: Turn) -> Origin:
    return "web" if turn.event.channel == "web" else "api" if turn.event.channel == "api" else "chat"


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
