"""A form where there are no forms (Telegram): one question after the other, with buttons to choose, to go back and to stop.

What was answered so far is kept, a note a person: it outlives a restart, and a form that is begun again goes on where it was left.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.domain.fields import asked, fault, tidy
from bot.domain.ids import PlaceId, channel_of
from bot.domain.messages import Attachment, Choice, Form, FormField, Outbound, Part, Pressed, Said, Say, Small, Submitted, Words
from bot.engine import filling
from bot.engine.kept import Kept
from bot.engine.tongue import Tongue
from bot.engine.turn import Turn
from bot.errors import MoveRefused
from bot.ports import Edits

VERB = "fill"
PLAIN_WORDS = timedelta(minutes=30)  # for so long the next words in the same place answer the question; a reply to it always does
REMEMBERED = timedelta(days=7)  # answers of a form that was left: begun again within this time they stand
TICKED, UNTICKED = "☑", "☐"
TYPED = frozenset({"line", "text", "date", "number", "person", "asset"})  # kinds that are answered in words
KEEP, SKIP, DONE, BACK, CANCEL = "k", "s", "d", "b", "x"


@dataclass(frozen=True, slots=True)
class Filling:
    """A form that somebody fills in. values: answered so far, `answered` in that order. at: the field that is asked now. prompt: its message's key,
    "" where that cannot be changed any more. thread: the key of the card in whose thread it is asked. sign: tells this round of questions from others.
    """

    form: Form
    place: str
    conversation: str
    thread: str
    ticket: str
    sign: str
    asked_at: datetime
    values: dict[str, str] = field(default_factory=dict)
    answered: tuple[str, ...] = ()
    files: tuple[Attachment, ...] = ()
    at: str = ""
    prompt: str = ""

    @property
    def now(self) -> FormField:
        """The field that is asked now. Raises MoveRefused when there is none of that name."""
        found = next((one for one in self.form.fields if one.name == self.at), None)
        if found is None:
            raise MoveRefused("no_longer")
        return found

    def given(self) -> dict[str, str]:
        """Every field's value: what was answered, else what it begins with."""
        return {one.name: self.values.get(one.name, one.initial) for one in self.form.fields}

    def open_fields(self) -> list[FormField]:
        """The fields that are asked, as far as the answers so far tell."""
        return [one for one in asked(self.form.fields, self.given()) if not one.quiet]

    def answer(self, value: str, files: tuple[Attachment, ...] = ()) -> Filling:
        """With the current question answered."""
        values, answered = {**self.values, self.at: value}, (*(name for name in self.answered if name != self.at), self.at)
        return replace(self, values=values, answered=answered, files=(*self.files, *files), prompt="")


FILLINGS = Kept("filling", Filling)


# --------------------------------------------------------------------------------------------------------------- asking
async def begin(turn: Turn, form: Form, place: str, ticket: str = "", *, conversation: str = "") -> None:
    """Ask the first question. What this person answered in the same form not long ago, and still fits, is not asked again; the last answer is.

    conversation: where it is asked, when not where this happens.
    """
    before = await FILLINGS.get(turn.tx, turn.person.id)
    fresh = _fresh(turn, form, place, ticket, conversation)
    if before is not None and before.form.action == form.action and turn.now - before.asked_at <= REMEMBERED:
        fresh = _with_what_fits(fresh, before.values, before.answered[:-1], before.files)
    await _next(turn, fresh, form.about)


async def begin_again(turn: Turn, form: Form, given: Submitted, ticket: str = "") -> None:
    """The form is not as it was when it was filled in: what still fits is kept, the rest is asked. form: as filling.asked_again gives it."""
    clean = replace(form, fields=tuple(replace(one, problem="") for one in form.fields))
    wrong = {one.name for one in form.fields if one.problem}
    right = {name: value for name, value in given.values.items() if name not in wrong}
    fresh = _with_what_fits(_fresh(turn, clean, given.place, ticket), right, tuple(right), given.attachments)
    await _next(turn, fresh, form.about)


