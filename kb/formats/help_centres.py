"""Help centres of other products, as their APIs give them: Zendesk Guide (`/api/v2/help_center/articles.json`) and Chatwoot (a portal's articles).

A page of a list, the list itself, single articles, or several pages one after the other (a list of pages, or JSON lines) are all understood.

Zendesk: an article with `title`, `body` (HTML), `locale`, `draft`, `label_names`, `section_id`, `user_segment_id`; its translations are articles of the
same `id` in another `locale`, or lie in `translations` (with `?include=translations`), or in a list of their own with `source_id`.
Chatwoot: `title`, `content` (Markdown), `status`, `locale` (its own or its category's), and `associated_article_id`, the article it translates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kb.entries import Problem
from kb.formats.facts import Facts, one_line
from kb.formats.markdown import to_markdown
from kb.formats.pieces import Piece, make_text
from kb.lexicon import LANGUAGES

Record = Mapping[str, Any]


def reader_of(record: Any) -> Callable[[Any, str, int, list[Problem], str], Iterator[Piece]] | None:
    """What reads this record, if it comes from a help centre; it is called with the record, file, line, faults, and the file's text."""
    if not isinstance(record, Mapping) or "question" in record or "texts" in record:
        return None
    if _many(record, "articles") or _many(record, "translations") or isinstance(record.get("article"), Mapping) or _is_zendesk(record):
        return _zendesk
    if _many(record, "payload") or _is_chatwoot(record):
        return _chatwoot
    return None


def _is_zendesk(record: Record) -> bool:
    return "title" in record and "body" in record and ("locale" in record or "section_id" in record)


def _is_chatwoot(record: Record) -> bool:
    return "title" in record and "content" in record and ("status" in record or "associated_article_id" in record)


def _many(record: Record, key: str) -> list[Record]:
    held = record.get(key)
    return [one for one in held if isinstance(one, Mapping)] if isinstance(held, list) else []


# ---------------------------------------------------------------------------------------------------------------- Zendesk
def _zendesk(page: Record, file: str, line: int, faults: list[Problem], text: str) -> Iterator[Piece]:
    single = page.get("article")
    articles = _many(page, "articles") or ([single] if isinstance(single, Mapping) else [page] if _is_zendesk(page) else [])
    sections = {str(one.get("id")): _word(one, "name") for one in _many(page, "sections")}
    lines = _Lines(text, line)
    for article in articles:
        tags = (*_labels(article.get("label_names")), sections.get(str(article.get("section_id")), ""))
        facts = Facts(tags=_tidy(tags), audience="internal" if article.get("user_segment_id") else "public")
        at = lines.of(article)
        if facts.audience == "internal":
            faults.append(Problem(file, at, f"{_zendesk_id(article)} is not for everybody in Zendesk (user_segment_id): it is kept internal", warning=True))
        texts = {_locale(one): one for one in (article, *_many(article, "translations"))}  # the translation in an article's own locale says the same
        for one in texts.values():
            yield from _zendesk_text({**one, "id": article.get("id")}, facts, file, at, faults)
    if not articles:  # a list of translations alone
        for one in _many(page, "translations"):
            if one.get("source_type", "Article") in ("Article", "article"):
                yield from _zendesk_text({**one, "id": one.get("source_id")}, Facts(), file, lines.of(one), faults)


def _zendesk_text(record: Record, facts: Facts, file: str, line: int, faults: list[Problem]) -> Iterator[Piece]:
    entry_id, locale = _zendesk_id(record), _locale(record)
    if record.get("outdated") is True:
        faults.append(Problem(file, line, f"{entry_id}: the translation in {locale} is marked as outdated", warning=True))
    answer = to_markdown(_word(record, "body"), base=_word(record, "html_url"))
    text = make_text(locale, to_markdown(_word(record, "title") or _word(record, "name"), plain=True), (), answer)
    yield from _usable(Piece(file, line, entry_id, text, facts, draft=record.get("draft") is True), faults)


def _zendesk_id(record: Record) -> str:
    return f"zendesk-{record.get('id')}" if record.get("id") else ""


# --------------------------------------------------------------------------------------------------------------- Chatwoot
_STATUS = {"0": "draft", "1": "published", "2": "archived"}  # as the database has them


def _chatwoot(page: Record, file: str, line: int, faults: list[Problem], text: str) -> Iterator[Piece]:
    articles, lines = _many(page, "payload") or [page], _Lines(text, line)
    live = {_chatwoot_id(one) for one in articles if _status(one) != "archived"}
    for article in articles:
        entry_id, at = _chatwoot_id(article), lines.of(article)
        archived = _status(article) == "archived"
        category = article.get("category")
        category = category if isinstance(category, Mapping) else {}
        locale = _locale(article) or _locale(category)
        if archived and entry_id in live:
            faults.append(Problem(file, at, f"{entry_id}: its text in {locale} is archived in Chatwoot and left out", warning=True))
            continue
        meta = article.get("meta")
        tags = (*_labels(meta.get("tags") if isinstance(meta, Mapping) else None), _word(category, "name"))
        made = make_text(locale, _word(article, "title"), (), _word(article, "content"))
        yield from _usable(Piece(file, at, entry_id, made, Facts(tags=_tidy(tags), retired=archived), draft=_status(article) == "draft"), faults)


def _chatwoot_id(article: Record) -> str:
    """Of the article that it translates, else its own."""
    number = article.get("associated_article_id") or article.get("id")
    return f"chatwoot-{number}" if number else ""


def _status(article: Record) -> str:
    told = str(article.get("status", "published"))
    return _STATUS.get(told, told)


# ------------------------------------------------------------------------------------------------------------------- both
def _usable(piece: Piece, faults: list[Problem]) -> Iterator[Piece]:
    """The piece; nothing where there is nothing to answer with, or nobody who could be answered so, and that is told."""
    why = "has no words" if not piece.text.answer else f"is in no language that is known ({', '.join(LANGUAGES)})" if piece.text.lang not in LANGUAGES else ""
    if why:
        faults.append(Problem(piece.file, piece.line, f"{piece.id}: its text in {piece.text.lang} {why} and is left out", warning=True))
    else:
        yield piece


class _Lines:
    """On which line a record of a file stands, found by its id; records are asked for in their order."""

    def __init__(self, text: str, line: int) -> None:
        self._text, self._at, self._line = text, 0, line

    def of(self, record: Record) -> int:
        """Its line, as far as one can tell."""
        if not self._text or not record.get("id"):
            return self._line
        found = re.compile(rf'"id"\s*:\s*"?{re.escape(str(record.get("id")))}\b').search(self._text, self._at)
        if found:
            self._line += self._text.count("\n", self._at, found.start())
            self._at = found.start()
        return self._line


def _word(record: Record, key: str) -> str:
    value = record.get(key)
    return value if isinstance(value, str) else ""


def _locale(record: Record) -> str:
    return _word(record, "locale")


def _labels(value: Any) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def _tidy(tags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tidy for tag in tags if (tidy := one_line(tag))))
