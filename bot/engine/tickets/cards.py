"""The ticket's card in a team's place: one message, edited in place; its thread is where the work is done."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.desks import Desk, Tier
from bot.domain.ids import channel_name, channel_of
from bot.domain.messages import Choice, Mark, Outbound, Part, Small, Title, Words
from bot.domain.messages import Facts as FactRows
from bot.domain.service_levels import standing
from bot.domain.tickets import Ticket, TicketMessage
from bot.engine import replies
from bot.engine.contacts import telephone
from bot.engine.departments import moves
from bot.engine.faq import inside
from bot.engine.faq.reasoning import because
from bot.engine.incidents import incident_notes
from bot.engine.kept import Noted
from bot.engine.people import delivery_truth, listed
from bot.engine.practices import problem_notes
from bot.engine.requests import invitation
from bot.engine.service import promises
from bot.engine.tickets import computers_shown, kinship, particulars, toolbar, unsent
from bot.engine.tongue import Tongue
from bot.engine.turn import Turn

QUESTION_SHOWN = 1200  # characters of the question on the card; the rest is in its thread
REASONS, BECAUSE = 2, 300  # how many reasons why the best entry was thought of, and how many characters of them
TO_SOMEBODY = frozenset({"reply", "hold", "saved", "later", "keep", "called"})  # what has no sense where nobody asked
TITLE_LENGTH = 100  # characters of a thread's title; Telegram allows 128 with number and name


async def show(turn: Turn, ticket: Ticket, *, back: bool = False) -> None:
    """Show the card as it is now in the places of its tier; a new one brings the talk so far into its thread.

    back: it may have been here before; then what was said elsewhere in the meantime is brought along.
    """
    tier = turn.desk.tier(ticket.tier)
    if tier is None:
        return
    if await turn.show_card(ticket, tier, await build(turn, ticket, tier)):
        await _bring_along(turn, ticket, tier)
    elif back:
        left = f"left:{ticket.id}:{tier.level}"
        await _bring_along(turn, ticket, tier, after=int((await turn.tx.noted(left)).get(left, "0")))


async def leave(turn: Turn, ticket: Ticket, level: int) -> None:
    """The ticket went to another tier: the card it left says so and has no buttons. How far the talk is known there is noted."""
    tier = turn.desk.tier(level)
    if tier is not None and tier.places:
        await turn.show_card(ticket, tier, await build(turn, ticket, tier))
        talk = await turn.tx.talk(ticket.id, internal=True)
        await turn.tx.note(f"left:{ticket.id}:{level}", str(talk[-1].id if talk else 0))


async def redraw(turn: Turn, ticket: Ticket) -> None:
    """Every card of the ticket as it is now: one of them had to be sent again."""
    for tier in turn.desk.tiers:
        if [place for place in tier.places if await turn.tx.parcel(turn.card_key(ticket.id, place)) is not None]:
            await turn.show_card(ticket, tier, await build(turn, ticket, tier))


async def build(turn: Turn, ticket: Ticket, tier: Tier) -> Outbound:
    """The card of a ticket as that tier sees it."""
    t = turn.team_tongue
    here = ticket.tier == tier.level
    asked_by = await turn.name_of(ticket.requester)
    shown = ticket.question[:QUESTION_SHOWN] + ("…" if len(ticket.question) > QUESTION_SHOWN else "")
    parts: list[Part] = [Title(await _headline(turn, t, ticket, here), _mark(turn, ticket) if here else ""), Words(shown)]
    parts.append(FactRows(await _facts(turn, t, ticket, asked_by, here)))
    if ticket.solution and not ticket.is_open:
        parts.append(Words(ticket.solution, t.say("Solution")))
    if ticket.comment and here:
        parts.append(Words(ticket.comment, t.say("Comment of the requester")))
    if here and ticket.status != "closed":
        parts.append(Small(_where_words_go(turn, t, ticket)))
    choices = await all_buttons(turn.tx, turn.desk, t, ticket) if here else ()
    title = f"{ticket.id} · {asked_by} · {' '.join(ticket.question.split())}"[:TITLE_LENGTH]
    return Outbound(tuple(parts), tuple(choices), card=title, more=t.say("More…"))


def _where_words_go(turn: Turn, t: Tongue, ticket: Ticket) -> str:
    if ticket.is_inside:
        return t.say("Words in this thread stay in the team: nobody outside reads of this ticket.")
    if not turn.reaches(ticket.conversation):
        return t.say("They rang, and nothing can be written to them: words in this thread stay in the team.")
    if turn.desk.thread_default == "reply":
        return t.say("Words in this thread go to the requester.")
    return t.say("Words in this thread stay in the team; Reply sends them.")


async def _headline(turn: Turn, t: Tongue, ticket: Ticket, here: bool) -> str:
    """What one reads without opening it: the number, how it stands, who has it, and whether a promise is in danger."""
    tier = turn.desk.tier(ticket.tier)
    if ticket.is_open and not here and tier:
        return t.say(replies.REFUSALS["elsewhere"], number=ticket.id, team=tier.name)
    told = [str(ticket.id), t.say(replies.STATUS[ticket.status])]
    if ticket.is_open:
        told.append(await turn.name_of(ticket.assignee) if ticket.assignee else t.say("nobody yet"))
    stands = standing(ticket, turn.now)
    told += [t.say("overdue")] if stands == "breached" else [t.say("at risk")] if stands == "at_risk" else []
    return " · ".join(told)


def _mark(turn: Turn, ticket: Ticket) -> Mark:
    return "warning" if standing(ticket, turn.now) == "breached" else replies.mark_of(ticket)


async def _facts(turn: Turn, t: Tongue, ticket: Ticket, asked_by: str, here: bool) -> tuple[tuple[str, str], ...]:
    """Label and value, what is needed first on top. A team that has it no more is spared what matters only to whoever works on it."""
    language = replies.LANGUAGE_NAMES.get(ticket.language, ticket.language)
    from_where = f"{asked_by} ({channel_name(channel_of(ticket.requester))}, {language})"
    rows = [(t.say("Made by"), asked_by) if ticket.is_inside else (t.say("Requester"), from_where)]
    if channel_of(ticket.requester) == telephone.CHANNEL:
        rows.append((t.say("Call back"), replies.call_back(t, ticket)))
    rows += await listed.rows(turn, t, ticket)
    rows += problem_notes.kind_rows(turn.desk, t, ticket)
    rows += await incident_notes.rows(turn.tx, t, ticket)
    rows += await problem_notes.rows(turn.tx, t, ticket)
    rows += _elsewhere(turn.desk, ticket)
    if not ticket.is_open and ticket.assignee:
        rows.append((t.say("With"), await turn.name_of(ticket.assignee)))
    rows.append((t.say("Opened"), t.when(ticket.opened_at, turn.desk.timezone)))
    rows += promises.rows(t, ticket, turn.desk.timezone, turn.now) if here else []
    rows += await delivery_truth.rows(turn, t, ticket) if here else []
    rows += invitation.told(t, ticket)
    if ticket.follows:
        rows.append((t.say("Follows"), ticket.follows))
    rows += [*_offered(t, ticket), *inside.rows(t, ticket)] if here else []
    rows += await particulars.rows(turn, t, ticket, here) if turn.desk.fields else []
    rows += await computers_shown.card_rows(turn, t, ticket) if here else []
    rows += await toolbar.rows(turn, t, ticket)
    rows += await moves.rows(turn.tx, turn.desk, t, ticket)
    rows += await unsent.rows(turn, t, ticket) if here else []
    return tuple(rows)


def _elsewhere(desk: Desk, ticket: Ticket) -> list[tuple[str, str]]:
    """What the tool calls it that it is mirrored to, and where."""
    return [(desk.mirror.name if desk.mirror else "Mirror", f"{ticket.external} {ticket.external_url}".strip())] if ticket.external else []


def _offered(t: Tongue, ticket: Ticket) -> list[tuple[str, str]]:
    """What the FAQ was tried with, and why the best of what the requester saw was thought of; the agents' page has every reason."""
    tried = [_tried(t, o.question, o.score, o.outcome, o.reason) for o in ticket.offers if not o.internal]
    rows = [(t.say("FAQ tried"), "\n".join(tried))] if tried else []
    seen = [offer for offer in ticket.offers if offer.outcome != "unlike"]
    told = because(t, max(seen, key=lambda offer: offer.score))[:REASONS] if seen else []
    return [*rows, (t.say("Because"), " · ".join(told)[:BECAUSE])] if told else rows


