"""What a press needs in words, as forms: channels with dialogs open them, the others ask by message."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.messages import Form, FormField
from bot.engine.replies import LANGUAGE_NAMES
from bot.engine.tongue import Tongue
from kb.entries import Entry, Text

LONGEST = 3000  # UTF-16 units of an input; Slack, plain_text_input
NEEDS_WORDS = frozenset({"reply", "note", "escalate", "back", "resolve"})


def words_form(t: Tongue, verb: str, number: str) -> Form:
    """The form of an agent's move. verb: one of NEEDS_WORDS."""
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
    field = FormField("words", label, "text", hint=hint)
    return Form(f"{verb}:{number}", f"{title} · {number}", submit, t.say("Cancel"), (field,))


def ask_form(t: Tongue) -> Form:
    """A new question."""
    return Form("ask", t.say("Ask a question"), t.say("Ask"), t.say("Cancel"), (FormField("question", t.say("What do you need help with?")),))


def entry_form(t: Tongue, languages: Sequence[str], entry: Entry | None, text: Text | None, question: str = "") -> Form:
    """Write or change an entry in one language. A preview is shown before it goes live, if wanted."""
    action = f"faq-save:{entry.id}:{text.lang}" if entry and text else "faq-new"
    fields = (
        [FormField("lang", t.say("Language"), "choice", options=tuple((code, LANGUAGE_NAMES[code]) for code in languages), initial=languages[0])]
        if text is None
        else []
    )
    ways, answer = ("\n".join(text.phrasings), text.answer) if text else ("", "")
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
