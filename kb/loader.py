"""Entries from files and folders, and back into text: all of them or none, every fault with its file and line."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path, PurePath
from zlib import crc32

from kb.entries import AUDIENCES, Entry, Problem, problems
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
    ".html": read_html, ".htm": read_html}  # fmt: skip
_WRITERS: dict[str, Callable[[Iterable[Entry]], str]] = {"yaml": write_yaml, "csv": write_csv, "jsonl": write_jsonl, "md": write_articles}
FORMATS = tuple(_WRITERS)
_PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd")
"""How archives begin. None is unpacked: a few kilobytes may hold many gigabytes."""


class LoadError(Exception):
    """Nothing was loaded; problems says what is wrong, with file and line."""

    def __init__(self, found: Sequence[Problem]) -> None:
        self.problems = tuple(found)
        more = f" (and {len(found) - 5} more)" if len(found) > 5 else ""
        super().__init__("; ".join(map(str, found[:5])) + more)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was read. entries: all that are sound. drafts: what their source does not publish; of an entry that is published in other languages it is
    the whole of it. problems: faults and warnings, by file and line. places: where each entry, draft or not, stands first: (file, line).
    """

    entries: tuple[Entry, ...] = ()
    drafts: tuple[Entry, ...] = ()
    problems: tuple[Problem, ...] = ()
    places: dict[str, tuple[str, int]] = field(default_factory=dict)

    @property
    def faults(self) -> list[Problem]:
        """What is wrong, without warnings."""
        return [one for one in self.problems if not one.warning]


def load(path: str | os.PathLike[str], *, sound: bool = True) -> list[Entry]:
    """The entries of a file, or of all files in a folder whose form is known (README.md, hidden files and links are left out).

    sound: refuse entries that kb.entries.problems() faults. Raises LoadError with every problem; in a folder an entry's languages may lie in several files.
    """
    return _all_of(look(path, sound=sound))


def parse(name: str, data: bytes, *, sound: bool = True) -> list[Entry]:
    """The entries in a file's bytes; name (a file name or URL) tells the form, and names the file in problems. Raises LoadError."""
    return _all_of(look_into(name, data, sound=sound))


def look(path: str | os.PathLike[str], *, sound: bool = True) -> Loaded:
    """As `load`, but raises nothing: what is sound, and what is wrong with the rest."""
    root, faults, pieces = Path(path), list[Problem](), list[Piece]()
    try:
        files = sorted(_files_in(root)) if root.is_dir() else [root]
        if len(files) > MAX_FILES:
            return Loaded(problems=(Problem(str(root), 0, f"{len(files)} files, more than {MAX_FILES}"),))
        for file in files:
            if file.stat().st_size > MAX_BYTES:
                faults.append(_too_large(str(file)))
            else:
                pieces.extend(_read(str(file), file.read_bytes(), faults))
    except OSError as error:
        faults.append(Problem(str(error.filename or root), 0, f"cannot be read: {error.strerror or error}"))
    else:
        if root.is_dir() and not files:
            faults.append(Problem(str(root), 0, f"no file with entries in it ({', '.join(_READERS)})"))
    return _joined(pieces, faults, sound)


def look_into(name: str, data: bytes, *, sound: bool = True) -> Loaded:
    """As `parse`, but raises nothing."""
    faults: list[Problem] = []
    if len(data) > MAX_BYTES:
        return Loaded(problems=(_too_large(name),))
    return _joined(list(_read(name, data, faults)), faults, sound)


def dump(entries: Iterable[Entry], format: str) -> str:
    """The entries as text; load() gives the same back. format: yaml, csv, jsonl or md; ValueError for another."""
    if format not in _WRITERS:
        raise ValueError(f"unknown format {format!r} (known: {', '.join(FORMATS)})")
    return _WRITERS[format](entries)


def _all_of(loaded: Loaded) -> list[Entry]:
    if loaded.faults:
        raise LoadError(loaded.problems)
    return list(loaded.entries)