def _fresh(turn: Turn, form: Form, place: str, ticket: str, conversation: str = "") -> Filling:
    is_team = turn.desk.tier_at(PlaceId(place)) is not None
    thread = turn.card_key(ticket, PlaceId(place)) if ticket and is_team else ""
    asked_in = conversation or str(turn.event.conversation)
    where = place if is_team else asked_in
    sign = hashlib.sha256(turn.event.key.encode()).hexdigest()[:8]  # the same when the turn is tried again
    return Filling(replace(form, about=()), where, asked_in, thread, ticket, sign, turn.now)


def _with_what_fits(fresh: Filling, values: Mapping[str, str], answered: tuple[str, ...], files: tuple[Attachment, ...]) -> Filling:
    known = {one.name: one for one in fresh.form.fields}
    fits = {name: value for name, value in values.items() if name in known and fault(known[name], tidy(known[name], value), len(files)) is None}
    return replace(fresh, values=fits, answered=tuple(name for name in answered if name in fits), files=files)


async def _next(turn: Turn, now: Filling, about: tuple[Part, ...] = ()) -> Submitted | None:
    """Ask the first question that is not answered; when all are: the whole form, and nothing is kept of it here."""
    waiting = next((one for one in now.open_fields() if one.name not in now.answered), None)
    if waiting is not None:
        await _ask(turn, replace(now, at=waiting.name), about)
        return None
    await FILLINGS.drop(turn.tx, turn.person.id)
    return Submitted(now.form.action, now.given(), PlaceId(now.place), getattr(turn.event.what, "answer_to", ""), now.files)


async def keep(turn: Turn, given: Submitted) -> None:
    """A form that was refused in the end: begun again, what was answered stands."""
    fields = tuple(FormField(name, name) for name in given.values)
    kept = Filling(Form(given.action, "", "", "", fields), given.place, "", "", "", "", turn.now, dict(given.values), tuple(given.values), given.attachments)
    await FILLINGS.put(turn.tx, turn.person.id, kept)


async def _ask(turn: Turn, now: Filling, about: tuple[Part, ...] = (), problem: str = "") -> None:
    body = await _question(turn, now, about, problem)
    key = await turn.ask_words(now.place, now.thread, body, now.ticket, f"{VERB}:{now.sign}")
    await FILLINGS.put(turn.tx, turn.person.id, replace(now, asked_at=turn.now, prompt="" if body.ask else key))
    await turn.answer()


async def _question(turn: Turn, now: Filling, about: tuple[Part, ...] = (), problem: str = "") -> Outbound:
    """The message that asks. In a team's place the first question for words opens the reply by itself: there is nothing to go back to yet."""
    t, one = await turn.tongue_for(turn.person.id), now.now
    label = one.label
    if now.thread:
        label = t.say("{name}: {question} ({number})", name=await turn.name_of(turn.person.id), question=one.label, number=now.ticket)
    steps = now.open_fields()
    place = Small(t.say("Question {n} of {total}", n=[f.name for f in steps].index(one.name) + 1, total=len(steps)))
    shown = now.values.get(one.name, one.initial)
    present: list[Part] = [Words(filling.named(one, shown))] if shown and not is_chosen(one) else []
    reply = t.say("Write your answer as a reply to this message.") if now.thread and one.kind in TYPED else ""
    hints = [Small(hint) for hint in (one.hint, filling.how(t, one), reply) if hint]
    parts = (*about, *([Say(problem)] if problem else []), Say(label), *present, *hints, *([place] if len(steps) > 1 else []))
    opens_reply = bool(now.thread) and not now.answered and not problem and one.kind in ("line", "text") and not shown and one.required
    if opens_reply:
        return Outbound(parts, ask=one.label, only_for=turn.person.id)
    return Outbound(parts, tuple(_choices(t, now)), awaits=True)


