"""What is asked of whoever logs a call, and the line in which all of it can be typed. Everything but the words has a default."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.domain.desks import Desk
from bot.domain.fields import as_number
from bot.domain.messages import Form, FormField
from bot.domain.tickets import Ticket
from bot.engine import filling
from bot.engine.contacts import telephone
from bot.engine.faq.knowledge import Knowledge
from bot.engine.forms import NO_ENTRY
from bot.engine.replies import LANGUAGE_NAMES
from bot.engine.tongue import Tongue
from kb.decision import Verdict
from kb.entries import Entry

VERB = "call"  # a call that nobody has heard of yet
ON_TICKET = "called"  # one about a ticket
USUAL_MINUTES, MOST_MINUTES = "5", "600"
BY_WORDS = "-"  # the language is that of the words; a choice cannot be empty
LISTED = 20  # entries to choose from in a form: Slack's menus hold 100, and nobody reads so many
LONGEST_NAME = 80
WHOLE = 9  # digits of which a number may be whole; with fewer, digits behind a blank are its, too

Outcome = Literal["ticket", "solved", "spoke", "no_answer", "voicemail"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form is made of. t: of whoever logs. given: what was filled in, or typed in the line; None: nothing yet."""

    desk: Desk
    knowledge: Knowledge
    t: Tongue
    given: Mapping[str, str] | None = None


# ---------------------------------------------------------------------------------------------------------------- forms
def form(asked: Asked, line: str = "") -> Form:
    """Of a call by somebody: a ticket is made of it. line: what was typed already."""
    t, typed = asked.t, read(line).values
    given = {**typed, **(asked.given or {})}
    team = asked.desk.first_tier.name
    outcomes = (("ticket", t.say("A ticket for {team}", team=team)), ("solved", t.say("Solved in the call")))
    where = t.say("With + and the country's code, or as it is dialled here. Empty: it was withheld.") if asked.desk.country else t.say(
        "With + and the country's code. Empty: it was withheld."
    )  # fmt: skip
    fields = (
        _words(t),
        FormField("number", t.say("Caller's number"), "line", required=False, hint=where, max_length=40),
        FormField("name", t.say("Caller's name"), "line", required=False, max_length=LONGEST_NAME),
        _minutes(t),
        FormField("outcome", t.say("What came of it?"), "choice", options=outcomes, initial="ticket"),
        *_solution(asked, given),
        _direction(t),
        *_language(asked),
    )
    begun = tuple(replace(one, initial=typed.get(one.name, one.initial)) for one in fields)
    return Form(VERB, t.say("Log a call"), t.say("Log it"), t.say("Cancel"), begun)


def ticket_form(asked: Asked, ticket: Ticket) -> Form:
    """Of a call about a ticket that there is."""
    t = asked.t
    outcomes = (
        ("spoke", t.say("We spoke")),
        ("solved", t.say("Solved in the call")),
        ("no_answer", t.say("Nobody answered")),
        ("voicemail", t.say("Left a message on voicemail")),
    )
    about = FormField("outcome", t.say("What came of it?"), "choice", options=outcomes, initial="spoke")
    fields = (_words(t), _minutes(t), about, *_solution(asked, asked.given or {}, ticket.question), _direction(t))
    return Form(f"{ON_TICKET}:{ticket.id}", t.say("Log a call · {number}", number=ticket.id), t.say("Log it"), t.say("Cancel"), fields)


def _words(t: Tongue) -> FormField:
    return FormField("words", t.say("What was it about?"), hint=t.say("The team reads it."))


def _minutes(t: Tongue) -> FormField:
    return FormField("minutes", t.say("Minutes"), "number", initial=USUAL_MINUTES, least="0", most=MOST_MINUTES)


def _direction(t: Tongue) -> FormField:
    ways = (("in", t.say("They called")), ("out", t.say("We called")))
    return FormField("direction", t.say("Who called?"), "choice", options=ways, initial="in", quiet=True)


def _language(asked: Asked) -> tuple[FormField, ...]:
    t, codes = asked.t, asked.desk.languages
    if len(codes) < 2:
        return ()
    options = ((BY_WORDS, t.say("That of the words")), *((code, LANGUAGE_NAMES.get(code, code)) for code in codes))
    return (FormField("language", t.say("Caller's language"), "choice", options=options, initial=BY_WORDS, quiet=True),)


def _solution(asked: Asked, given: Mapping[str, str], about: str = "") -> tuple[FormField, ...]:
    """Asked of what was solved. The entry is judged when it is used: a page offers more of them than a form does."""
    t, when = asked.t, ("outcome", "solved")
    entries = _entries(asked, given, about)
    options = ((NO_ENTRY, t.say("None of these")), *((entry.id, entry.text_for(t.language, asked.desk.languages).question) for entry in entries))
    entry = FormField("entry", t.say("FAQ entry that answers it"), "choice", required=False, options=options, initial=NO_ENTRY, when=when, quiet=True)
    how = FormField("solution", t.say("What solved it?"), "line", required=False, when=when, max_length=1000, quiet=True)
    return (entry, how) if entries else (how,)


def _entries(asked: Asked, given: Mapping[str, str], about: str) -> Sequence[Entry]:
    """The chosen one, the likeliest for what is known of the call, then those that helped most lately, then any. Raises Unread."""
    knowledge = asked.knowledge
    words = given.get("words", "") or about
    ids = [given.get("entry", "")]
    if words:
        ids += [match.entry_id for match in verdict(knowledge, words).matches]
    ids += [*knowledge.popular, *(entry.id for entry in knowledge.entries()[:LISTED])]
    found = {id_: entry for id_ in ids if (entry := knowledge.answering(id_)) is not None}
    return list(found.values())[:LISTED]


