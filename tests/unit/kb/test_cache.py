from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kb.cache import NAME, Cache
from kb.vectors import quantised

SIZE = 16
TEXTS = [f"text {number}" for number in range(10)]


class Encoder:
    """Counts what it is asked for; a text's vector is made of its hash."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.batches: list[int] = []

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        self.batches.append(len(texts))
        return np.array([true(text) for text in texts], np.float32)


def true(text: str) -> NDArray[np.float32]:
    row = np.frombuffer(sha256(text.encode("utf-8", "surrogatepass")).digest()[:SIZE], np.uint8).astype(np.float32) - 127.5
    return np.asarray(row / np.linalg.norm(row), np.float32)


def kept(texts: Sequence[str]) -> NDArray[np.float32]:
    whole, scales = quantised(np.array([true(text) for text in texts], np.float32).reshape(-1, SIZE))
    return np.asarray(whole * scales[:, np.newaxis], np.float32)


def asked_anew(folder: Path | None, texts: Sequence[str] = TEXTS, version: str = "v1", size: int = SIZE) -> list[str]:
    """What a newly opened cache has encoded to answer for the texts; the answer must be right in any case."""
    encoder = Encoder()
    np.testing.assert_array_equal(Cache(folder, version, size).vectors(texts, encoder), kept(texts))
    return encoder.asked


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    asked_anew(tmp_path)
    return tmp_path


def test_a_restart_encodes_only_what_is_new(folder: Path) -> None:
    assert asked_anew(folder, [*TEXTS, "new"]) == ["new"]
    assert asked_anew(folder, ["new", *TEXTS]) == []


def test_a_text_has_the_same_vector_whether_read_or_encoded(tmp_path: Path) -> None:
    first = Cache(tmp_path, "v1", SIZE).vectors(TEXTS, Encoder())
    again = Cache(tmp_path, "v1", SIZE).vectors(TEXTS, Encoder())
    np.testing.assert_array_equal(first, again)
    np.testing.assert_allclose(first, [true(text) for text in TEXTS], atol=0.01)
    np.testing.assert_allclose(np.linalg.norm(first, axis=1), 1, atol=1e-5)


def test_a_text_asked_for_twice_is_encoded_once(tmp_path: Path) -> None:
    encoder = Encoder()
    cache = Cache(tmp_path, "v1", SIZE)
    cache.vectors(["a", "b", "a"], encoder)
    cache.vectors(["b", "c"], encoder)
    assert encoder.asked == ["a", "b", "c"]


def test_texts_are_encoded_64_at_once_and_progress_is_told(tmp_path: Path) -> None:
    encoder, told = Encoder(), list[tuple[int, int]]()
    cache = Cache(tmp_path, "v1", SIZE)
    cache.vectors(["known"], encoder)
    cache.vectors(["known", *(str(number) for number in range(150))], encoder, lambda done, every: told.append((done, every)))
    assert encoder.batches == [1, 64, 64, 22]
    assert told == [(1, 151), (65, 151), (129, 151), (151, 151)]


def test_what_was_encoded_before_a_failure_is_kept(tmp_path: Path) -> None:
    def fails_at_last(texts: Sequence[str]) -> NDArray[np.float32]:
        if "99" in texts:
            raise RuntimeError
        return Encoder()(texts)

    texts = [str(number) for number in range(100)]
    with pytest.raises(RuntimeError):
        Cache(tmp_path, "v1", SIZE).vectors(texts, fails_at_last)
    assert asked_anew(tmp_path, texts) == texts[64:]


def test_vectors_of_another_encoder_are_not_used(folder: Path) -> None:
    assert asked_anew(folder, version="v2") == TEXTS
    assert asked_anew(folder, version="v2") == []


def test_a_records_seal_does_not_fit_behind_another_encoders_head(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    # Given the records of one version behind the head of another
    other = tmp_path_factory.mktemp("other")
    Cache(other, "v2", SIZE)
    head = (other / NAME).read_bytes()
    (folder / NAME).write_bytes(head + (folder / NAME).read_bytes()[len(head):])
    # Then none of them is trusted
    assert asked_anew(folder, version="v2") == TEXTS


def test_vectors_of_another_size_are_not_used(folder: Path) -> None:
    Cache(folder, "v1", SIZE + 1).vectors([], Encoder())
    assert asked_anew(folder) == TEXTS


@pytest.mark.parametrize("content", [b"", b"\x00" * 5_000, b"kbvec", b"\x80\x04\x95pickled", bytes(range(256)) * 40])
def test_a_file_that_is_not_ours_is_begun_anew(folder: Path, content: bytes) -> None:
    (folder / NAME).write_bytes(content)
    assert asked_anew(folder) == TEXTS
    assert asked_anew(folder) == []


def test_a_file_whose_numbers_are_turned_round_is_begun_anew(folder: Path) -> None:
    content = bytearray((folder / NAME).read_bytes())
    content[8:12] = content[8:12][::-1]
    (folder / NAME).write_bytes(content)
    assert asked_anew(folder) == TEXTS


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_no_damage_is_ever_trusted_and_the_next_start_is_whole(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    # Given a file with some bytes changed, cut off or put in anywhere
    folder = tmp_path_factory.mktemp("damaged")
    asked_anew(folder)
    content = bytearray((folder / NAME).read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, max(0, len(content) - 1)))
        match data.draw(st.sampled_from(["change", "cut", "put"])):
            case "change" if content:
                content[place] ^= data.draw(st.integers(1, 255))
            case "cut":
                del content[place:place + data.draw(st.integers(1, 200))]
            case _:
                content[place:place] = data.draw(st.binary(min_size=1, max_size=100))
    (folder / NAME).write_bytes(content)
    # Then every vector is right, and the time after nothing has to be encoded again
    asked_anew(folder)
    assert asked_anew(folder) == []


def test_a_record_cut_short_costs_that_record_alone(folder: Path) -> None:
    content = (folder / NAME).read_bytes()
    (folder / NAME).write_bytes(content[:-5])
    assert asked_anew(folder) == TEXTS[-1:]
    assert asked_anew(folder) == []


def test_a_file_damaged_while_in_use_is_not_trusted(folder: Path) -> None:
    cache, encoder = Cache(folder, "v1", SIZE), Encoder()
    content = (folder / NAME).read_bytes()
    with (folder / NAME).open("r+b") as file:
        file.seek(len(content) // 2)
        file.write(b"\xff" * 5)
    np.testing.assert_array_equal(cache.vectors(TEXTS, encoder), kept(TEXTS))
    assert len(encoder.asked) == 1


@pytest.mark.parametrize("in_the_way", ["file", "folder"])
def test_a_folder_that_cannot_be_used_is_said_once_and_memory_serves(
        tmp_path: Path, in_the_way: str, caplog: pytest.LogCaptureFixture) -> None:
    # Given a file where the folder should be, or a folder where the file should be
    folder = tmp_path / "vectors"
    if in_the_way == "file":
        folder.write_text("")
    else:
        (folder / NAME).mkdir(parents=True)
    # When it is used
    cache, encoder = Cache(folder, "v1", SIZE), Encoder()
    for _ in range(2):
        np.testing.assert_array_equal(cache.vectors(TEXTS, encoder), kept(TEXTS))
    cache.tidy()
    # Then nothing fails, nothing is encoded twice, and there is one warning
    assert encoder.asked == TEXTS
    assert len(caplog.records) == 1


def test_a_folder_that_vanishes_in_use_is_made_good_or_said(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    cache = Cache(folder, "v1", SIZE)
    (folder / NAME).unlink()
    folder.rmdir()
    folder.write_text("in the way")
    encoder = Encoder()
    for text in ("one", "two", "one", "two"):
        np.testing.assert_array_equal(cache.vectors([text], encoder), kept([text]))
    assert encoder.asked == ["one", "two"]
    assert len(caplog.records) == 1


def test_without_a_folder_memory_serves(caplog: pytest.LogCaptureFixture) -> None:
    cache, encoder = Cache(None, "v1", SIZE), Encoder()
    cache.vectors(TEXTS, encoder)
    np.testing.assert_array_equal(cache.vectors(TEXTS, encoder), kept(TEXTS))
    assert encoder.asked == TEXTS
    assert caplog.records == []


def test_two_processes_may_share_the_folder(folder: Path) -> None:
    one, other = Cache(folder, "v1", SIZE), Cache(folder, "v1", SIZE)
    one.vectors(["of one"], Encoder())
    other.vectors(["of the other"], Encoder())
    encoder = Encoder()
    np.testing.assert_array_equal(one.vectors(["of one", *TEXTS], encoder), kept(["of one", *TEXTS]))
    np.testing.assert_array_equal(other.vectors(["of the other", *TEXTS], encoder), kept(["of the other", *TEXTS]))
    assert encoder.asked == []
    assert asked_anew(folder, ["of one", "of the other", *TEXTS]) == []


def test_what_is_added_after_another_process_wrote_the_file_anew_is_kept(folder: Path) -> None:
    one = Cache(folder, "v1", SIZE)
    asked_anew(folder, version="v2")  # writes it anew
    asked_anew(folder, version="v1")  # and again
    one.vectors(["new"], Encoder())
    assert asked_anew(folder, ["new", *TEXTS]) == []


def test_threads_that_begin_the_file_together_lose_nothing(tmp_path: Path) -> None:
    def works(number: int) -> None:
        cache = Cache(tmp_path, "v1", SIZE)
        for text in range(20):
            texts = [f"{number} {text}", f"all {text}"]
            np.testing.assert_array_equal(cache.vectors(texts, Encoder()), kept(texts))

    asked_anew(tmp_path, [])
    with ThreadPoolExecutor() as threads:
        list(threads.map(works, range(4)))
    assert asked_anew(tmp_path, [f"{number} {text}" for number in range(4) for text in range(20)]) == []


def test_what_nobody_asks_for_any_more_goes_when_it_is_most_of_the_file(tmp_path: Path) -> None:
    old, wanted = [f"old {number}" for number in range(4_000)], [f"wanted {number}" for number in range(1_100)]
    asked_anew(tmp_path, [*old, *wanted])
    cache = Cache(tmp_path, "v1", SIZE)
    cache.vectors(wanted, Encoder())
    before = (tmp_path / NAME).stat().st_size
    cache.tidy()
    cache.tidy()
    assert (tmp_path / NAME).stat().st_size < before / 4
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
    cache.vectors(["new"], Encoder())
    assert asked_anew(tmp_path, ["new", *wanted]) == []
    assert asked_anew(tmp_path, old) == old


def test_what_is_mostly_in_use_stays(tmp_path: Path) -> None:
    texts = [str(number) for number in range(3_000)]
    asked_anew(tmp_path, texts)
    cache = Cache(tmp_path, "v1", SIZE)
    cache.vectors(texts[:1_600], Encoder())
    cache.tidy()
    assert asked_anew(tmp_path, texts) == []


@pytest.mark.parametrize("texts", [[], [""], ["\x00", "\ud800", "e\u0301", "é"]])
def test_any_text_has_a_key_of_its_own(tmp_path: Path, texts: list[str]) -> None:
    assert asked_anew(tmp_path, texts) == texts
    assert asked_anew(tmp_path, texts) == []


def test_vectors_of_a_wrong_shape_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected 1 vectors of 16"):
        Cache(tmp_path, "v1", SIZE).vectors(["a"], lambda texts: np.zeros((len(texts), SIZE + 1), np.float32))
