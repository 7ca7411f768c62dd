"""Writing an entry step by step, where there are no forms (Telegram): one question after the other, each answered by a reply."""

from __future__ import annotations

import json
from collections.abc import Mapping

from bot.domain.messages import Outbound, Part, Say, Small, Words
from bot.engine import curation, forms
from bot.engine.tongue import Tongue
from bot.engine.turn import Turn
from bot.engine.unanswered import question_of
from bot.errors import MoveRefused
from kb.entries import MAX_QUESTION, Text

VERBS = frozenset({"faq-new", "faq-edit", "faq-draft"})
ANSWERS = "faq-step"  # the verb under which a reply comes back


async def pressed(turn: Turn, verb: str, rest: str) -> None:
    """A new entry, one for a ticket's question, or a change. The caller has checked the right to it."""
    tag, _, language = rest.partition(":")
    entry = curation.entry_named(turn, tag) if verb == "faq-edit" else None
    if verb == "faq-new":
        await _ask_step(turn, "faq-new", None)
    elif verb == "faq-draft":
        await _ask_step(turn, f"faq-new:{rest}", None, await _question_for(turn, rest))
    elif entry is not None:
        await _ask_step(turn, f"faq-edit:{rest}", entry.text_for(language))
    else:
        raise MoveRefused("no_longer")


async def _question_for(turn: Turn, ticket: str) -> str:
    found = await turn.tx.ticket(ticket)
    if found is None:
        raise MoveRefused("no_longer")
    return question_of(found)[:MAX_QUESTION]


async def _ask_step(turn: Turn, action: str, text: Text | None, question: str = "") -> None:
    """Where there are no forms (Telegram): one question after the other, each answered by a reply."""
    t = await turn.tongue_for(turn.person.id)
    form = forms.entry_form(t, turn.desk.languages, None, text)
    await turn.tx.note(_steps_key(turn), "")  # whatever was begun and left
    await turn.answer()
    await _prompt(turn, t, form.fields[1 if text is None else 0].label, f"faq-step:{action}", text.question if text else question)


def _steps_key(turn: Turn) -> str:
    """The note that holds what was answered so far."""
    return f"faq-step:{turn.person.id}"


async def _prompt(turn: Turn, t: Tongue, label: str, action: str, present: str) -> None:
    parts: list[Part] = [
        Say(label),
        *([Words(present)] if present else []),
        Small(t.say("Reply to this message. A dash (-) keeps or skips it, /cancel stops.")),
    ]
    await turn.ask_words(turn.event.conversation, "", Outbound(tuple(parts), ask=label, only_for=turn.person.id), "", action)


async def words_given(turn: Turn, rest: str, words: str) -> None:
    """The next answer of a step-by-step entry: question, phrasings, answer; then the preview. The caller has checked the right to it."""
    t = await turn.tongue_for(turn.person.id)
    form = forms.entry_form(t, turn.desk.languages, None, Text(t.language, "", ""))
    labels = {f.name: f.label for f in form.fields}
    if words.strip() == "/cancel":
        await turn.tx.note(_steps_key(turn), "")
        await turn.answer(Say(t.say("Stopped. Nothing was changed.")))
        return
    known = await curation.noted(turn, _steps_key(turn))
    steps = ("question", "phrasings", "answer")
    given: dict[str, str] = json.loads(known) if known else {}
    if given.get("action") != rest:
        given = {"action": rest}
    step = next(s for s in steps if s not in given)
    given[step] = words.strip()
    await turn.tx.note(_steps_key(turn), json.dumps(given, ensure_ascii=False))
    left = [s for s in steps if s not in given]
    present = _present(turn, rest)
    if left:
        shown = "" if present is None else {"phrasings": "\n".join(present.phrasings), "answer": present.answer}[left[0]]
        await _prompt(turn, t, labels[left[0]], f"faq-step:{rest}", shown)
        return
    await turn.tx.note(_steps_key(turn), "")
    await _finish_steps(turn, rest, present, given)


def _present(turn: Turn, action: str) -> Text | None:
    """The text that is being changed, or None for a new entry."""
    verb, _, rest = action.partition(":")
    tag, _, language = rest.partition(":")
    entry = curation.entry_named(turn, tag) if verb == "faq-edit" else None
    return entry.text_for(language) if entry else None


async def _finish_steps(turn: Turn, action: str, present: Text | None, given: Mapping[str, str]) -> None:
    verb, _, ticket = action.partition(":")
    ticket = ticket if verb == "faq-new" else ""
    asked = await _question_for(turn, ticket) if ticket else ""
    old = {"question": asked, "phrasings": asked}
    if present:
        old = {"question": present.question, "phrasings": "\n".join(present.phrasings), "answer": present.answer}
    values = {step: old.get(step, "") if given[step] == "-" else given[step] for step in ("question", "phrasings", "answer")}
    entry = curation.entry_named(turn, action.split(":")[1]) if present else None
    t = await turn.tongue_for(turn.person.id)
    language = present.lang if present else turn.knowledge.language_of(values["question"] + " " + values["answer"], t.language)
    await curation.save(turn, entry, entry.id if entry else curation.fresh_id(turn, values["question"]), language, {**values, "then": "preview"}, ticket)
