"""Saved replies: leads and admins write them, agents pick one, look at it with its values filled in, and send it as a reply of their own."""

from __future__ import annotations

import re

from bot.domain.messages import Choice, Commanded, Facts, Form, FormField, Part, Say, Small, Title, Words
from bot.domain.saved_replies import LONGEST_NAME, LONGEST_TEXT, VARIABLES, SavedReply, UnknownVariable, check, is_name, rendered
from bot.domain.tickets import Ticket
from bot.engine.act import Act, Asking, Given
from bot.engine.kept import Kept
from bot.engine.replies import LANGUAGE_NAMES
from bot.engine.rights import asker, permit
from bot.engine.tickets import checks, unsent
from bot.engine.tickets.unsent import Unsent
from bot.engine.turn import Turn
from bot.errors import MoveRefused

BEGINS = 60  # characters of one in a list
MOST = 95  # of one desk: a channel's choice holds 100
_TO_ADD = re.compile(r"\w+\s+([^\s:]+)(?:\s+([A-Za-z]{2}))?\s*(?::|\n)\s*(.+)", re.S)


def shelf(prefix: str) -> Kept[SavedReply]:
    """Those of the desk whose tickets begin with this."""
    return Kept(f"saved:{prefix}", SavedReply)


# ---------------------------------------------------------------------------------------------------------------- agents
async def pick_form(asking: Asking) -> Form | None:
    """Which one? It is shown before it goes out."""
    if asking.extra:
        return None
    if asking.ticket.status == "closed":
        raise MoveRefused("closed", number=asking.ticket.id)
    known = await shelf(asking.desk.prefix).all(asking.lists)
    if not known:
        raise MoveRefused("no_saved")
    languages = _wanted(asking.desk.languages, asking.ticket)
    options = tuple((name, _line(name, one.in_language(languages)[1])) for name, one in known.items())
    t = asking.t
    field = FormField("saved", t.say("Which saved reply?"), "choice", options=options)
    return Form(f"saved:{asking.ticket.id}", f"{t.say('Saved reply')} · {asking.ticket.id}", t.say("Show it"), t.say("Cancel"), (field,))


def _line(name: str, text: str) -> str:
    whole = f"{name} · {' '.join(text.split())}"
    return whole if len(whole) <= BEGINS else f"{whole[: BEGINS - 1]}…"


def _wanted(languages: tuple[str, ...], ticket: Ticket) -> tuple[str, ...]:
    return (ticket.language, *languages)


async def pick(turn: Turn, ticket: Ticket, given: Given) -> None:
    """Show one as the requester would read it; it is sent or changed from there."""
    if ticket.status == "closed":
        raise MoveRefused("closed", number=ticket.id)
    known = await shelf(turn.desk.prefix).all(turn.tx)
    if not known:
        raise MoveRefused("no_saved")
    name = given.values.get("saved") or given.extra
    if name not in known:
        raise MoveRefused("no_such_saved", name=name[:LONGEST_NAME])
    await _preview(turn, ticket, name, known[name])


async def _preview(turn: Turn, ticket: Ticket, name: str, saved: SavedReply) -> None:
    language, text = saved.in_language(_wanted(turn.desk.languages, ticket))
    words = await filled_in(turn, ticket, text)
    which = await unsent.keep(turn.tx, ticket.id, Unsent(words, turn.person.id, turn.now, ticket.tier))

    in_thread = checks.is_in_thread(turn)
    t = turn.team_tongue if in_thread else await turn.tongue_for(turn.person.id)
    parts: list[Part] = [Title(f"{ticket.id} · {name}"), Words(words)]
    if language != ticket.language:
        parts.append(Small(t.say("It is in {language}; there is none in the requester's language.", language=LANGUAGE_NAMES.get(language, language))))
    parts.append(Small(t.say("Not sent yet: look at it first.")))
    choices = [Choice(t.say("Send"), f"anyway:{ticket.id}:{which}", "primary"), Choice(t.say("Change"), f"rewrite:{ticket.id}:{which}")]
    choices.append(Choice(t.say("Drop"), f"unsend:{ticket.id}:{which}"))
    if in_thread:
        await turn.tell_team(ticket, turn.desk.tier(ticket.tier), parts, choices, key=unsent.line_key(ticket.id, which))
        await turn.answer()
    else:
        await turn.answer(*parts, choices=choices)


