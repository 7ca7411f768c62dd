"""Questions that ask for the same are put together, the greatest group first, and each group is named by one of its own."""

from __future__ import annotations

import numpy as np

from kb.clusters import LETTERS, clusters, lettered
from kb.encoders import Encoders

WIFI = [
    "How do I connect to the office Wi-Fi?", "¿Cómo me conecto a la wifi de la oficina?",
    "Wie verbinde ich mich mit dem WLAN im Büro?", "connect to office wifi",
]  # fmt: skip
PRINTER = ["How do I add a printer?", "Comment ajouter une imprimante ?", "Wie füge ich einen Drucker hinzu?"]


def _unit(*rows: list[float]) -> np.ndarray:
    found = np.array(rows, np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def test_the_like_stand_together_the_greatest_first() -> None:
    found = clusters(_unit([1, 0, 0], [0, 1, 0], [1, 0.1, 0], [0, 1, 0.1], [1, 0, 0.1]))
    assert [set(one.members) for one in found] == [{0, 2, 4}, {1, 3}]


def test_what_is_like_nothing_stands_alone() -> None:
    found = clusters(_unit([1, 0, 0], [0, 1, 0], [0, 0, 1]))
    assert sorted(one.members for one in found) == [(0,), (1,), (2,)]


def test_a_group_is_named_by_its_most_typical_question() -> None:
    [found] = clusters(_unit([1, 0.5, 0], [1, 0, 0], [1, -0.5, 0]))
    assert found.medoid == 1
    assert list(found.typical) == sorted(found.typical, reverse=True)


def test_what_was_asked_often_counts_as_often() -> None:
    found = clusters(_unit([1, 0], [0, 1], [0.1, 1]), [5, 1, 1])
    assert found[0].members == (0,)


def _at(*degrees: float) -> np.ndarray:
    """Vectors that lie so far apart on a circle."""
    return np.array([[np.cos(np.radians(one)), np.sin(np.radians(one))] for one in degrees], np.float32)


def test_groups_whose_middles_are_near_are_one() -> None:
    near, vectors = float(np.cos(np.radians(10))), _at(0, 5, 35, 40)
    assert [set(one.members) for one in clusters(vectors, near=near, middles=0.95)] == [{0, 1}, {2, 3}]
    assert [set(one.members) for one in clusters(vectors, near=near, middles=0.7)] == [{0, 1, 2, 3}]


def test_a_question_goes_to_the_nearest_group_though_another_took_it_first() -> None:
    found = clusters(_at(0, 2, 4, 6, 28, 40, 42, 44), [10, 10, 10, 10, 1, 1, 1, 1], near=float(np.cos(np.radians(26))), middles=0.9)
    assert [set(one.members) for one in found] == [{0, 1, 2, 3}, {4, 5, 6, 7}]


def test_questions_without_a_vector_stand_alone() -> None:
    found = clusters(np.concatenate([_unit([1, 0], [1, 0.1]), np.zeros((2, 2), np.float32)]))
    assert sorted(map(len, (one.members for one in found))) == [1, 1, 2]


def test_nothing_gives_nothing() -> None:
    assert clusters(np.zeros((0, 8), np.float32)) == []
    assert clusters(lettered([])) == []


def test_every_question_is_in_one_group_and_the_groups_are_the_same_again() -> None:
    vectors = np.random.default_rng(3).standard_normal((200, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = clusters(vectors)
    assert sorted(place for one in found for place in one.members) == list(range(200))
    assert found == clusters(vectors)


def test_progress_is_told_to_the_end() -> None:
    told: list[tuple[int, int]] = []
    clusters(_unit([1, 0], [0, 1]), progress=lambda done, whole: told.append((done, whole)))
    assert told[-1] == (2, 2)


def test_languages_stand_together_by_meaning(encoders: Encoders) -> None:
    found = clusters(encoders.general.encode([*WIFI, *PRINTER]))
    assert [set(one.members) for one in found[:2]] == [{0, 1, 2, 3}, {4, 5, 6}]


def test_without_an_encoder_letters_put_the_like_together() -> None:
    found = clusters(lettered(["reset my password", "how to reset my password?", "the printer is jammed"]), near=LETTERS)
    assert set(found[0].members) == {0, 1}
