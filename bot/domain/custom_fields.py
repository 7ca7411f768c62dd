"""The facts that a department wants to know of a ticket, and the forms in which requesters give them: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.domain.fields import is_asked
from bot.domain.messages import FieldKind, FormField

if TYPE_CHECKING:
    from bot.domain.desks import Desk
    from bot.domain.tickets import Ticket

Wording = tuple[tuple[str, str], ...]
"""The same words by language, the desk's own first; a single pair whose language is "" is said in all of them."""

LONGEST = {"line": 300, "text": 3000}  # characters of one value; an input of Slack's takes 3,000
KINDS: Mapping[str, FieldKind] = {
    "text": "line", "paragraph": "text", "choice": "choice", "multi-choice": "choices", "date": "date", "number": "number", "person": "person",
    "file": "file", "asset": "asset",
}  # fmt: skip
"""Kinds of fields as firstline.toml names them."""


@dataclass(frozen=True, slots=True)
class CustomField:
    """One fact. options: value and words of each. show: (name, value), asked only where that other field has it. kinds: of tickets, () all.

    required: a form is not sent without it; agents may leave it open.
    """

    name: str
    label: Wording
    kind: FieldKind = "line"
    options: tuple[tuple[str, Wording], ...] = ()
    required: bool = False
    hint: Wording = ()
    pattern: str = ""
    least: str = ""
    most: str = ""
    show: tuple[str, str] | tuple[()] = ()
    kinds: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()

    def asks(self, language: str, value: str = "", *, required: bool | None = None) -> FormField:
        """It as a question. value: what is known. required: as the field says when None."""
        return FormField(
            self.name,
            said(self.label, language),
            self.kind,
            self.required if required is None else required,
            value,
            said(self.hint, language),
            tuple((option, said(words, language)) for option, words in self.options),
            LONGEST.get(self.kind, LONGEST["line"]),
            self.show,
            self.pattern,
            self.least,
            self.most,
            self.suggestions,
        )

    def reads(self, language: str, value: str) -> str:
        """A value as people read it: the words of what was chosen."""
        words = dict(self.options)
        return ", ".join(said(words[line], language) if line in words else line for line in value.split("\n") if line)


@dataclass(frozen=True, slots=True)
class RequestForm:
    """What requesters are offered: tickets of this kind. question: what is asked in their own words. fields: names, in order. faq: tier 1 tries first."""

    kind: str
    label: Wording
    question: Wording = ()
    fields: tuple[str, ...] = ()
    faq: bool = True


def said(wording: Wording, language: str) -> str:
    """In that language; else as the desk says it first."""
    words = dict(wording)
    return words.get(language) or next(iter(words.values()), "")


def field_named(desk: Desk, name: str) -> CustomField | None:
    """The field, or None."""
    return next((field for field in desk.fields if field.name == name), None)


def form_of(desk: Desk, kind: str) -> RequestForm | None:
    """The form for tickets of that kind, or None."""
    return next((form for form in desk.forms if form.kind == kind), None)


def fields_for(desk: Desk, ticket: Ticket) -> list[CustomField]:
    """The fields that a ticket may have: those of its kind."""
    return [field for field in desk.fields if not field.kinds or ticket.kind in field.kinds]


def fields_in(desk: Desk, form: RequestForm) -> list[CustomField]:
    """The fields of a form, in its order."""
    return [field for name in form.fields if (field := field_named(desk, name)) is not None]


def questions(fields: Sequence[CustomField], language: str, known: Mapping[str, str], *, required: bool | None = None) -> tuple[FormField, ...]:
    """The fields as the questions of one form, with what is known in them. Where the field that decides on another is not in the form, what is known
    of it decides. required: as CustomField.asks.
    """
    here = {field.name for field in fields}
    found = []
    for field in fields:
        question = field.asks(language, known.get(field.name, ""), required=required)
        if question.when and question.when[0] not in here:
            if not is_asked(question, known):
                continue
            question = replace(question, when=())
        found.append(question)
    return tuple(found)


def contract(desk: Desk, ticket: Ticket, level: int) -> list[CustomField]:
    """What that tier wants to know and nobody has filled in, whether its condition holds yet or not."""
    tier, known = desk.tier(level), dict(ticket.fields)
    return [field for field in fields_for(desk, ticket) if tier and field.name in tier.requires and not known.get(field.name, "").strip()]


def required_at(desk: Desk, ticket: Ticket, level: int) -> list[CustomField]:
    """What that tier requires to be known of this ticket: fields of its kind whose condition holds."""
    tier = desk.tier(level)
    standing = dict(ticket.fields)
    wanted = [field for field in fields_for(desk, ticket) if tier and field.name in tier.requires]
    return [field for field in wanted if is_asked(field.asks(""), standing)]


def missing_at(desk: Desk, ticket: Ticket, level: int) -> list[CustomField]:
    """What that tier requires and nobody has filled in."""
    known = dict(ticket.fields)
    return [field for field in required_at(desk, ticket, level) if not known.get(field.name, "").strip()]


def put_in(desk: Desk, ticket: Ticket, values: Mapping[str, str]) -> tuple[Ticket, tuple[str, ...]]:
    """The ticket with these values, in the desk's order, and the names of those that changed. An empty value takes one away; unknown names are left out."""
    before = dict(ticket.fields)
    known = {field.name for field in desk.fields}
    after = {**before, **{name: value.strip() for name, value in values.items() if name in known}}
    changed = tuple(name for name in after if after[name] != before.get(name, ""))
    order = [field.name for field in desk.fields] + [name for name in before if name not in known]
    return replace(ticket, fields=tuple((name, after[name]) for name in order if after.get(name))), changed


def names(fields: Sequence[CustomField], language: str) -> str:
    """Their labels, in a line."""
    return ", ".join(said(field.label, language) for field in fields)