def _files_in(root: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(root, followlinks=False):
        names[:] = [name for name in names if not name.startswith(".")]
        for name in files:
            file = Path(folder, name)
            if file.suffix.lower() in _READERS and not name.startswith(".") and name.lower() != "readme.md" and not file.is_symlink():
                yield file


def _too_large(name: str) -> Problem:
    return Problem(name, 0, f"larger than {MAX_BYTES // 1_000_000} MB: import it in parts")


def _read(name: str, data: bytes, faults: list[Problem]) -> Iterator[Piece]:
    if data.startswith(_PACKED):
        faults.append(Problem(name, 0, "an archive or a workbook is not opened: unpack it, or save the sheet as CSV"))
        return
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
    """UTF-8 with or without a mark, UTF-16 with one or in plain Latin letters, else Windows-1252, which spreadsheets still write."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    for first, form in ((0, "utf-16-be"), (1, "utf-16-le")):  # without a mark every other byte of Latin letters is zero
        if len(data) > 3 and not any(data[first:100:2]) and all(data[1 - first : 100 : 2]):
            return data.decode(form, "replace")
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


def _joined(pieces: Sequence[Piece], faults: list[Problem], sound: bool) -> Loaded:
    """Pieces with one id are one entry. What has a fault is in neither list."""
    groups: dict[str, list[Piece]] = {}
    for piece in pieces:
        groups.setdefault(piece.id or _slug(piece.text.question), []).append(piece)
    entries, drafts = [], []
    for entry_id, group in groups.items():
        wrong: list[Problem] = []
        live = [piece for piece in group if not piece.draft]
        made = [_entry(entry_id, some, wrong, sound) for some in (live, group)] if 0 < len(live) < len(group) else [_entry(entry_id, group, wrong, sound)]
        faults.extend(wrong)
        if any(piece.broken for piece in group) or any(not one.warning for one in wrong):
            continue
        if live:
            entries.append(made[0])
        if len(live) < len(group):
            drafts.append(made[-1])
    places = {entry_id: (group[0].file, group[0].line) for entry_id, group in groups.items()}
    return Loaded(tuple(entries), tuple(drafts), _told_once(faults), places)


def _told_once(faults: Iterable[Problem]) -> tuple[Problem, ...]:
    """By file and line; a warning that many lines share is told of the first."""
    in_order = sorted(dict.fromkeys(faults), key=lambda fault: (fault.file, fault.line))
    first: dict[tuple[str, str], Problem] = {}
    for one in in_order:
        if one.warning:
            first.setdefault((one.file, one.what), one)
    return tuple(one for one in in_order if not one.warning or first[one.file, one.what] is one)


def _entry(entry_id: str, group: Sequence[Piece], faults: list[Problem], sound: bool) -> Entry:
    first: dict[str, Piece] = {}
    for piece in group:
        earlier = first.setdefault(piece.text.lang, piece)
        if earlier is not piece:
            faults.append(Problem(piece.file, piece.line, f"{entry_id} in {piece.text.lang} is also in {earlier.file}:{earlier.line}"))
    entry = Entry(
        entry_id,
        tuple(piece.text for piece in first.values()),
        tags=_all(piece.facts.tags for piece in group),
        retired=any(piece.facts.retired for piece in group),
        audience=max((piece.facts.audience for piece in group), key=AUDIENCES.index),
        valid_until=_day("valid_until", entry_id, group, faults),
        review_on=_day("review_on", entry_id, group, faults),
        finds=_all(piece.facts.finds for piece in group),
        avoids=_all(piece.facts.avoids for piece in group),
    )
    if sound:
        faults.extend(_faults(entry, first))
    return entry


def _all(values: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for some in values for value in some))


def _day(name: str, entry_id: str, group: Sequence[Piece], faults: list[Problem]) -> date | None:
    """The day that the pieces name; a fault when they name different ones."""
    said: list[tuple[date, Piece]] = [(day, piece) for piece in group if (day := getattr(piece.facts, name)) is not None]
    for day, piece in said[1:]:
        if day != said[0][0]:
            faults.append(Problem(piece.file, piece.line, f"{entry_id}: {name} is {day}, but {said[0][0]} in {said[0][1].file}:{said[0][1].line}"))
    return said[0][0] if said else None


def _faults(entry: Entry, pieces: dict[str, Piece]) -> Iterator[Problem]:
    """What makes the entry unsound, each at the piece of its language; of a piece that could not be read whole that was told."""
    for what in problems(entry):
        piece = pieces.get(what.partition(":")[0]) or next(iter(pieces.values()))
        if not piece.broken:
            yield Problem(piece.file, piece.line, f"{entry.id}: {what}")
