"""The catalogues: which sentences are said where, and what each language says for them. The same sources always give the same bytes."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from bot.domain.desks import LANGUAGES

FOLDER = Path(__file__).resolve().parent
PROJECT = FOLDER.parent.parent
TEMPLATE = FOLDER / "firstline.pot"
TRANSLATED = tuple(code for code in LANGUAGES if code != "en")
LOCALES = {"pt": "pt_BR"}  # whose words and plural forms a language has, where it is not simply its own
KEYWORDS: dict[str, tuple[int, ...] | None] = {"say": None, "many": (1, 2), "N_": None}
PAGE_KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "ngettext": (1, 2)}
OURS = {"Language", "Plural-Forms", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"}
Found = Any  # line, keyword, sentence or a pair of them, comments; Babel declares another order than it reads


class Book(Catalog):
    """A catalogue whose header bears no dates and no versions."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """The header's lines that depend on nothing but the language."""
        return [(name, value) for name, value in self._get_mime_headers() if name in OURS]


# ------------------------------------------------------------------------------------------------------------ extracting
def sentences() -> Book:
    """Every sentence of the product, with the files that say it."""
    book = Book(header_comment="# Every sentence that Firstline says. Made by `make words`; do not edit.", fuzzy=False)
    code = [path for folder in ("bot", "adapters") for path in sorted((PROJECT / folder).rglob("*.py"))]
    pages = sorted((PROJECT / "adapters").glob("*/templates/**/*.html"))
    for path in (*code, *pages):
        for sentence in _said_in(path):
            book.add(sentence, locations=[(path.relative_to(PROJECT).as_posix(), 0)])
    return book


def _said_in(path: Path) -> list[str | tuple[str, ...]]:
    """The sentences of one file; a pair is singular and plural. Raises where a template cannot be parsed."""
    method, keywords = (spoken, KEYWORDS) if path.suffix == ".py" else (in_page, PAGE_KEYWORDS)
    with path.open("rb") as source:
        return [sentence for _, sentence, _, _ in extract(method, source, keywords)]


def in_page(source: Any, keywords: Collection[str], comment_tags: Collection[str], options: Mapping[str, Any]) -> Iterator[Found]:
    """A Babel extraction method: `{{ _("…") }}` and `{{ ngettext("…", "…", n) }}` of a Jinja template; raises where it cannot be parsed."""
    for line, name, said, _ in babel_extract(BytesIO(source.read()), list(keywords), [], {"silent": "false"}):
        yield line, name, said, []


def spoken(source: Any, keywords: Collection[str], comment_tags: Collection[str], options: Mapping[str, Any]) -> Iterator[Found]:
    """A Babel extraction method: `t.say("…")`, `t.many("…", "…", n)` and `N_("…")` wherever they stand in an expression.

    Babel's own does not see a call inside the tuple of another call of the same name, nor the two sentences of `t.say("a" if x else "b")`.
    """
    for node in ast.walk(ast.parse(source.read())):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = _name_called(node.func)
        if name == "many":
            forms = [said for argument in node.args[:2] for said in literals(argument)]
            if len(forms) == 2:
                yield node.lineno, name, tuple(forms), []
        elif name in keywords:
            yield from ((node.lineno, name, said, []) for said in literals(node.args[0]))


def _name_called(called: ast.expr) -> str:
    """`t.say` is a voice; a bare `say` prints to the terminal and is none of ours."""
    if isinstance(called, ast.Attribute):
        return called.attr
    return called.id if isinstance(called, ast.Name) and called.id == "N_" else ""


def literals(node: ast.expr) -> Iterator[str]:
    """The texts an expression can be, as far as they are written there."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)


# ----------------------------------------------------------------------------------------------------------- translations
def folder_of(language: str) -> Path:
    """Where gettext looks for a language."""
    return FOLDER / language / "LC_MESSAGES"


def known(language: str) -> Catalog:
    """What the file of a language says now; empty when there is none."""
    path = folder_of(language) / "firstline.po"
    if not path.exists():
        return Catalog(locale=LOCALES.get(language, language))
    with path.open("rb") as file:
        return read_po(file, ignore_obsolete=True, abort_invalid=True)


def renewed(language: str, template: Catalog) -> Book:
    """The catalogue of a language for exactly the sentences of the template; a new one has no words yet, and none is guessed."""
    old = known(language)
    book = Book(LOCALES.get(language, language), header_comment=f"# What Firstline says in {language}.", fuzzy=False)
    for message in template:
        if message.id:
            before = old.get(message.id)
            same = before is not None and before.id == message.id
            book.add(message.id, before.string if before and same else None, message.locations, user_comments=before.user_comments if before and same else ())
    return book


def is_translated(message: Message) -> bool:
    """Does it have words, in every plural form?"""
    return all(message.string) if isinstance(message.string, tuple | list) else bool(message.string)


def source_of(book: Catalog) -> bytes:
    """The .po or .pot file: sorted, one line a sentence, files without line numbers."""
    file = BytesIO()
    write_po(file, book, width=0, sort_output=True, include_lineno=False)
    return file.getvalue()


def compiled(language: str) -> bytes:
    """The .mo file for what the .po file of a language says."""
    book = Book(LOCALES.get(language, language), fuzzy=False)
    for message in known(language):
        if message.id and not message.fuzzy and is_translated(message):
            book.add(message.id, message.string)
    file = BytesIO()
    write_mo(file, book)
    return file.getvalue()