async def filled_in(turn: Turn, ticket: Ticket, text: str) -> str:
    """With the values of this ticket. Raises MoveRefused for a variable that there is not: one that was there when it was written."""
    tier = turn.desk.tier(ticket.tier)
    values = {
        "requester": await turn.name_of(ticket.requester),
        "number": ticket.id,
        "agent": await turn.name_of(turn.person.id),
        "desk": turn.desk.name,
        "team": tier.name if tier else "",
    }
    try:
        return rendered(text, values)
    except UnknownVariable as unknown:
        raise MoveRefused("unknown_variable", name=unknown.name, known=_known()) from None


def _known() -> str:
    return ", ".join(f"{{{name}}}" for name in VARIABLES)


# -------------------------------------------------------------------------------------------------------- leads and admins
async def commanded(turn: Turn, what: Commanded) -> None:
    """`saved`: the list. `saved add <name> [<language>]: <text>`, `saved drop <name> [<language>]`: for leads and admins."""
    words = what.argument.strip()
    verb = words.split()[0].lower() if words else ""
    if verb == "add":
        permit(asker(turn), "saved-write")
        found = _TO_ADD.match(words)
        if found is None:
            raise MoveRefused("how_to_save")
        await add(turn, found[1].lower(), (found[2] or "").lower(), found[3])
    elif verb == "drop" and len(words.split()) > 1:
        permit(asker(turn), "saved-write")
        _, name, *more = words.lower().split()
        await drop(turn, name, more[0] if more else "")
    else:
        await show_list(turn)


async def add(turn: Turn, name: str, language: str, text: str) -> None:
    """Keep a text under a name, in its language; what was there in that language gives way. The right to it was checked."""
    text = text.strip()
    t = await turn.tongue_for(turn.person.id)
    if language and language not in turn.desk.languages:
        raise MoveRefused("not_spoken", language=language, languages=", ".join(turn.desk.languages))
    language = language or turn.knowledge.language_of(text, t.language)
    if not is_name(name):
        raise MoveRefused("bad_saved_name", name=name[:LONGEST_NAME])
    if not text or len(text) > LONGEST_TEXT:
        raise MoveRefused("bad_saved_text", count=str(LONGEST_TEXT))
    try:
        check(text)
    except UnknownVariable as unknown:
        raise MoveRefused("unknown_variable", name=unknown.name, known=_known()) from None
    kept = shelf(turn.desk.prefix)
    known = await kept.all(turn.tx)
    if name not in known and len(known) >= MOST:
        raise MoveRefused("too_many_saved", count=str(MOST))
    before = known.get(name, SavedReply())
    await kept.put(turn.tx, name, SavedReply({**before.texts, language: text}, turn.person.id, turn.now))
    said = t.say("Saved “{name}” in {language}.", name=name, language=LANGUAGE_NAMES.get(language, language))
    await turn.answer(Say(said), Words(text))


async def drop(turn: Turn, name: str, language: str = "") -> None:
    """Keep it no longer: in one language, or in all."""
    kept = shelf(turn.desk.prefix)
    before = await kept.get(turn.tx, name)
    if before is None or (language and language not in before.texts):
        raise MoveRefused("no_such_saved", name=name[:LONGEST_NAME])
    left = {code: text for code, text in before.texts.items() if language and code != language}
    if left:
        await kept.put(turn.tx, name, SavedReply(left, turn.person.id, turn.now))
    else:
        await kept.drop(turn.tx, name)
    await turn.answer(Say((await turn.tongue_for(turn.person.id)).say("Dropped “{name}”.", name=name)))


async def show_list(turn: Turn) -> None:
    """All of them, and how to write one."""
    t = await turn.tongue_for(turn.person.id)
    known = await shelf(turn.desk.prefix).all(turn.tx)
    how = Small(t.say("Leads and admins add one with: saved add <name> <language>: <text>. It may hold {known}.", known=_known()))
    if not known:
        await turn.answer(Say(t.say("There are no saved replies yet.")), how)
        return
    rows = tuple((f"{name} ({', '.join(sorted(one.texts))})", _line("", one.in_language((t.language,))[1]).removeprefix(" · ")) for name, one in known.items())
    await turn.answer(Title(t.say("Saved replies")), Facts(rows), how)


ACTS: dict[str, Act] = {"saved": Act(pick, pick_form)}
