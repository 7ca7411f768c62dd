"""Entries from files and folders, and back into text: all of them or none, every fault with its file and line."""
from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path, PurePath
from zlib import crc32

from kb.entries import Entry, Problem, problems
from kb.formats.article import read_articles, write_articles
from kb.formats.pieces import Piece
from kb.formats.records import read_json, read_jsonl, read_yaml, write_jsonl, write_yaml
from kb.formats.table import read_csv, write_csv
from kb.formats.webpage import read_html
from kb.text import normalise

MAX_BYTES = 50_000_000  # of one file; a knowledge base of 100,000 phrasings has about a fifth of it
MAX_FILES = 20_000  # of one folder
MAX_SLUG = 48  # characters of an id made from a question

Reader = Callable[[str, str, list[Problem]], Iterator[Piece]]
_READERS: dict[str, Reader] = {
    ".yaml": read_yaml, ".yml": read_yaml, ".md": read_articles, ".csv": read_csv, ".json": read_json, ".jsonl": read_jsonl,
    ".html": read_html, ".htm": read_html}
_WRITERS: dict[str, Callable[[Iterable[Entry]], str]] = {"yaml": write_yaml, "csv": write_csv, "jsonl": write_jsonl, "md": write_articles}
FORMATS = tuple(_WRITERS)


class LoadError(Exception):
    """Nothing was loaded; problems says what is wrong, with file and line."""

    def __init__(self, found: Sequence[Problem]) -> None:
        self.problems = tuple(found)
        more = f" (and {len(found) - 5} more)" if len(found) > 5 else ""
        super().__init__("; ".join(map(str, found[:5])) + more)


def load(path: str | os.PathLike[str], *, sound: bool = True) -> list[Entry]:
    """The entries of a file, or of all files in a folder whose form is known (README.md, hidden files and links are left out).

    sound: refuse entries that kb.entries.problems() faults. Raises LoadError with every problem; in a folder an entry's languages may lie in several files.
    """
    root, faults, pieces = Path(path), list[Problem](), list[Piece]()
    try:
        files = sorted(_files_in(root)) if root.is_dir() else [root]
        if len(files) > MAX_FILES:
            raise LoadError([Problem(str(root), 0, f"{len(files)} files, more than {MAX_FILES}")])
        for file in files:
            if file.stat().st_size > MAX_BYTES:
                faults.append(_too_large(str(file)))
            else:
                pieces.extend(_read(str(file), file.read_bytes(), faults))
    except OSError as error:
        raise LoadError([*faults, Problem(str(error.filename or root), 0, f"cannot be read: {error.strerror or error}")]) from error
    if root.is_dir() and not files:
        faults.append(Problem(str(root), 0, f"no file with entries in it ({', '.join(_READERS)})"))
    return _joined(pieces, faults, sound)


def parse(name: str, data: bytes, *, sound: bool = True) -> list[Entry]:
    """The entries in a file's bytes; name (a file name or URL) tells the form, and names the file in problems. Raises LoadError."""
    faults: list[Problem] = []
    if len(data) > MAX_BYTES:
        raise LoadError([_too_large(name)])
    return _joined(list(_read(name, data, faults)), faults, sound)


def dump(entries: Iterable[Entry], format: str) -> str:
    """The entries as text; load() gives the same back. format: yaml, csv, jsonl or md; ValueError for another."""
    if format not in _WRITERS:
        raise ValueError(f"unknown format {format!r} (known: {', '.join(FORMATS)})")
    return _WRITERS[format](entries)


def _files_in(root: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(root, followlinks=False):
        names[:] = [name for name in names if not name.startswith(".")]
        for name in files:
            file = Path(folder, name)
            if file.suffix.lower() in _READERS and not name.startswith(".") and name.lower() != "readme.md" and not file.is_symlink():
                yield file


def _too_large(name: str) -> Problem:
    return Problem(name, 0, f"larger than {MAX_BYTES // 1_000_000} MB")


def _read(name: str, data: bytes, faults: list[Problem]) -> Iterator[Piece]:
    text = _decoded(data)
    suffix = PurePath(name.partition("?")[0].partition("#")[0]).suffix.lower()
    reader = _READERS.get(suffix)
    if reader is None and text.lstrip()[:200].lower().startswith(("<!doctype html", "<html")):
        reader = read_html  # a page's address seldom ends in .html
    if reader is None:
        faults.append(Problem(name, 0, f"unknown form (known: {', '.join(_READERS)}, or an HTML page)"))
        return
    try:
        yield from reader(text, name, faults)
    except RecursionError:
        faults.append(Problem(name, 0, "nested too deeply"))


def _decoded(data: bytes) -> str:
    """UTF-8 with or without a mark, UTF-16 with one, else Windows-1252, which spreadsheets still write."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _slug(question: str) -> str:
    """An id from a question: its words, and when they are cut or none are Latin a mark of the whole."""
    words = normalise(question)
    plain = "-".join("".join(c for c in word if c.isascii()) for word in words.split())
    plain = "-".join(part for part in plain.split("-") if part)
    if plain and len(plain) <= MAX_SLUG:
        return plain
    mark = format(crc32(words.encode("utf-8", "replace")), "08x")
    return f"{plain[:MAX_SLUG].rstrip('-')}-{mark}".strip("-") if plain else f"q-{mark}"


def _joined(pieces: Sequence[Piece], faults: list[Problem], sound: bool) -> list[Entry]:
    """Pieces with one id are one entry; LoadError when anything is wrong."""
    groups: dict[str, list[Piece]] = {}
    for piece in pieces:
        groups.setdefault(piece.id or _slug(piece.text.question), []).append(piece)
    entries = []
    for entry_id, group in groups.items():
        first: dict[str, Piece] = {}
        for piece in group:
            earlier = first.setdefault(piece.text.lang, piece)
            if earlier is not piece:
                faults.append(Problem(piece.file, piece.line, f"{entry_id} in {piece.text.lang} is also in {earlier.file}:{earlier.line}"))
        tags = tuple(dict.fromkeys(tag for piece in group for tag in piece.tags))
        entry = Entry(entry_id, tuple(piece.text for piece in first.values()), tags, any(piece.retired for piece in group))
        if sound:
            faults.extend(_faults(entry, first))
        entries.append(entry)
    if faults:
        raise LoadError(sorted(dict.fromkeys(faults), key=lambda fault: (fault.file, fault.line)))
    return entries


def _faults(entry: Entry, pieces: dict[str, Piece]) -> Iterator[Problem]:
    """What makes the entry unsound, each at the piece of its language."""
    for what in problems(entry):
        piece = pieces.get(what.partition(":")[0]) or next(iter(pieces.values()))
        yield Problem(piece.file, piece.line, f"{entry.id}: {what}")
