"""Every sentence in six languages: none missing, none stale, none without its values, and none too long for where it is shown."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from itertools import chain
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from adapters.web.words import field, happened, priority
from bot.configuration import PRIORITIES
from bot.domain.desks import LANGUAGES, Desk
from bot.domain.events import Event
from bot.domain.messages import Form
from bot.engine import forms
from bot.engine.curation import entry_forms
from bot.engine.curation.from_thread import Told
from bot.engine.replies import REFUSALS
from bot.engine.tongue import Tongue, tongue
from bot.locale import catalogue
from bot.locale.catalogue import KEYWORDS, PROJECT, TEMPLATE, TRANSLATED, compiled, folder_of, is_translated, known, sentences, spoken
from bot.ports import Recorded
from kb.entries import Entry, Text
from tests.builders import a_draft

MAX_BUTTON = 75  # characters; Slack, button text
MAX_TITLE = 24  # characters; Slack, a modal's title, submit and close
MAX_ALERT = 200  # characters; Telegram, answerCallbackQuery: what is longer costs a private message
LABELS = {
    "Talk to a person": ("Hablar con una persona", "Falar com uma pessoa", "Parler à quelqu’un", "Parlare con una persona", "Mit einem Menschen sprechen"),
    "Yes, solved": ("Sí, resuelto", "Sim, resolvido", "Oui, c’est résolu", "Sì, risolto", "Ja, gelöst"),
    "Not what I need": ("No es lo que necesito", "Não é o que preciso", "Pas ce que je cherche", "Non è quello che cerco", "Nicht das Richtige"),
    "Take it": ("Asignármelo", "Assumir", "Prendre en charge", "Prendere in carico", "Übernehmen"),
    "Release": ("Liberar", "Liberar", "Libérer", "Rilasciare", "Freigeben"),
    "Reply": ("Responder", "Responder", "Répondre", "Rispondere", "Antworten"),
    "Escalate": ("Escalar", "Escalar", "Escalader", "Escalare", "Eskalieren"),
    "Send back": ("Devolver", "Devolver", "Renvoyer", "Restituire", "Zurückgeben"),
    "Resolve": ("Resolver", "Resolver", "Résoudre", "Risolvere", "Lösen"),
    "Reopen": ("Reabrir", "Reabrir", "Rouvrir", "Riaprire", "Wieder öffnen"),
    "Note": ("Nota", "Nota", "Note", "Nota", "Notiz"),
}
OWN_NAMES = {"es": "español", "pt": "português", "fr": "français", "it": "italiano", "de": "Deutsch"}
each_language = pytest.mark.parametrize("language", TRANSLATED)


@pytest.fixture(scope="module")
def template() -> Catalog:
    return sentences()


def ids(book: Catalog) -> set[str | tuple[str, ...]]:
    return {message.id if isinstance(message.id, str) else tuple(message.id) for message in book if message.id}


def said(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def names(sentence: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(sentence) if name is not None)


# -------------------------------------------------------------------------------------------------------------- complete
def test_the_template_holds_exactly_the_sentences_of_the_sources(template: Catalog) -> None:
    with TEMPLATE.open("rb") as file:
        written = read_po(file)
    assert ids(written) == ids(template), "run `make words`"


@each_language
def test_no_sentence_is_missing_or_stale(language: str, template: Catalog) -> None:
    with (folder_of(language) / "firstline.po").open("rb") as file:
        book = read_po(file)
    assert ids(book) == ids(template), "run `make words`"
    assert not book.obsolete


@each_language
def test_no_sentence_is_untranslated_or_guessed(language: str) -> None:
    lacking = [message.id for message in known(language) if message.id and (message.fuzzy or not is_translated(message))]
    assert lacking == []


@each_language
def test_the_compiled_catalogue_is_that_of_its_source(language: str) -> None:
    assert (folder_of(language) / "firstline.mo").read_bytes() == compiled(language), "run `make words`"


@each_language
def test_a_translation_names_the_same_values_as_its_sentence(language: str) -> None:
    for message in known(language):
        if message.id and is_translated(message):
            wanted = names(message.id if isinstance(message.id, str) else message.id[1])
            assert [names(text) for text in said(message)] == [wanted for _ in said(message)], message.id


@each_language
def test_a_translation_keeps_lines_marks_and_edges(language: str) -> None:
    for message in known(language):
        for text in said(message) if message.id and is_translated(message) else ():
            sentence = message.id if isinstance(message.id, str) else message.id[0]
            assert text == text.strip()
            assert [text.count(mark) for mark in ("\n", "**", "`", "/cancel", "/privacy")] == [
                sentence.count(mark) for mark in ("\n", "**", "`", "/cancel", "/privacy")
            ], sentence


# ------------------------------------------------------------------------------------------------------- said with values
def calls() -> Iterator[tuple[str, list[str], set[str], bool]]:
    """Each call that says a sentence: where, the sentences it may be, the values given, and whether more may come."""
    for path in chain((PROJECT / "bot").rglob("*.py"), (PROJECT / "adapters").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("say", "many"):
                given = {word.arg for word in node.keywords if word.arg} | ({"count"} if node.func.attr == "many" else set())
                texts = [text for argument in node.args[:2] for text in catalogue.literals(argument)]
                yield f"{path.name}:{node.lineno}", texts, given, any(word.arg is None for word in node.keywords)
    for path in (PROJECT / "adapters").glob("*/templates/**/*.html"):
        for call in Environment(autoescape=True).parse(path.read_text()).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in ("_", "ngettext"):
                given = {word.key for word in call.kwargs} | ({"count"} if call.node.name == "ngettext" else set())
                texts = [argument.value for argument in call.args[:2] if isinstance(argument, nodes.Const)]
                yield f"{path.name}:{call.lineno}", texts, given, False


def test_every_sentence_is_given_the_values_it_names() -> None:
    found = list(calls())
    wrong = [(place, text) for place, texts, given, more in found for text in texts if not more and not set(names(text)) <= given]
    assert len(found) > 200
    assert wrong == []


def test_no_sentence_is_put_together_before_it_is_translated() -> None:
    for path in chain((PROJECT / "bot").rglob("*.py"), (PROJECT / "adapters").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("say", "many"):
                assert not any(isinstance(argument, ast.JoinedStr | ast.BinOp) for argument in node.args[:2]), f"{path.name}:{node.lineno}"


def test_every_refusal_has_a_sentence() -> None:
    reasons: set[str] = set()
    for path in (PROJECT / "bot").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "MoveRefused" and node.args:
                reasons.update(catalogue.literals(node.args[0]))
    assert "no_longer" in reasons
    assert reasons <= set(REFUSALS)


def test_every_event_is_told_as_a_sentence() -> None:
    for kind in Event.__subclasses__():
        happening = Recorded(1, "IT-1", kind.__name__, "slack:U1", "slack", datetime(2026, 11, 21, tzinfo=UTC), {})
        assert kind.__name__ not in happened(happening, "Ann", Desk(), tongue("es"))


def test_every_priority_and_every_field_of_an_entry_has_a_name_in_each_language() -> None:
    assert [priority(level, tongue("de")) for level in PRIORITIES] == ["Niedrig", "Normal", "Hoch", "Dringend"]
    assert [field(name, tongue("es")) for name in ("tags", "retired", "fr · answer")] == ["Etiquetas", "archivado", "fr · Respuesta"]


# ---------------------------------------------------------------------------------------------------------------- fitting
@each_language
@pytest.mark.parametrize("label", LABELS)
def test_a_button_has_the_same_words_everywhere(language: str, label: str) -> None:
    assert tongue(language).say(label) == LABELS[label][TRANSLATED.index(language)]


class Longish(dict[str, str]):
    """What sentences name, as long as it usually gets."""

    def __missing__(self, name: str) -> str:
        return "HELP-12345" if name in ("number", "other") else "Maximiliane Hohenstein"


@cache
def button_labels() -> set[str]:
    """What is said as the first argument of a Choice."""
    found: set[str] = set()
    for path in (PROJECT / "bot").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Choice" and node.args:
                inner = (call for call in ast.walk(node.args[0]) if isinstance(call, ast.Call) and call.args)
                found.update(text for call in inner for text in catalogue.literals(call.args[0]))
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_button_label_fits_its_button(language: str) -> None:
    labels = button_labels()
    assert set(LABELS) <= labels
    for label in labels:
        assert len(tongue(language).say(label).format_map(Longish(count="99"))) <= MAX_BUTTON, label


def entry_forms_of(t: Tongue) -> list[Form]:
    """A new entry, another text, what becomes of a draft."""
    draft = a_draft(Entry("print", (Text("en", "How do I print?", "Like this."),)))
    made = [entry_forms.new(t, LANGUAGES, Told("")), entry_forms.change(t, draft.entry, "en", "1"), entry_forms.of_draft(t, draft, "en")]
    return [*made, entry_forms.terms(t, draft), entry_forms.back(t, draft)]


def every_form(t: Tongue) -> list[Form]:
    asked = [forms.words_form(t, verb, "HELP-1234") for verb in sorted(forms.NEEDS_WORDS)]
    return [*asked, forms.ask_form(t), *entry_forms_of(t)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_form_shows_its_whole_title_and_buttons(language: str) -> None:
    for form in every_form(tongue(language)):
        assert max(map(len, (form.title, form.submit, form.cancel))) <= MAX_TITLE, form
        assert all(len(label) <= MAX_BUTTON for field in form.fields for _, label in field.options)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_fits_the_answer_to_a_press(language: str) -> None:
    for sentence in REFUSALS.values():
        told = tongue(language).say(sentence).format_map(Longish())
        assert len(told) <= MAX_ALERT, told


# --------------------------------------------------------------------------------------------------------------- speaking
def test_spanish_is_really_spoken() -> None:
    told = tongue("es").say("I passed it on to {team} as {number}.", team="Service desk", number="IT-7")
    assert told == "Lo he pasado a Service desk con el número IT-7."


@each_language
def test_a_language_names_itself(language: str) -> None:
    t = tongue(language)
    for sentence in ("All right, I speak English with you from now on.", "This answer is not available in English yet, so here it is in another language."):
        assert sentence in ids(known(language))
        assert OWN_NAMES[language] in t.say(sentence)


def test_english_is_said_as_it_is_written_and_stands_in_for_a_language_without_catalogue() -> None:
    assert tongue("en").say("Talk to a person") == tongue("nl").say("Talk to a person") == "Talk to a person"


@pytest.mark.parametrize(
    ("language", "none", "one", "two"),
    [
        ("en", "0 tickets wait to be taken", "1 ticket waits to be taken", "2 tickets wait to be taken"),
        ("es", "0 tickets sin asignar", "1 ticket sin asignar", "2 tickets sin asignar"),
        ("pt", "0 chamado sem responsável", "1 chamado sem responsável", "2 chamados sem responsável"),
        ("fr", "0 ticket à prendre", "1 ticket à prendre", "2 tickets à prendre"),
        ("it", "0 ticket da assegnare", "1 ticket da assegnare", "2 ticket da assegnare"),
        ("de", "0 Tickets sind nicht zugewiesen", "1 Ticket ist nicht zugewiesen", "2 Tickets sind nicht zugewiesen"),
    ],
)
def test_the_plural_form_is_that_of_the_number(language: str, none: str, one: str, two: str) -> None:
    t = tongue(language)
    assert [t.many("{count} ticket waits to be taken", "{count} tickets wait to be taken", count) for count in (0, 1, 2)] == [none, one, two]


def test_a_moment_is_told_in_the_readers_zone() -> None:
    moment = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    assert tongue("es").when(moment, "Europe/Madrid") == "22 nov, 0:30"
    assert tongue("de").when(moment, "UTC") == "21. Nov., 23:30"
    assert "3:30" in tongue("en").when(moment, "America/Los_Angeles")


@pytest.mark.parametrize(
    ("language", "words"), [("en", "15 minutes"), ("es", "15 minutos"), ("pt", "15 minutos"), ("fr", "15 minutes"), ("it", "15 minuti"), ("de", "15 Minuten")]
)
def test_a_length_of_time_is_in_words(language: str, words: str) -> None:
    assert tongue(language).span(timedelta(minutes=15)) == words


# ------------------------------------------------------------------------------------------------------------- extracting
def test_sentences_are_found_wherever_they_are_said() -> None:
    source = b'page.say(("warning", page.t.say("nested")))\nt.say("yes" if so else "no")\nt.many("{count} a", "{count} b", n)\nTABLE = {"x": N_("named")}\n'
    found = {texts for _, _, texts, _ in spoken(BytesIO(source), KEYWORDS, (), {})}
    assert found == {"nested", "yes", "no", ("{count} a", "{count} b"), "named"}


def test_what_the_terminal_prints_is_none_of_them() -> None:
    assert list(spoken(BytesIO(b'say("No tickets.")\n'), KEYWORDS, (), {})) == []


def test_the_same_sources_give_the_same_bytes(template: Catalog) -> None:
    once, again = catalogue.source_of(template), catalogue.source_of(sentences())
    assert once == again
    assert b"Date" not in once
