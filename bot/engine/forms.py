"""What a press needs in words, as forms: channels with dialogs open them, the others ask by message."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.learning import Proposal
from bot.domain.messages import Form, FormField, Words
from bot.domain.tickets import Ticket
from bot.engine.replies import LANGUAGE_NAMES
from bot.engine.tongue import Tongue
from kb.entries import Entry, Text
from kb.phrasing import MAX_PHRASING

LONGEST = 3000  # UTF-16 units of an input; Slack, plain_text_input
NO_ENTRY = "-"  # a choice cannot be empty on Slack, nor taken back
NEEDS_WORDS = frozenset({"reply", "note", "escalate", "back", "resolve"})


def words_form(t: Tongue, verb: str, number: str, entries: Sequence[Entry] = (), facts: Sequence[FormField] = ()) -> Form:
    """The form of an agent's move. verb: one of NEEDS_WORDS. entries: those that may have solved it, to choose from. facts: what else is asked."""
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


def entry_form(t: Tongue, languages: Sequence[str], entry: Entry | None, text: Text | None, question: str = "", ticket: str = "", lang: str = "") -> Form:
    """Write or change an entry in one language. A preview is shown before it goes live, if wanted.

    question, ticket, lang: of a new one what it is to answer, whose question that is, and in which language it was probably asked.
    """
    action = f"faq-save:{entry.id}:{text.lang}" if entry and text else f"faq-new:{ticket}" if ticket else "faq-new"
    known, first = tuple((code, LANGUAGE_NAMES[code]) for code in languages), lang if lang in languages else languages[0]
    fields = [FormField("lang", t.say("Language"), "choice", options=known, initial=first)] if text is None else []
    ways, answer = ("\n".join(text.phrasings), text.answer) if text else (question if ticket else "", "")
    fields.append(FormField("question", t.say("Question"), "line", initial=text.question if text else question[:300], max_length=300))
    if _fits(ways):
        fields.append(FormField("phrasings", t.say("Other ways to ask it, one a line"), "text", required=False, initial=ways, max_length=LONGEST))
    if _fits(answer):
        hint = t.say("Lists, **bold** and [links](https://example.com) work.")
        fields.append(FormField("answer", t.say("Answer"), "text", initial=answer, hint=hint, max_length=LONGEST))
    fields.append(
        FormField(
            "then",
            t.say("And then"),
            "choice",
            options=(("preview", t.say("Show me a preview first")), ("publish", t.say("Publish it now"))),
            initial="preview",
        )
    )
    title = t.say("Change an entry") if text else t.say("New entry")
    return Form(action, title, t.say("Save"), t.say("Cancel"), tuple(fields))


def _fits(words: str) -> bool:
    """Does an input take it whole? What it would cut is not offered there, and so is kept; the web edits texts of any length."""
    return len(words.encode("utf-16-le", "surrogatepass")) <= 2 * LONGEST
