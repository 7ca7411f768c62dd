"""What an import would do: new, changed, unchanged; what asks the same again; and that doing it twice is doing it once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kb.entries import Audience, Entry, Text, problems
from kb.plan import Handling, Plan, in_short, plan


def an_entry(name: str, question: str, *phrasings: str, lang: str = "en", answer: str = "So.", **more: object) -> Entry:
    return replace(Entry(name, (Text(lang, question, answer, phrasings),)), **more)  # type: ignore[arg-type]


VPN, WIFI = an_entry("vpn", "How do I connect?", "vpn access"), an_entry("wifi", "What is the password?")
KNOWN = {"vpn": VPN, "wifi": WIFI}


def kinds(made: Plan) -> list[tuple[str, str, str]]:
    return [(step.id, step.kind, step.into) for step in made.steps]


def test_what_is_new_changed_and_unchanged_is_told_and_nothing_is_removed() -> None:
    changed = an_entry("wifi", "What is the password?", answer="Ask.")
    made = plan([VPN, changed, an_entry("new", "Who?")], KNOWN)
    assert kinds(made) == [("vpn", "unchanged", ""), ("wifi", "changed", ""), ("new", "new", "")]
    assert [entry.id for entry in made.entries] == ["wifi", "new"]
    assert made.was == {"wifi": WIFI}


@pytest.mark.parametrize("question", ["how do i CONNECT", "VPN access?"])
def test_the_same_question_is_found_whatever_its_case_and_marks(question: str) -> None:
    [found] = plan([an_entry("x", question)], KNOWN).duplicates
    assert (found.entry.id, found.of, found.way, found.meaning) == ("x", "vpn", question, 0)


def test_of_two_that_arrive_the_later_repeats_the_earlier() -> None:
    made = plan([an_entry("a", "Who?"), an_entry("b", "who")], {}, "merge")
    assert kinds(made) == [("a", "new", ""), ("b", "merged", "a")]


def test_merged_its_ways_and_languages_go_over_and_answers_stay() -> None:
    other = Entry("x", (Text("en", "How do I connect", "Otherwise.", ("tunnel",)), Text("es", "¿Cómo?", "Así.")), tags=("net",))
    made = plan([other], KNOWN, "merge")
    assert kinds(made) == [("x", "merged", "vpn"), ("vpn", "changed", "")]
    assert made.entries == (Entry("vpn", (replace(VPN.texts[0], phrasings=("vpn access", "tunnel")), other.texts[1]), tags=("net",)),)


@pytest.mark.parametrize(("handling", "ids"), [("skip", []), ("keep", ["x"])])
def test_it_may_be_left_out_or_kept(handling: Handling, ids: list[str]) -> None:
    made = plan([an_entry("x", "How do I connect?")], KNOWN, handling)
    assert [entry.id for entry in made.entries] == ids
    assert made.steps[0].into == "vpn"


def test_what_was_merged_before_is_settled() -> None:
    other = an_entry("x", "How do I connect?", "tunnel")
    first = plan([other], KNOWN, "merge")
    after = KNOWN | {entry.id: entry for entry in first.entries}
    assert [one.settled for one in (*first.duplicates, *plan([other], after).duplicates)] == [False, True]


def test_each_may_be_decided_by_itself() -> None:
    arriving = [an_entry("x", "How do I connect?"), an_entry("y", "What is the password?")]
    made = plan(arriving, KNOWN, lambda one: "skip" if one.of == "vpn" else "keep")
    assert kinds(made) == [("x", "skipped", "vpn"), ("y", "new", "wifi")]


def test_what_repeats_something_merged_goes_where_that_went() -> None:
    arriving = [an_entry("a", "How do I connect?", "dial in"), an_entry("b", "Dial in!", "ring up")]
    made = plan(arriving, KNOWN, "merge")
    assert kinds(made) == [("a", "merged", "vpn"), ("b", "merged", "vpn"), ("vpn", "changed", "")]
    assert made.entries[0].texts[0].phrasings == ("vpn access", "dial in", "ring up")


@pytest.mark.parametrize("audience", ["desk", "internal"])
def test_what_only_some_may_read_is_not_merged_into_what_everybody_reads(audience: Audience) -> None:
    secret = Entry("x", (Text("en", "How do I connect?", "Otherwise."), Text("es", "¿Cómo?", "Solo agentes.")), audience=audience)
    assert kinds(plan([secret], KNOWN, "merge")) == [("x", "new", "vpn")]


def test_what_everybody_reads_may_be_merged_into_what_only_some_read() -> None:
    known = {"vpn": replace(VPN, audience="desk")}
    assert kinds(plan([an_entry("x", "How do I connect?", "dial in")], known, "merge"))[0] == ("x", "merged", "vpn")


def test_retired_entries_repeat_nothing_and_are_repeated_by_nothing() -> None:
    assert plan([an_entry("x", "How do I connect?", retired=True)], KNOWN).duplicates == ()
    assert plan([an_entry("x", "How do I connect?")], {"vpn": replace(VPN, retired=True)}).duplicates == ()


def test_what_both_have_already_is_not_told_again_but_a_shared_phrasing_that_is_new_is() -> None:
    twins = {"a": an_entry("a", "Who?"), "b": an_entry("b", "Who?")}
    assert plan([replace(twins["b"], tags=("x",))], twins).duplicates == ()
    made = plan([an_entry("x", "Other?", "vpn access")], KNOWN)
    assert (len(made.duplicates), made.clashes) == (0, (("x", "vpn", "vpn access"),))


def meant(questions: Sequence[str]) -> NDArray[np.float32]:
    """Three meanings: connecting, passwords, anything else by its own."""
    rows = np.zeros((len(questions), len(questions) + 2), np.float32)
    for n, question in enumerate(questions):
        rows[n, 0 if "connect" in question or "verbind" in question else 1 if "password" in question else n + 2] = 1
    return rows


def test_what_means_the_same_is_found_across_languages() -> None:
    made = plan([an_entry("x", "Wie verbinde ich mich?", lang="de"), an_entry("y", "Was?", lang="de")], KNOWN, "merge", meant)
    assert kinds(made) == [("x", "merged", "vpn"), ("y", "new", ""), ("vpn", "changed", "")]
    assert made.duplicates[0].meaning == 1


def test_opposites_do_not_mean_the_same() -> None:
    known = {"a": an_entry("a", "Quali sono i vantaggi?", lang="it")}
    alike = lambda questions: np.ones((len(questions), 1), np.float32)  # noqa: E731
    assert plan([an_entry("b", "Quali sono gli svantaggi?", lang="it")], known, "merge", alike).duplicates == ()
    assert len(plan([an_entry("b", "Quali sono i tempi?", lang="it")], known, "merge", alike).duplicates) == 1


def test_what_is_there_already_is_not_compared_by_meaning_again() -> None:
    twins = {**KNOWN, "x": an_entry("x", "Wie verbinde ich mich?", lang="de")}
    assert plan([replace(twins["x"], tags=("new",))], twins, "merge", meant).duplicates == ()


def test_of_a_file_that_could_not_be_read_whole_no_language_is_lost() -> None:
    known = {"a": Entry("a", (Text("en", "Who?", "I."), Text("es", "¿Quién?", "Yo.")))}
    made = plan([an_entry("a", "Who?", answer="You.")], known, keeps_languages=True)
    assert [text.lang for text in made.entries[0].texts] == ["en", "es"]


_NAMES = st.sampled_from(["a", "b", "c", "d", "e"])
_WORDS = st.sampled_from(["one", "two", "three", "four", "five"])
_SOME = st.lists(
    st.builds(an_entry, _NAMES, _WORDS, _WORDS, lang=st.sampled_from(["en", "es"]), answer=_WORDS, retired=st.booleans()),
    max_size=5,
    unique_by=lambda entry: entry.id,
)


@settings(max_examples=200, deadline=None)
@given(_SOME, _SOME, st.sampled_from(["merge", "skip", "keep"]), st.integers(0, 5))
def test_an_import_that_is_broken_off_anywhere_and_begun_again_ends_the_same(there: list[Entry], arriving: list[Entry], handling: Handling, done: int) -> None:
    known = {entry.id: entry for entry in there}
    made = plan(arriving, known, handling)
    whole = known | {entry.id: entry for entry in made.entries}
    part = known | {entry.id: entry for entry in made.entries[:done]}
    again = plan(arriving, part, handling)
    assert part | {entry.id: entry for entry in again.entries} == whole
    assert plan(arriving, whole, handling).entries == ()
    assert all(not problems(entry) for entry in whole.values())


def test_what_changed_is_told_in_short() -> None:
    was = Entry("a", (Text("en", "Who is it?", "It is the old desk on the second floor, as ever and ever.", ("who",)),), tags=("x",))
    now = Entry("a", (Text("en", "Who is it?", "It is the old desk on the third floor, as ever and ever.", ("whom",)), Text("es", "¿Quién?", "Yo.")))
    assert in_short(was, now) == [
        "en · phrasings: +'whom' -'who'",
        "en · answer: …old desk on the second floor, as ever and ever. → …old desk on the third floor, as ever and ever.",
        "tags: -'x'",
        "es · question: (nothing) → ¿Quién?",
        "es · answer: (nothing) → Yo.",
    ]