def _tried(t: Tongue, question: str, score: float, outcome: str, reason: str) -> str:
    words = {
        ("refused", "wrong_topic"): t.say("refused: wrong topic"),
        ("refused", "not_solved"): t.say("refused: right topic, did not help"),
        ("unlike", ""): t.say("not shown: too unlike"),
        ("refused", ""): t.say("refused"),
        ("solved", ""): t.say("solved it"),
    }
    return f"{question[:80]} ({score:.0f}/100, {words.get((outcome, reason), t.say('no reaction'))})"


async def all_buttons(notes: Noted, desk: Desk, t: Tongue, ticket: Ticket) -> Sequence[Choice]:
    """The same with what depends on more than the ticket: incidents that go on."""
    found = (*buttons(desk, t, ticket), *inside.choices(ticket), *await incident_notes.choices(notes, t, ticket))
    found = (*found, *await problem_notes.choices(notes, t, ticket))
    return tuple(choice for choice in found if choice.action.partition(":")[0] not in TO_SOMEBODY) if ticket.is_inside else found


def buttons(desk: Desk, t: Tongue, ticket: Ticket) -> Sequence[Choice]:
    """What can be done with it now, by whoever is an agent of its tier."""
    n = ticket.id
    if ticket.status == "closed" or ticket.parent_as == "moving":
        return ()
    if ticket.status == "resolved":
        linking = () if ticket.entry else (Choice(t.say("Make it an entry"), f"draft:{n}"), Choice(t.say("Link to an entry"), f"link:{n}"))
        writing = (Choice(t.say("Reply"), f"reply:{n}"), Choice(t.say("Note"), f"note:{n}"))
        rarer = (*toolbar.choices(t, ticket), *particulars.choices(desk, t, ticket), *computers_shown.choices(desk, t, ticket))
        return (Choice(t.say("Reopen"), f"reopen:{n}"), *writing, *linking, Choice(t.say("Close"), f"close:{n}"), *rarer)
    choices = [] if ticket.assignee else [Choice(t.say("Take it"), f"take:{n}", "primary")]
    choices += [Choice(t.say("Reply"), f"reply:{n}"), Choice(t.say("Note"), f"note:{n}")]
    choices.append(Choice(t.say("Resolve"), f"resolve:{n}", "primary" if ticket.assignee else ""))
    if desk.above(ticket.tier):
        choices.append(Choice(t.say("Escalate"), f"escalate:{n}"))
    if desk.below(ticket.tier):
        choices.append(Choice(t.say("Send back"), f"back:{n}"))
    choices.append(Choice(t.say("Go on"), f"resume:{n}") if ticket.status == "pending" else Choice(t.say("Wait for requester"), f"hold:{n}"))
    if ticket.assignee:
        choices.append(Choice(t.say("Release"), f"release:{n}"))
    tier = desk.tier(ticket.tier)
    if tier and tier.silent_within and ticket.assignee and ticket.waits_since:
        choices.append(Choice(t.say("I am on it"), f"keep:{n}", more=True))
    choices += [Choice(t.say("Saved reply"), f"saved:{n}", more=True), Choice(t.say("Reply later"), f"later:{n}", more=True)]
    rarer = (*toolbar.choices(t, ticket), *particulars.choices(desk, t, ticket), *computers_shown.choices(desk, t, ticket))
    return [*choices, *rarer, *moves.choices(desk, t, ticket)]