def verdict(knowledge: Knowledge, words: str, language: str = "") -> Verdict:
    """What the FAQ has for it, best first. language: "" for that of the words. Raises Unread."""
    return knowledge.ask(words, language or knowledge.language_of(words, None))


# ---------------------------------------------------------------------------------------------------------- in one line
_MINUTES = re.compile(r"(\d{1,3})(?:m|min|mins)", re.I | re.ASCII)
_DIGITS = re.compile(r"\(?\+?\(?[0-9][0-9().\-/]*", re.ASCII)
_TICKET = re.compile(r"#\d{1,11}|[A-Za-z][A-Za-z0-9]*-\d{1,11}|\d{1,5}", re.ASCII)
_SAID = {"in": ("direction", "in"), "out": ("direction", "out"), "solved": ("outcome", "solved")}


@dataclass(frozen=True, slots=True)
class Line:
    """A typed line: a ticket's number or a telephone's, and the form's values as far as they were typed."""

    ticket: str = ""
    values: dict[str, str] = field(default_factory=dict)


def read(line: str) -> Line:
    """ "+34600111222 5m the printer is out of paper", "IT-42 3m he has found it", "solved out 600 111 222 2m words".

    What begins the line and is a number, minutes, or `in`, `out` or `solved` before one of those; all that follows are the words.
    """
    tokens = line.split()
    ticket, number, values, pending, taken = "", [], {}, {}, 0  # type: str, list[str], dict[str, str], dict[str, str], int
    for n, token in enumerate(tokens):
        is_followed_by_digits = n + 1 < len(tokens) and bool(_DIGITS.fullmatch(tokens[n + 1]))
        if not ticket and not number and _TICKET.fullmatch(token) and not (token.isdigit() and is_followed_by_digits):
            ticket = token
        elif "minutes" not in values and (found := _MINUTES.fullmatch(token)):
            values["minutes"] = found[1]
        elif not ticket and _DIGITS.fullmatch(token) and (not number or (taken == n and _is_short(number))) and "minutes" not in values:
            number.append(token)
        elif token.casefold() in _SAID and n - taken < len(_SAID):
            name, value = _SAID[token.casefold()]
            pending[name] = value
            continue
        else:
            break
        values |= pending
        pending, taken = {}, n + 1
    if number:
        values["number"] = " ".join(number)
    words = line.split(None, taken)[taken:]
    if words:
        values["words"] = words[0].strip()
    return Line(ticket, values)


def opens(line: str, prefix: str) -> str:
    """The action whose form asks for what the line leaves out, where there are forms; "" when its words are there. prefix: of the desk's tickets."""
    typed = read(line)
    if typed.values.get("words"):
        return ""
    return f"{ON_TICKET}:{number_of(typed.ticket, prefix)}" if typed.ticket else f"{VERB}:{line}" if line else VERB


def number_of(ticket: str, prefix: str) -> str:
    """ "41", "#41" and "it-41" as IT-41."""
    return ticket.upper() if "-" in ticket else f"{prefix}-{int(ticket.lstrip('#'))}"


def _is_short(number: Sequence[str]) -> bool:
    """May more of its digits follow behind a blank?"""
    return sum(sign.isdigit() for sign in "".join(number)) < WHOLE


# --------------------------------------------------------------------------------------------------------------- judged
@dataclass(frozen=True, slots=True)
class Call:
    """A call as it was told. number: in E.164, "" withheld. language, entry: "" not said."""

    words: str
    minutes: int
    outcome: Outcome
    direction: Literal["in", "out"] = "in"
    number: str = ""
    name: str = ""
    language: str = ""
    entry: str = ""
    solution: str = ""


def asked_again(t: Tongue, desk: Desk, form: Form, values: Mapping[str, str]) -> Form | None:
    """The form with a problem at each field that does not hold, its number among them; None: all holds."""
    wrong = filling.asked_again(t, form, values)
    number = values.get("number", "").strip()
    if not number or telephone.kept(number, desk.country) is not None:
        return wrong
    problem = no_number(t, desk)
    base = wrong or replace(form, fields=tuple(replace(one, initial=values.get(one.name, one.initial)) for one in form.fields))
    fields = tuple(replace(one, problem=problem) if one.name == "number" else one for one in base.fields)
    return replace(base, fields=fields)


def no_number(t: Tongue, desk: Desk) -> str:
    """Said of what is no telephone number."""
    example = "+34 600 111 222"
    return t.say("This is no telephone number that can be called; please write it with + and the country's code, such as {number}.", number=example)


def call_of(values: Mapping[str, str], desk: Desk, outcome: Outcome) -> Call:
    """Of values that hold. outcome: when none was told, or one that is not offered."""
    offered: tuple[Outcome, ...] = ("ticket", "solved") if outcome == "ticket" else ("spoke", "solved", "no_answer", "voicemail")
    told = next((one for one in offered if one == values.get("outcome")), outcome)
    is_solved = told == "solved"
    entry = values.get("entry", "")
    language = values.get("language", "")
    return Call(
        words=values.get("words", "").strip(),
        minutes=min(int(as_number(values.get("minutes") or USUAL_MINUTES) or 0), int(MOST_MINUTES)),
        outcome=told,
        direction="out" if values.get("direction") == "out" else "in",
        number=telephone.kept(values.get("number", "").strip(), desk.country) or "",
        name=" ".join(values.get("name", "").split())[:LONGEST_NAME],
        language=language if language in desk.languages else "",
        entry=entry if is_solved and entry != NO_ENTRY else "",
        solution=values.get("solution", "").strip() if is_solved else "",
    )
