"""The matcher with encoders: the real ones where meaning counts, hashed words where only the order of things does."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from kb.decision import Thresholds, decide
from kb.encoders import Encoders
from kb.entries import Entry, Match, Text
from kb.learned import is_small
from kb.matching import KEPT, Matcher, NotRead
from kb.rows import gathered
from kb.text import MAX_CHARS
from tests.hashed import Hashed

LONGEST = 40_000  # characters of a message that somebody may send


def an_entry(name: str, question: str, *phrasings: str, lang: str = "en") -> Entry:
    return Entry(name, (Text(lang, question, "answer", phrasings),))


FAQ = [
    an_entry("password", "How do I change an expired password?", "my password has run out", "password no longer valid"),
    an_entry("vpn", "How do I work over the VPN tunnel?", "start the company VPN", "VPN at a hotel"),
    an_entry("scanner", "Where can I scan a document?", "scan to mail", "the scanner by the stairs"),
    an_entry("badge", "I lost my entrance badge", "order a new badge", "my badge does not open the door"),
    an_entry("parking", "Who may use the garage?", "parking space for bicycles", "where do I park my car"),
    an_entry("expenses", "How are travel expenses paid back?", "refund a train ticket", "hand in receipts"),
]
WELDING = an_entry("welding", "Who teaches welding?", "welding course for beginners")
ABOUT = ["password expired vpn", "what the scanner does", "my badge and the garage", "train ticket receipts", "hotel"]


def ids(matches: Iterable[Match]) -> list[str]:
    return [match.entry_id for match in matches]


def a_matcher(entries: Iterable[Entry] = FAQ, english: bool = True) -> tuple[Matcher, Hashed, Hashed]:
    """With encoders that hash words, not asked yet."""
    general, own = Hashed(64, "general"), Hashed(48, "english")
    matcher = Matcher(entries, Encoders(general, own if english else None))
    general.forget()
    own.forget()
    return matcher, general, own


@pytest.fixture(scope="module")
def matcher(encoders: Encoders) -> Matcher:
    """Not to be changed by a test."""
    return Matcher(FAQ, encoders)


# ---- with the real encoders
@pytest.mark.parametrize(("question", "entry_id"), [
    ("can I get my money back for the journey", "expenses"), ("mi contraseña ya no funciona", "password"), ("où puis-je garer ma voiture ?", "parking"),
    ("come vengo rimborsato per il biglietto del treno?", "expenses"), ("como digitalizo um documento?", "scanner"),
    ("Mein Ausweis öffnet die Tür nicht mehr", "badge"), ("忘记密码怎么办", "password"), ("نسيت كلمة المرور", "password")])
def test_a_question_in_another_language_finds_the_english_entry(matcher: Matcher, question: str, entry_id: str) -> None:
    [best, second, *_] = matcher.rank(question)
    assert best.entry_id == entry_id
    assert best.score > second.score + 20
    assert not best.known


def test_a_question_in_another_language_tells_how_it_was_read_in_english(matcher: Matcher) -> None:
    [best, *_] = matcher.rank("¿Dónde puedo escanear un documento en la escalera?")
    assert any({"where", "scan", "document", "stairs"} <= set(reason.split()) for reason in best.reasons if reason.startswith("read as: "))


@pytest.mark.parametrize(("question", "entry_id"), [
    ("i cannt log in, the pasword is to old", "password"), ("wheer can i prak my moterbike", "parking"), ("giv me a new bagde pls", "badge")])
def test_slips_of_the_keyboard_do_not_hide_what_is_meant(matcher: Matcher, question: str, entry_id: str) -> None:
    assert matcher.rank(question)[0].entry_id == entry_id


def test_a_reading_that_is_not_what_was_typed_is_told(matcher: Matcher) -> None:
    [best, *_] = matcher.rank("the scaner on my floor does nothing useful")
    assert best.entry_id == "scanner"
    assert "read as: the scanner on my floor does nothing useful" in best.reasons
    assert any(reason.startswith("meaning: ") for reason in best.reasons)


@pytest.mark.parametrize("question", [
    "where can I buy a submarine?", "who won the match yesterday", "¿qué tiempo hace mañana?", "Ich hätte gern eine Pizza", "asdf qwer zxcv", "ꙮꙮ"])
def test_what_no_entry_is_about_is_handed_over(matcher: Matcher, question: str) -> None:
    assert decide(matcher.rank(question), Thresholds(answer=80.0)).decision == "hand_over"


def test_what_is_put_is_found_by_meaning_once_it_is_read(encoders: Encoders) -> None:
    matcher = Matcher(FAQ, encoders)
    matcher.put(WELDING)
    assert not matcher.is_read
    assert ids(matcher.rank("welding course for beginners")) == ["welding"]
    matcher.read()
    assert matcher.is_read
    assert matcher.rank("¿Quién me enseña a soldar?")[0].entry_id == "welding"


def test_a_question_marked_as_not_for_the_faq_takes_its_like_along(encoders: Encoders) -> None:
    matcher = Matcher(FAQ, encoders)
    question = "how much is a train ticket to Vienna"
    before = matcher.rank(question)[0].score
    matcher.put_outside(1, "what does the train ticket to Vienna cost")
    matcher.read()
    assert matcher.rank(question)[0].score < before / 2
    assert matcher.rank("refund a train ticket")[0].score == 100.0
    matcher.drop_outside(1)
    matcher.read()
    assert matcher.rank(question)[0].score == pytest.approx(before)


def test_few_phrasings_and_many_give_the_same_first_entry_where_it_is_plain(encoders: Encoders) -> None:
    questions = {"my password does not work any more": "password", "how do I use the VPN": "vpn", "Wo kann ich etwas einscannen?": "scanner",
                 "I cannot find my badge": "badge", "is there a parking lot for my car": "parking", "rimborso spese di viaggio": "expenses"}
    few, many = Matcher(FAQ, encoders), Matcher(many_entries(), encoders)
    assert {question: few.rank(question)[0].entry_id for question in questions} == questions
    assert {question: many.rank(question)[0].entry_id for question in questions} == questions


# ---- what is known needs no encoder
@pytest.mark.parametrize(("question", "entry_id", "score"), [
    ("  MY password has run out!", "password", 100.0), ("order new badge", "badge", 99.5), ("start teh company VPN", "vpn", 99.5),
    ("my pasword has run out", "password", 99.5), ("where do I pakr my car", "parking", 99.5)])
def test_what_is_known_or_nearly_is_found_without_asking_an_encoder(question: str, entry_id: str, score: float) -> None:
    matcher, general, english = a_matcher()
    [best, *_] = matcher.rank(question, encode=False)
    assert (best.entry_id, best.score, best.known) == (entry_id, score, True)
    assert (general.asked, english.asked) == ([], [])


@pytest.mark.parametrize("question", ["star the company VPN", "refund a rain ticket"])
def test_another_usual_word_is_no_slip_of_a_known_one(question: str) -> None:
    matcher, *_ = a_matcher()
    assert "a known phrasing, but for slips" not in matcher.rank(question)[0].reasons


def test_a_phrasing_known_of_two_entries_names_both_and_answers_with_neither() -> None:
    matcher, general, _ = a_matcher([*FAQ, an_entry("visitors", "Visitors", "Order a new badge!")])
    found = matcher.rank("order a new badge")
    assert sorted(ids(found)) == ["badge", "visitors"]
    assert {match.score for match in found} == {100.0}
    assert decide(found, Thresholds(answer=10.0)).decision == "suggest"
    assert general.asked == []


def test_a_phrasing_nearly_known_of_two_entries_is_answered_with_neither() -> None:
    matcher, *_ = a_matcher([*FAQ, an_entry("visitors", "Visitors", "Order a new badge!")])
    found = matcher.rank("ordre a new badge")
    assert sorted(ids(found)[:2]) == ["badge", "visitors"]
    assert decide(found, Thresholds(answer=10.0)).decision == "suggest"


def test_a_phrasing_nearly_known_of_one_entry_is_answered_and_named_once() -> None:
    matcher, *_ = a_matcher()
    found = matcher.rank("order new badge", limit=20)
    assert ids(found).count("badge") == 1
    assert decide(found, Thresholds()).matches[0].entry_id == "badge"


# ---- reading beside the questions
def test_a_question_that_was_not_read_says_so_and_is_answered_once_it_is() -> None:
    matcher, general, _ = a_matcher()
    with pytest.raises(NotRead):
        matcher.rank("the badge for the garage", encode=False)
    assert general.asked == []
    matcher.prepare("the badge for the garage")
    asked = len(general.asked)
    assert ids(matcher.rank("the badge for the garage", encode=False))
    assert len(general.asked) == asked


def test_a_question_asked_again_is_not_read_again() -> None:
    matcher, general, english = a_matcher()
    first = matcher.rank("the badge for the garage")
    counts = len(general.asked), len(english.asked)
    assert matcher.rank("the badge for the garage") == first
    assert (len(general.asked), len(english.asked)) == counts


def test_only_the_last_questions_are_kept() -> None:
    matcher, general, _ = a_matcher()
    for n in range(KEPT + 40):
        matcher.rank(f"the badge of person{n}")
    general.forget()
    matcher.rank(f"the badge of person{KEPT + 39}")
    assert general.asked == []
    matcher.rank("the badge of person0")
    assert len(general.asked) == 1


def test_a_marked_question_costs_the_event_loop_no_encoding() -> None:
    matcher, general, _ = a_matcher()
    matcher.put_outside(1, "the badge for the garage of the museum")
    matcher.read()
    question = "the badge for the garage of a museum"
    matcher.prepare(question)
    general.forget()
    matcher.rank(question, encode=False)
    assert general.asked == []


# ---- entries come and go
@pytest.mark.parametrize("retired", [False, True])
@pytest.mark.parametrize("size", ["few", "many"])
def test_what_is_taken_out_is_never_found_again(size: str, retired: bool) -> None:
    matcher, *_ = a_matcher(FAQ if size == "few" else many_entries())
    before = {question: ids(matcher.rank(question, limit=20)) for question in ABOUT}
    assert any("badge" in found for found in before.values())
    if retired:
        matcher.put(Entry("badge", FAQ[3].texts, retired=True))
    else:
        matcher.remove("badge")
    for _ in ("before it is read", "after"):
        assert not any("badge" in ids(matcher.rank(question, limit=20)) for question in (*ABOUT, "I lost my entrance badge", "I lost my entrence badge"))
        matcher.read()


@pytest.mark.parametrize("size", ["few", "many"])
def test_what_is_put_is_found_by_its_words_at_once(size: str) -> None:
    matcher, *_ = a_matcher(FAQ if size == "few" else many_entries())
    matcher.put(WELDING)
    for question in ("Who teaches welding?", "who taeches welding", "a course about welding please"):
        assert matcher.rank(question)[0].entry_id == "welding", question


@pytest.mark.parametrize("size", ["few", "many"])
def test_changes_read_one_by_one_end_where_a_new_matcher_begins(size: str) -> None:
    start = FAQ if size == "few" else many_entries()
    changed, *_ = a_matcher(start)
    for entry in (WELDING, an_entry("badge", "Something else entirely", "a hotel nearby")):
        changed.put(entry)
        changed.read()
    changed.remove("vpn")
    changed.read()
    kept = [entry for entry in start if entry.id not in ("badge", "vpn")]
    fresh, *_ = a_matcher([*kept, WELDING, an_entry("badge", "Something else entirely", "a hotel nearby")])
    for question in (*ABOUT, "a course about welding please"):
        one, other = changed.rank(question), fresh.rank(question)
        assert one[0].entry_id == other[0].entry_id
        assert one[0].score == pytest.approx(other[0].score, abs=2)


def test_only_what_changed_is_read_again_among_many() -> None:
    matcher, general, english = a_matcher(many_entries())
    matcher.put(WELDING)
    matcher.read()
    assert [sorted(texts) for texts in (*general.asked, *english.asked) if texts] == 2 * [["Who teaches welding?", "welding course for beginners"]]


def many_entries() -> list[Entry]:
    """Too many phrasings to learn from."""
    return [*FAQ, *(an_entry(f"room{n}", f"room{n}") for n in range(860))]


def test_the_many_are_many() -> None:
    assert is_small(gathered(FAQ))
    assert not is_small(gathered(many_entries()))


@pytest.mark.parametrize("size", ["few", "many"])
def test_many_threads_may_ask_while_entries_change(size: str) -> None:
    matcher, *_ = a_matcher(FAQ if size == "few" else many_entries())

    def ask(n: int) -> list[str]:
        return ids(matcher.rank(f"{ABOUT[n % len(ABOUT)]} {n % 40}", limit=8))

    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(ask, n) for n in range(240)]
        for n in range(40):
            matcher.put(an_entry(f"new{n % 5}", f"the badge number{n}", "train ticket receipts"))
            matcher.remove(f"new{(n + 3) % 5}")
            matcher.read()
        found = [each.result() for each in asked]
    assert all(len(set(each)) == len(each) for each in found)
    assert all(found)


def test_many_threads_may_change_entries_and_nothing_is_lost() -> None:
    matcher, *_ = a_matcher()

    def add(n: int) -> None:
        matcher.put(an_entry(f"new{n}", f"subject{n} explained"))
        matcher.read()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(add, range(24)))
    assert len(matcher) == len(FAQ) + 24
    assert all(matcher.rank(f"subject{n} in short")[0].entry_id == f"new{n}" for n in range(24))


# ---- without encoders
def test_without_encoders_words_decide_and_languages_are_not_crossed() -> None:
    matcher = Matcher(FAQ)
    assert (matcher.scale, matcher.is_read) == ("words", True)
    assert matcher.rank("mein Ausweis öffnet die Tür nicht") == []
    assert matcher.rank("entrance bagde lost", encode=False)[0].entry_id == "badge"
    matcher.read()
    matcher.prepare("anything")


def test_with_encoders_from_later_on_scores_are_of_another_scale() -> None:
    matcher = Matcher(FAQ)
    matcher.begin(Encoders(Hashed(version="1"), Hashed(version="2")))
    assert matcher.scale == "meaning 1+2"
    assert ids(matcher.rank("the badge for the garage"))


def test_until_the_entries_are_read_the_scale_is_that_of_words() -> None:
    matcher, scales = Matcher(FAQ), list[str]()

    class Watching(Hashed):
        def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
            scales.append(matcher.scale)
            return super().encode(texts)

    matcher.begin(Encoders(Watching()))
    assert set(scales) == {"words"}
    assert matcher.scale == "meaning hashed+"


def test_without_the_english_encoder_the_multilingual_one_decides(encoders: Encoders) -> None:
    matcher = Matcher(FAQ, Encoders(encoders.general))
    assert matcher.rank("can I get my money back for the journey")[0].entry_id == "expenses"
    assert matcher.rank("mi contraseña ya no funciona")[0].entry_id == "password"


def test_progress_is_told_up_to_the_end() -> None:
    told = list[tuple[int, int]]()
    Matcher(many_entries(), Encoders(Hashed(), None), lambda done, whole: told.append((done, whole)))
    assert told
    assert told[-1][0] == told[-1][1] > 0
    assert [done for done, _ in told] == sorted(done for done, _ in told)


# ---- bad input
BAD = {
    "empty": "", "spaces": " \n\t", "emoji": "😀👩‍🚒🎉",
    "long": "password " * (LONGEST // 9), "one long word": "x" * LONGEST, "long accents": "e\u0301" * (LONGEST // 2),
    "long Chinese": "忘记密码" * (LONGEST // 4),
    "mixed scripts": "scan Dokument где escáner 文档 سكانر", "invisible": "pass\u200bword\u200f ex\ufeffpired\u202e",
    "Chinese": "忘记密码怎么办", "Arabic": "نسيت كلمة المرور", "NUL": "pass\0word\0", "surrogate": "\ud800 password \udfff", "only surrogates": "\ud800" * 50,
    "punctuation": "?!…—«»", "numbers": "12345678 00000", "combining": "\u0301\u0316", "template": "{0.__class__} %s %n {{7*7}}", "link": "https://example.com/?q=password",
}


@pytest.mark.parametrize("question", BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("lang", [None, "en", "xx", ""])
def test_anything_may_be_asked(matcher: Matcher, question: str, lang: str | None) -> None:
    found = matcher.rank(question, lang)
    assert all(0 <= match.score <= 100 and list(match.reasons) for match in found)
    assert [match.score for match in found] == sorted((match.score for match in found), reverse=True)


@pytest.mark.parametrize("name", ["empty", "spaces", "emoji", "only surrogates", "punctuation", "numbers", "combining", "link"])
def test_a_question_without_a_word_finds_nothing_and_is_not_read(name: str) -> None:
    matcher, general, english = a_matcher()
    assert matcher.rank(BAD[name]) == []
    assert (general.asked, english.asked) == ([], [])


@pytest.mark.parametrize("size", ["few", "many"])
@pytest.mark.parametrize("name", ["long", "one long word", "long accents", "long Chinese"])
def test_a_long_question_costs_no_more_than_a_short_one(name: str, size: str) -> None:
    matcher, general, english = a_matcher(FAQ if size == "few" else many_entries())
    matcher.rank(BAD[name])
    for encoder in (general, english):
        assert sum(map(len, encoder.asked)) <= 2
        assert all(len(text) <= MAX_CHARS + 60 for texts in encoder.asked for text in texts)


ODD = {
    "no text": Entry("odd", ()), "only punctuation": an_entry("odd", "?!", "…", "😀"), "empty question": an_entry("odd", ""),
    "unknown language": an_entry("odd", "Hur gör jag?", lang="sv"), "NUL": an_entry("odd", "a\0b \ud800"),
    "500 phrasings": an_entry("odd", "many ways", *(f"way number{n} to say it" for n in range(500))),
}


@pytest.mark.parametrize("entry", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("others", [FAQ, []], ids=["among others", "alone"])
def test_any_entry_may_be_put_and_taken_out(entry: Entry, others: list[Entry]) -> None:
    matcher, *_ = a_matcher([*others, entry])
    for question in (*ABOUT, *BAD.values()):
        assert all(0 <= match.score <= 100 for match in matcher.rank(question))
    if others:
        assert matcher.rank("my badge and the garage")[0].entry_id in ("badge", "parking")
    matcher.remove("odd")
    matcher.read()
    assert not any("odd" in ids(matcher.rank(question)) for question in (*ABOUT, "way number7 to say it"))
    assert others or matcher.rank("my badge") == []


def test_one_entry_of_five_hundred_phrasings_is_named_once() -> None:
    matcher, *_ = a_matcher([*FAQ, ODD["500 phrasings"]])
    assert ids(matcher.rank("which way to say number7", limit=20)).count("odd") == 1


def test_an_only_entry_is_found_but_not_whatever_is_asked(encoders: Encoders) -> None:
    matcher = Matcher(FAQ[:1], encoders)
    assert matcher.rank("mi contraseña ya no funciona")[0].score > 60
    assert decide(matcher.rank("Ich hätte gern eine Pizza"), Thresholds(answer=80.0)).decision != "answer"


def test_two_entries_with_the_same_question_are_both_suggested() -> None:
    matcher, *_ = a_matcher([*FAQ, an_entry("badge2", "I lost my entrance badge")])
    verdict = decide(matcher.rank("I lost my entrance badge"), Thresholds(answer=10.0))
    assert (verdict.decision, sorted(ids(verdict.matches))) == ("suggest", ["badge", "badge2"])


def test_thousands_of_entries_that_are_all_alike_are_none_of_them_answered() -> None:
    matcher, general, _ = a_matcher([an_entry(f"e{n}", "I lost my entrance badge") for n in range(2_000)], english=False)
    for question in ("I lost my entrance badge", "I lost my entrence badge", "a badge for the museum"):
        found = matcher.rank(question)
        assert len(set(ids(found))) == len(found) == 5
        assert decide(found, Thresholds(answer=80.0)).decision != "answer"
    assert sum(map(len, general.asked)) <= 4


@pytest.mark.parametrize("limit", [-1, 0])
def test_asking_for_nothing_gives_nothing(limit: int) -> None:
    matcher, general, _ = a_matcher()
    assert matcher.rank("the badge for the garage", limit=limit) == []
    assert general.asked == []


@pytest.mark.parametrize("limit", [1, 3, 50])
@pytest.mark.parametrize("question", ["the badge for the garage", "my pasword has run out", "I lost my entrance badge"])
def test_no_more_are_given_than_asked_for_and_none_twice(question: str, limit: int) -> None:
    matcher, *_ = a_matcher()
    found = ids(matcher.rank(question, limit=limit))
    assert 1 <= len(found) <= limit
    assert len(set(found)) == len(found)


def test_what_questions_mean_is_known_while_there_is_no_entry_yet() -> None:
    """A new desk's questions are put together across languages before anybody has written an answer."""
    empty = Matcher((), Encoders(Hashed(64, "general")))

    vectors = empty.vectors(["book a space", "space to book", "lost badge"])

    assert empty.reads_meaning
    assert vectors is not None
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]
    assert empty.rank("book a space") == []
