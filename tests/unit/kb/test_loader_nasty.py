"""Files as they come from elsewhere: what is read of them, what is told, and what is left out."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import date
from pathlib import Path

import pytest

from kb.entries import Text
from kb.loader import dump, look, look_into

CSV = "question,answer,lang\nWhy?,So.,en\n"


def told(name: str, data: bytes | str) -> list[str]:
    return [str(one) for one in look_into(name, data if isinstance(data, bytes) else data.encode()).problems]


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("kb.jsonl", '{"id": "a", "lang": "en", "question": "Q?", "anwser": "A", "answer": "A"}', 1),
        ("kb.yaml", "# ours\n- id: a\n  question: Q?\n  answer: A\n  anwser: B\n", 2),
        ("kb.yaml", "- id: a\n  texts:\n  - {question: Q?, answer: A, anwser: B}\n", 1),
        ("kb.csv", "question,answer,anwser\nQ?,A,B\n", 1),
        ("kb.md", "---\nid: a\nanwser: B\n---\n# en: Q?\n\nA", 5),
    ],
)
def test_a_key_that_nothing_is_read_from_is_told_with_its_place_and_what_may_be_meant(name: str, text: str, line: int) -> None:
    assert told(name, text) == [f"{name}:{line}: warning: 'anwser' is not read: did you mean answer?"]
    assert len(look_into(name, text.encode()).entries) == 1


def test_a_key_that_every_line_has_is_told_once() -> None:
    lines = [json.dumps({"id": f"e{n}", "lang": "en", "question": f"Question {n}?", "answer": "A", "author": "x"}) for n in range(3)]
    assert len(told("kb.jsonl", "\n".join(lines))) == 1


@pytest.mark.parametrize("day", ["31/12/2026", "2026-13-01", "soon", "20261231", "2026-02-30"])
def test_a_date_that_is_none_is_told_with_file_line_and_cure(day: str) -> None:
    assert told("kb.csv", f"question,answer,valid_until\nQ?,A,{day}\n") == [
        f"kb.csv:2: valid_until: '{day}' is not a day; write it as year-month-day, for example 2026-12-31"
    ]


@pytest.mark.parametrize("form", ["csv", "jsonl", "yaml", "md"])
def test_a_date_is_read_in_every_form(form: str) -> None:
    texts = {
        "csv": "question,answer,valid_until,review_on\nQ?,A,31.12.2026,2026-01-02\n",
        "jsonl": '{"question": "Q?", "answer": "A", "valid_until": "2026-12-31", "review_on": "2026-01-02"}',
        "yaml": "- {question: Q?, answer: A, valid_until: 2026-12-31, review_on: 2026-01-02}",
        "md": "---\nvalid_until: 2026-12-31\nreview_on: 2026-01-02\n---\n# en: Q?\n\nA",
    }
    [entry] = look_into(f"kb.{form}", texts[form].encode()).entries
    assert (entry.valid_until, entry.review_on) == (date(2026, 12, 31), date(2026, 1, 2))


def test_an_audience_that_is_none_is_told() -> None:
    assert told("kb.yaml", "- {id: a, question: Q?, answer: A, audience: staff}") == ["kb.yaml:1: audience: 'staff' is none of public, desk, internal"]


def test_lines_of_one_entry_may_not_name_different_days() -> None:
    rows = "id,lang,question,answer,valid_until\na,en,Q?,A,2026-12-31\na,de,F?,A,2027-12-31\n"
    assert told("kb.csv", rows) == ["kb.csv:3: a: valid_until is 2027-12-31, but 2026-12-31 in kb.csv:2"]


def test_what_one_line_keeps_from_requesters_is_kept_from_them_in_every_language() -> None:
    rows = "id,lang,question,answer,audience\na,en,Q?,A,\na,de,F?,A,internal\n"
    assert look_into("kb.csv", rows.encode()).entries[0].audience == "internal"


def test_a_question_that_must_and_must_not_find_an_entry_is_a_fault() -> None:
    assert told("kb.yaml", "- {id: a, question: Q?, answer: A, finds: [who], avoids: [who]}") == [
        "kb.yaml:1: a: 'who' is in finds and in avoids: it cannot be both"
    ]


def test_of_a_file_with_faults_the_sound_entries_are_given_and_every_fault_is_told() -> None:
    lines = [
        '{"id": "good", "lang": "en", "question": "Q?", "answer": "A"}',
        '{"id": "half", "lang": "en", "question": "Half?", "answer": "A"}',
        '{"id": "half", "lang": "es", "question": "Half?", "answer": ["A"]}',
        "not json",
    ]
    loaded = look_into("kb.jsonl", "\n".join(lines).encode())
    assert [entry.id for entry in loaded.entries] == ["good"]  # "half" is not published without its other language
    assert [one.line for one in loaded.faults] == [3, 4]
    assert loaded.places["good"] == ("kb.jsonl", 1)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("mark", ["\n", "\r\n"])
def test_whatever_a_spreadsheet_saves_is_read(encoding: str, mark: str) -> None:
    rows = ["sep=;", "id;lang;question;answer;valid_until;", 'umlaut;de;Wie geht das?;"Müßig: „so“', 'und weiter";31.12.2026;', ""]
    [entry] = look_into("export.csv", mark.join(rows).encode(encoding)).entries
    assert entry.texts == (Text("de", "Wie geht das?", "Müßig: „so“\nund weiter"),)
    assert entry.valid_until == date(2026, 12, 31)


@pytest.mark.parametrize("name", ["kb.zip", "kb.csv", "kb.xlsx", "kb.json"])
def test_an_archive_is_not_opened(name: str) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("kb.csv", b"0" * 1_000_000)
    for data in (packed.getvalue(), gzip.compress(b"0" * 1_000_000)):
        assert told(name, data) == [f"{name}: an archive or a workbook is not opened: unpack it, or save the sheet as CSV"]


def test_a_column_named_twice_is_a_fault() -> None:
    assert told("kb.csv", "question,answer,answer\nQ?,A,B\n") == ["kb.csv:1: two columns are called 'answer': give one of them another name"]


def test_one_language_twice_in_one_id_is_told_with_both_places_across_files(tmp_path: Path) -> None:
    for name, answer in (("a", "One"), ("b", "Two")):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"id": "x", "lang": "en", "question": "Q?", "answer": answer}))
    assert [str(one) for one in look(tmp_path).faults] == [f"{tmp_path}/b.jsonl:1: x in en is also in {tmp_path}/a.jsonl:1"]


def test_forty_megabytes_are_read_whole() -> None:
    line = json.dumps({"lang": "en", "question": "How do I do the thing with number ?", "answer": "x" * 18_000})
    count = 40_000_000 // len(line)
    text = "\n".join(line.replace("number ?", f"number {n}?") for n in range(count))
    assert len(look_into("kb.jsonl", text.encode()).entries) == count


def test_a_folder_of_articles_has_a_file_for_each_entry() -> None:
    [entry] = look_into("kb.csv", CSV.encode()).entries
    assert look_into("why.md", dump([entry], "md").encode()).entries == (entry,)