async def _bring_along(turn: Turn, ticket: Ticket, tier: Tier, after: int = 0) -> None:
    """What was said so far, into the thread of the card: nobody types anything twice. after: a message's id; those up to it are known there."""
    talk = [m for m in await kinship.whole_talk(turn.tx, ticket) if m.id > after and m.delivery != "taken_back"]
    on_card = set(ticket.question.split("\n")) | {ticket.question} if len(ticket.question) <= QUESTION_SHOWN else set()
    worth = [m for m in talk if m.text and not m.deleted and m.kind != "bot" and not (m.direction == "in" and m.text in on_card)]
    files = [a for m in talk for a in m.attachments if not m.deleted]
    if not worth and not files:
        return
    t = turn.team_tongue
    parts: list[Part] = [Small(t.say("So far:"))]
    parts += [Words(m.text, await label(turn, t, m)) for m in worth]
    await turn.tell_team(ticket, tier, parts, attachments=files)


async def label(turn: Turn, t: Tongue, message: TicketMessage) -> str:
    """Who wrote it, and whether it reached the requester."""
    name = await turn.name_of(message.author)
    if message.kind == "note":
        return t.say("{name} (note)", name=name)
    if message.kind == "reply":
        return t.say("{name} (reply)", name=name)
    if message.kind == "call":
        return t.say("{name} (call)", name=name)
    return name
