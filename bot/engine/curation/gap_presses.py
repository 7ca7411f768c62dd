"""What admins do with a gap: an entry is begun from it, or it is done, or not for the FAQ; and each can be taken back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bot.domain.messages import Say
from bot.engine.curation import drafting
from bot.engine.curation.gaps import DEALT, Dealt, State
from bot.engine.faq import outside
from bot.engine.faq.unanswered import question_of
from bot.engine.turn import Turn
from bot.errors import MoveRefused
from kb.entries import MAX_ANSWER, MAX_QUESTION, Entry, Text

WRITE = "gap-write"  # a form: the texts that the entry begins with
VERBS = frozenset({"gap-done", "gap-outside", "gap-again"})


async def pressed(turn: Turn, verb: str, number: str) -> None:
    """A button of an admin; the caller has checked that. number: of the request that stands for the gap."""
    t = await turn.tongue_for(turn.person.id)
    ticket = await turn.tx.ticket(number)
    if ticket is None:
        raise MoveRefused("no_longer")
    if verb == "gap-done":
        await _keep(turn, number, "done")
        await turn.answer(Say(t.say("Done. It is watched: should it be asked again and not answered, it comes back.")))
    elif verb == "gap-outside":
        await _keep(turn, number, "outside")
        said = await outside.mark(turn, t, number) if question_of(ticket) else []
        await turn.answer(*(said or [Say(t.say("Kept: it is not for this FAQ."))]))
    else:
        await DEALT.drop(turn.tx, number)
        for mark in await turn.tx.outside_questions():
            if mark.ticket == number:
                await outside.drop(turn, mark)
        await turn.answer(Say(t.say("It is open again.")))


async def submitted(turn: Turn, number: str, values: Mapping[str, str]) -> None:
    """A draft that begins with what was asked and answered. values: `texts`, JSON: lang, question, phrasings, answer of each."""
    texts = _texts(values.get("texts", ""), turn.desk.languages)
    if not texts:
        raise MoveRefused("no_longer")
    ticket = await turn.tx.ticket(number)
    entry = Entry(await drafting.new_id(turn, texts[0].question), texts)
    await drafting.begin(turn, entry, "gap", ticket.id if ticket else "")
    t = await turn.tongue_for(turn.person.id)
    await turn.answer(Say(t.say("A draft was begun with how it is asked and what agents answered. Read it before it is published.")))


async def forget(turn: Turn, number: str) -> None:
    """What was said of a gap goes with the request that stood for it."""
    await DEALT.drop(turn.tx, number)


async def _keep(turn: Turn, number: str, state: State) -> None:
    await DEALT.put(turn.tx, number, Dealt(state, turn.person.id, turn.now))


def _text(given: Any) -> Text:
    ways = tuple(str(way)[:MAX_QUESTION] for way in given["phrasings"])
    return Text(str(given["lang"]), str(given["question"])[:MAX_QUESTION], str(given["answer"])[:MAX_ANSWER], ways)


def _texts(given: str, languages: tuple[str, ...]) -> tuple[Text, ...]:
    """What a form brings is untrusted: of another shape it is nothing."""
    try:
        found: Any = json.loads(given)
        made = [_text(one) for one in found]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ()
    return tuple({text.lang: text for text in made if text.lang in languages and text.question.strip()}.values())