def is_chosen(one: FormField) -> bool:
    """Are there options to press? Of computers some words are an answer, too."""
    return one.kind in ("choice", "choices") or (one.kind == "asset" and bool(one.options))


def _choices(t: Tongue, now: Filling) -> list[Choice]:
    """What can be pressed under a question."""
    one = now.now
    act = f"{VERB}:{now.sign}:{[f.name for f in now.form.fields].index(one.name)}"
    shown = now.values.get(one.name, one.initial)
    made: list[Choice] = []
    if is_chosen(one) and one.kind != "choices":
        made = [Choice(label, f"{act}:{index}", "primary" if value == shown else "") for index, (value, label) in enumerate(one.options)]
    elif one.kind == "choices":
        ticked = shown.split("\n")
        made = [Choice(f"{TICKED if value in ticked else UNTICKED} {label}", f"{act}:{index}") for index, (value, label) in enumerate(one.options)]
        made.append(Choice(t.say("Done"), f"{act}:{DONE}", "primary"))
    if shown and not is_chosen(one):
        made.append(Choice(t.say("Keep it"), f"{act}:{KEEP}"))
    if one.kind == "file" and now.files:
        made.append(Choice(t.say("Done"), f"{act}:{DONE}", "primary"))
    elif not one.required and one.kind != "choices":
        made.append(Choice(t.say("Leave it empty") if shown else t.say("Skip"), f"{act}:{SKIP}"))
    if now.answered:
        made.append(Choice(t.say("Back"), f"{act}:{BACK}"))
    return [*made, Choice(t.say("Cancel"), f"{act}:{CANCEL}")]


# -------------------------------------------------------------------------------------------------------------- answers
async def pressed(turn: Turn, what: Pressed) -> Submitted | None:
    """A button under a question. Gives the form when that was the last. Raises MoveRefused for another's question, and for one that is over."""
    sign, _, rest = what.action.partition(":")[2].partition(":")
    index, _, code = rest.partition(":")
    now = await FILLINGS.get(turn.tx, turn.person.id)
    if now is None or now.sign != sign or index != str([f.name for f in now.form.fields].index(now.at)):
        raise MoveRefused("no_longer")
    one = now.now
    if code == CANCEL:
        await _cancel(turn, now)
        return None
    if code == BACK and now.answered:
        await _show_answer(turn, now, "")
        before, left = now.answered[-1], now.answered[:-1]
        await _ask(turn, replace(now, at=before, answered=left, files=() if _is_file(now, before) else now.files))
        return None
    if code.isdecimal() and int(code) < len(one.options):
        value = one.options[int(code)][0]
        if one.kind != "choices":
            return await _take(turn, now, value)
        await _toggle(turn, now, value)
        return None
    if code == SKIP and not one.required:
        return await _take(turn, now, "")
    if code in (KEEP, DONE):
        return await _take(turn, now, now.values.get(one.name, one.initial))
    raise MoveRefused("no_longer")


def _is_file(now: Filling, name: str) -> bool:
    return any(one.name == name and one.kind == "file" for one in now.form.fields)


async def _cancel(turn: Turn, now: Filling) -> None:
    t = await turn.tongue_for(turn.person.id)
    await FILLINGS.drop(turn.tx, turn.person.id)
    if now.prompt:
        stopped = Outbound((Small(t.say("Stopped. Nothing was sent.")),))
        if _can_change(turn, now):
            await turn.change(now.prompt, now.place, stopped, now.ticket, _lane(now))
        else:
            await turn.answer(*stopped.parts)
    await turn.answer()


