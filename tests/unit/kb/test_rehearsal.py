"""What a rehearsal promises: what changes is told with its question, what cannot change is not asked, and the matcher stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from kb.deciding import Deciding
from kb.decision import Thresholds
from kb.encoders import Encoders
from kb.entries import Entry
from kb.matching import Matcher
from kb.moved import moved, rows_changed
from kb.rehearsal import Kind, Question, Rehearsal, rehearse
from tests.builders import FAQ, an_entry
from tests.hashed import Hashed

BOLD = Deciding(Thresholds(answer=40.0, suggest=20.0))
BADGE = an_entry("badge", "How do I order a new badge?", phrasings=("my badge is broken", "badge for a visitor"))


@pytest.fixture(params=["words", "vectors"])
def matcher(request: pytest.FixtureRequest) -> Matcher:
    """The FAQ of the builders, by words alone and with an encoder."""
    return Matcher(FAQ, Encoders(Hashed()) if request.param == "vectors" else None)


def asked(*texts: str) -> list[Question]:
    return [Question(text, "en") for text in texts]


def of(found: Rehearsal) -> list[tuple[Kind, str]]:
    return [(one.kind, one.question.text) for one in found.changes]


def test_what_a_new_entry_answers_is_told(matcher: Matcher) -> None:
    found = rehearse(matcher, [BADGE], asked("my badge is broken", "I forgot my password"), BOLD)
    assert of(found) == [("answered", "my badge is broken")]
    assert found.changes[0].after.entry == "badge"


def test_what_loses_its_answer_is_told_with_the_entry_that_had_solved_it(matcher: Matcher) -> None:
    gone = replace(FAQ[1], retired=True)
    found = rehearse(matcher, [gone], [Question("VPN from home", "en", solved="vpn"), *asked("I forgot my password")], BOLD)
    assert [(one.kind, one.before.entry, one.is_worse) for one in found.changes] == [("lost", "vpn", True)]


def test_what_is_taken_from_another_entry_is_told(matcher: Matcher) -> None:
    robbed = replace(FAQ[0], texts=(replace(FAQ[0].texts[0], phrasings=()), *FAQ[0].texts[1:]))
    thief = an_entry("thief", "Who resets it?", phrasings=("my password has expired",))
    found = rehearse(matcher, [robbed, thief], asked("my password has expired"), BOLD)
    assert [(one.kind, one.before.entry, one.after.entry) for one in found.changes] == [("taken", "password", "thief")]


def test_known_phrasings_alone_are_answered_by_a_desk_that_learned_nothing_yet(matcher: Matcher) -> None:
    found = rehearse(matcher, [BADGE], asked("the badge of my visitor broke"), Deciding(Thresholds(suggest=5.0)))
    assert [kind for kind, _ in of(found)] in (["offered"], [])
    assert not found.of("answered")


def test_an_answer_in_other_words_moves_nothing_and_asks_nothing(matcher: Matcher) -> None:
    reworded = replace(FAQ[0], texts=tuple(replace(text, answer="Call 5555.") for text in FAQ[0].texts))
    found = rehearse(matcher, [reworded], asked("I forgot my password"), BOLD)
    assert (found.compared, found.changes) == (0, ())


def test_the_matcher_stays_as_it_is(matcher: Matcher) -> None:
    before = [match.entry_id for match in matcher.rank("VPN from home")]
    rehearse(matcher, [replace(entry, retired=True) for entry in FAQ], asked("VPN from home"), BOLD)
    assert [match.entry_id for match in matcher.rank("VPN from home")] == before
    assert {entry.id for entry in matcher.entries} == {entry.id for entry in FAQ}


def test_without_questions_the_entries_own_tests_are_tried(matcher: Matcher) -> None:
    found = rehearse(matcher, [replace(BADGE, finds=("where is my parrot",), avoids=("my badge is broken",))], [], BOLD)
    assert [(one.question, one.must) for one in found.broken] == [("where is my parrot", True), ("my badge is broken", False)]


def test_a_test_of_another_entry_breaks_only_if_it_held_before() -> None:
    guarded = replace(FAQ[1], finds=("VPN from home", "a parrot at the office"))
    matcher = Matcher([FAQ[0], guarded])
    thief = an_entry("thief", "VPN from home")
    found = rehearse(matcher, [thief], [], BOLD)
    assert {one.question for one in found.broken} <= {"VPN from home"}


def test_progress_is_told_to_the_end_and_its_exception_ends_the_rehearsal(matcher: Matcher) -> None:
    told: list[tuple[str, int, int]] = []
    rehearse(matcher, [BADGE], asked("my badge is broken", "I forgot my password"), BOLD, lambda *far: told.append(far))
    assert told[-1][0] == "compared"
    assert told[-1][1] == told[-1][2]

    def stop(stage: str, done: int, whole: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rehearse(matcher, [BADGE], asked("my badge is broken"), BOLD, stop)


def test_vectors_that_are_known_already_are_not_read_again() -> None:
    encoder = Hashed()
    matcher, wanted = Matcher(FAQ, Encoders(encoder)), list[str]()
    far = np.zeros((2, 64), np.float32)

    def read(of: Matcher, texts: Sequence[str]) -> NDArray[np.float32]:
        wanted.extend(texts)
        return far

    found = rehearse(matcher, [BADGE], asked("my badge is broken", "the badge of a visitor is broken"), BOLD, read=read)
    assert wanted == ["my badge is broken", "the badge of a visitor is broken"]
    assert found.compared == 1  # by those vectors the second is near to nothing
    assert not any("my badge is broken" in texts for texts in encoder.asked if len(texts) == 1)


def test_what_comes_or_goes_is_found_by_phrasing() -> None:
    matcher = Matcher(FAQ)
    shorter = replace(FAQ[0], texts=(replace(FAQ[0].texts[0], phrasings=("I forgot my password",)),))
    assert [row.text for row in rows_changed(matcher, [shorter])] == ["my password has expired", "¿Cómo restablezco mi contraseña?"]
    assert not rows_changed(matcher, list(FAQ))


def test_a_question_far_from_the_edit_is_not_asked_again() -> None:
    matcher = Matcher(FAQ)
    after = matcher.copy()
    after.put(BADGE)
    flags = moved(matcher, after, rows_changed(matcher, [BADGE]), ["my badge is broken", "printer floor"], None)
    assert flags.tolist() == [True, False]


def _fresh(entry: Entry) -> Matcher:
    return Matcher([*FAQ, entry], Encoders(Hashed()))


def test_a_copy_that_is_changed_answers_like_one_made_anew() -> None:
    copy = Matcher(FAQ, Encoders(Hashed())).copy()
    copy.put(BADGE)
    copy.read()
    for question in ("my badge is broken", "I forgot my password", "badge", "contraseña"):
        mine, anew = copy.rank(question), _fresh(BADGE).rank(question)
        assert [match.entry_id for match in mine[:2]] == [match.entry_id for match in anew[:2]]
        assert abs(mine[0].score - anew[0].score) < 3  # learning goes on from where it was
