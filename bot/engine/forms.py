"""What a press needs in words, as forms: channels with dialogs open them, the others ask by message."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.learning import Proposal
from bot.domain.messages import Form, FormField, Words
from bot.domain.tickets import Ticket
from bot.engine.tongue import Tongue
from kb.entries import Entry
from kb.phrasing import MAX_PHRASING

NO_ENTRY = "-"  # a choice cannot be empty on Slack, nor taken back
NEEDS_WORDS = frozenset({"reply", "note", "escalate", "back", "resolve"})


def words_form(
    t: Tongue, verb: str, number: str, entries: Sequence[Entry] = (), facts: Sequence[FormField] = (), *, unwritten: bool = False, told: bool = False
) -> Form:
    """The form of an agent's move. verb: one of NEEDS_WORDS. entries: those that may have solved it, to choose from. facts: what else is asked.

    unwritten: a reply reaches nobody. told: the solution goes to everybody whose incident the problem caused.
    """
    title, label, hint, submit = {
        "reply": (t.say("Reply"), t.say("What shall the requester read?"), t.say("This goes to the requester."), t.say("Send")),
        "note": (t.say("Note"), t.say("What should the team know?"), t.say("This stays in the team."), t.say("Save")),
        "escalate": (
            t.say("Escalate"),
            t.say("What was tried, and what is needed?"),
            t.say("The next team reads it; the requester does not."),
            t.say("Escalate"),
        ),
        "back": (
            t.say("Send back"),
            t.say("Why is it sent back, and what is missing?"),
            t.say("The team below reads it; the requester does not."),
            t.say("Send back"),
        ),
        "resolve": (
            t.say("Resolve"),
            t.say("What solved it?"),
            t.say("Written down for the next technician; the requester does not see it."),
            t.say("Resolve"),
        ),
    }[verb]
    if unwritten:
        hint = t.say("They rang, and nothing can be written to them: it is kept as a note.")
    if told:
        hint = t.say("Everybody whose incident comes from it reads this, as you write it.")
    fields = [FormField("words", label, "text", hint=hint), *facts]
    if entries:
        options = ((NO_ENTRY, t.say("None of these")), *((entry.id, entry.text_for(t.language).question) for entry in entries))
        fields.append(FormField("entry", t.say("FAQ entry that answers it"), "choice", required=False, options=options, initial=NO_ENTRY, quiet=True))
    return Form(f"{verb}:{number}", f"{title} · {number}", submit, t.say("Cancel"), tuple(fields))


def link_form(t: Tongue, ticket: Ticket, entries: Sequence[Entry]) -> Form:
    """Which entry answers a ticket's question. entries: the likeliest first; at least one."""
    options = tuple((entry.id, entry.text_for(t.language).question) for entry in entries)
    field = FormField("entry", t.say("Which entry answers it?"), "choice", options=options)
    title = t.say("Link to an entry")
    return Form(f"link:{ticket.id}", title, t.say("Save"), t.say("Cancel"), (field,), (Words(ticket.question[:MAX_PHRASING], ticket.id),))


def proposal_form(t: Tongue, proposal: Proposal) -> Form:
    """A proposed way to ask in other words, before it is approved."""
    field = FormField("question", t.say("As it shall be known"), "line", initial=proposal.text, max_length=MAX_PHRASING)
    return Form(f"learn-save:{proposal.id}", t.say("Way to ask"), t.say("Approve"), t.say("Cancel"), (field,), (Words(proposal.text, proposal.ticket),))


def ask_form(t: Tongue) -> Form:
    """A new question."""
    return Form("ask", t.say("Ask a question"), t.say("Ask"), t.say("Cancel"), (FormField("question", t.say("What do you need help with?")),))