async def _toggle(turn: Turn, now: Filling, value: str) -> None:
    """One of several is ticked, or no longer."""
    ticked = [line for line in now.values.get(now.at, now.now.initial).split("\n") if line]
    chosen = [line for line in ticked if line != value] if value in ticked else [*ticked, value]
    in_order = [option for option, _ in now.now.options if option in chosen]
    then = replace(now, values={**now.values, now.at: "\n".join(in_order)}, asked_at=turn.now)
    if not _can_change(turn, now):
        await _ask(turn, then)
        return
    await FILLINGS.put(turn.tx, turn.person.id, then)
    await turn.change(now.prompt, now.place, await _question(turn, then), now.ticket, _lane(now))
    await turn.answer()


def _can_change(turn: Turn, now: Filling) -> bool:
    """Can what stands there be changed in place? Elsewhere it is said anew."""
    return isinstance(turn.crew.channels.get(channel_of(now.place)), Edits)


async def said(turn: Turn, what: Said) -> bool:
    """Are these words, written where the question stands and soon after it, its answer?"""
    channel = turn.crew.channels.get(turn.event.channel)
    if what.reply_to is not None or (channel is not None and channel.can.forms):
        return False
    now = await FILLINGS.get(turn.tx, turn.person.id)
    return now is not None and bool(now.prompt) and now.conversation == turn.event.conversation and turn.now - now.asked_at <= PLAIN_WORDS


async def words_given(turn: Turn, words: str, attachments: tuple[Attachment, ...] = (), sign: str = "") -> Submitted | None:
    """An answer in words or files. sign: of the question that was replied to. Raises MoveRefused when it is over."""
    now = await FILLINGS.get(turn.tx, turn.person.id)
    if now is None or (sign and now.sign != sign):
        raise MoveRefused("no_longer")
    one = now.now
    if words.strip() == "/cancel":
        await _cancel(turn, now)
        return None
    if one.kind == "file":
        return await _take_files(turn, now, attachments)
    if words.strip() == "-" and (not one.required or one.initial):
        return await _take(turn, now, one.initial)
    return await _take(turn, now, _chosen(one, words) if one.options else words, () if one.kind == "date" else attachments, typed=True)


def _chosen(one: FormField, words: str) -> str:
    """The values whose labels were typed, instead of pressed."""
    by_label = {label.casefold(): value for value, label in one.options} | {value.casefold(): value for value, _ in one.options}
    typed = words.split("\n") if one.kind == "choices" and "\n" in words else words.split(",") if one.kind == "choices" else [words]
    return "\n".join(by_label.get(line.strip().casefold(), line.strip()) for line in typed)


async def _take(turn: Turn, now: Filling, value: str, files: tuple[Attachment, ...] = (), *, typed: bool = False) -> Submitted | None:
    """The answer, if it holds; else the question again, with what is wrong. typed: it stands in the chat, and is not repeated."""
    one = now.now
    value = tidy(one, value)
    wrong = None if files and not value else fault(one, value, len(now.files) + len(files))
    if wrong is not None:
        t = await turn.tongue_for(turn.person.id)
        await _show_answer(turn, now, "")
        await _ask(turn, now, problem=filling.problem(t, wrong))
        return None
    await _show_answer(turn, now, "" if typed else filling.named(one, value) or "–")
    return await _next(turn, now.answer(value, files))


async def _take_files(turn: Turn, now: Filling, files: tuple[Attachment, ...]) -> Submitted | None:
    if not files:
        t = await turn.tongue_for(turn.person.id)
        await _ask(turn, now, problem=t.say("A file is needed.") if now.now.required else filling.how(t, now.now))
        return None
    await _show_answer(turn, now, ", ".join(file.name for file in files))
    return await _next(turn, now.answer("", files))


async def _show_answer(turn: Turn, now: Filling, answer: str) -> None:
    """The question as it was answered; its buttons are over. What opened a reply by itself cannot be changed."""
    if now.prompt:
        parts: list[Part] = [Say(now.now.label), *([Words(answer)] if answer else [])]
        await turn.change(now.prompt, now.place, Outbound(tuple(parts)), now.ticket, _lane(now))


def _lane(now: Filling) -> str:
    return f"{now.place}#{now.ticket}" if now.ticket else now.place
