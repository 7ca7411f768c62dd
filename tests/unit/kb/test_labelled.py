from __future__ import annotations

from pathlib import Path

import pytest

from kb.labelled import Query, read_queries
from kb.loader import LoadError


def faults(path: Path, content: bytes) -> list[tuple[int, str]]:
    path.write_bytes(content)
    with pytest.raises(LoadError) as raised:
        read_queries(path)
    return [(problem.line, problem.what) for problem in raised.value.problems]


def test_a_question_keeps_its_words_its_language_and_its_label(tmp_path: Path) -> None:
    (tmp_path / "q").write_bytes(b'\xef\xbb\xbf{"text": " A\\u2028b ", "lang": "es", "expected": "x"}\r\n\r\n{"text": "", "expected": null}')
    assert read_queries(tmp_path / "q") == [Query(" A\u2028b ", "es", "x"), Query("", "", None)]


def test_every_damaged_line_is_told_with_its_number(tmp_path: Path) -> None:
    found = faults(tmp_path / "q", b'{"text": "a", "lang": "en", "expected": null}\n{"text": 5, "expected": null}\nnope\n{"text": "a", "expected": 7}\n[1]\n')
    assert [line for line, _ in found] == [2, 3, 4, 5]
    assert found[1][1].startswith("not JSON: ")


def test_a_question_without_a_label_is_no_question_out_of_scope(tmp_path: Path) -> None:
    [(line, what)] = faults(tmp_path / "q", b'{"text": "a", "lang": "en"}')
    assert line == 1
    assert '"expected" is missing' in what


@pytest.mark.parametrize("content", [b"", b"\n \n\r\n"])
def test_a_file_without_a_question_says_so(content: bytes, tmp_path: Path) -> None:
    assert faults(tmp_path / "q", content) == [(0, "there is no question in it")]


def test_what_is_no_text_is_told_by_line(tmp_path: Path) -> None:
    assert faults(tmp_path / "q", b'{"text": "a", "expected": null}\n\xff\xfe') == [(2, "not UTF-8 text")]


def test_nesting_and_endless_numbers_are_faults_of_their_line(tmp_path: Path) -> None:
    assert [line for line, _ in faults(tmp_path / "q", b"[" * 100_000 + b"\n" + b'{"text": ' + b"9" * 5000 + b"}")] == [1, 2]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="cannot be read"):
        read_queries(tmp_path / "none.jsonl")
