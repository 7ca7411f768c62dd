from __future__ import annotations

import numpy as np
import pytest

from kb.entries import Entry, Text
from kb.learned import MOST_WORK, Learned, Views, is_small
from kb.rows import Rows, gathered
from tests.hashed import Hashed

GENERAL, ENGLISH = Hashed(64, "general"), Hashed(48, "english")
PASSWORD = Entry("password", (Text("en", "reset my password", "a", ("forgot the password", "password expired")), Text("es", "mi contraseña caducada", "a")))
VPN = Entry("vpn", (Text("en", "connect to the vpn", "a", ("vpn from a hotel", "start the vpn tunnel")),))
BADGE = Entry("badge", (Text("en", "lost my badge", "a", ("badge at the door", "order a badge")),))
FAQ = [PASSWORD, VPN, BADGE]


def learned(entries: list[Entry], before: Learned | None = None, english: bool = True) -> Learned:
    rows = gathered(entries)
    return Learned(rows, GENERAL.encode(rows.texts()), ENGLISH.encode(rows.texts("en")) if english else None, before)


def asked(known: Learned, text: str, english: bool = True, **odds: float) -> Views:
    return known.compare(text, GENERAL.encode([text])[0], ENGLISH.encode([text])[0] if english else None, odds or {"en": 1.0})


def rows_of_size(entries: int, phrasings: int) -> Rows:
    return gathered(Entry(f"e{n}", (Text("en", f"e{n}", "a", tuple(f"e{n} way{m}" for m in range(phrasings - 1))),)) for n in range(entries))


def test_all_views_put_the_entry_first_that_says_it() -> None:
    views = asked(learned(FAQ), "i forgot my password at home")
    assert set(views.spread) == {"plain", "lettered", "english", "joint"}
    assert {name: int(values.argmax()) for name, values in views.spread.items()} == dict.fromkeys(views.spread, 0)
    assert {name: int(values.argmax()) for name, values in views.near.items()} == dict.fromkeys(views.near, 0)


def test_what_the_regressions_say_are_log_probabilities() -> None:
    for values in asked(learned(FAQ), "vpn").spread.values():
        assert values.shape == (3,)
        assert np.exp(values).sum() == pytest.approx(1, abs=1e-4)


def test_the_nearest_phrasing_of_each_entry_is_named() -> None:
    known = learned(FAQ)
    assert [known.rows.rows[place].text for place in asked(known, "password expired badge vpn hotel door").best.tolist()] == [
        "password expired", "vpn from a hotel", "badge at the door"]


def test_letters_count_in_the_language_of_the_question_alone() -> None:
    known = learned(FAQ)
    spanish = asked(known, "contraseña", es=1.0, en=0.0).near["letters"]
    assert spanish[0] > 0.3
    assert asked(known, "contraseña", es=0.0, en=1.0).near["letters"][0] < spanish[0]
    assert asked(known, "tunnel", es=1.0, en=0.0).near["letters"].tolist() == [0, 0, 0]


@pytest.mark.parametrize(("knows", "asks"), [(False, True), (True, False), (False, False)])
def test_without_the_english_encoder_the_other_views_remain(knows: bool, asks: bool) -> None:
    views = asked(learned(FAQ, english=knows), "vpn tunnel", english=asks)
    assert set(views.spread) == {"plain", "lettered"}
    assert views.spread["lettered"].argmax() == 1


def test_an_entry_without_an_english_text_is_nothing_to_the_english_encoder() -> None:
    known = learned([*FAQ, Entry("beca", (Text("es", "pedir una beca", "a"),))])
    views = asked(known, "badge")
    assert views.near["english near"][3] == 0
    assert np.isfinite(known.typical_english).all()
    assert views.spread["english"].argmax() == 2


def test_phrasings_that_are_near_each_other_make_an_entrys_own_likeness() -> None:
    alike = Entry("alike", (Text("en", "one two three four", "a", ("one two three five", "one two three six", "one two three seven")),))
    apart = Entry("apart", (Text("en", "red", "a", ("blue", "green", "white")),))
    typical = learned([alike, apart]).typical
    assert typical[0] > typical[1] + 0.2


def test_an_entry_with_one_phrasing_has_the_others_own_likeness() -> None:
    known = learned([*FAQ, Entry("single", (Text("en", "parking", "a"),))])
    assert known.typical[3] == pytest.approx(known.typical[:3].mean(), abs=0.1)
    assert learned([Entry("a", (Text("en", "parking", "a"),)), Entry("b", (Text("en", "heating", "a"),))]).typical.tolist() == pytest.approx([0.65, 0.65])


@pytest.mark.parametrize("changed", [[VPN, BADGE], [*FAQ, Entry("new", (Text("en", "canteen menu", "a", ("what is for lunch",)),))], [BADGE, VPN, PASSWORD]])
def test_what_is_learned_from_the_last_time_is_what_is_learned_anew(changed: list[Entry]) -> None:
    quick, fresh = learned(changed, before=learned(FAQ)), learned(changed)
    for text in ("badge", "vpn at the door", "lunch"):
        one, other = asked(quick, text), asked(fresh, text)
        for name, values in one.spread.items():
            assert np.abs(np.exp(values) - np.exp(other.spread[name])).max() < 0.05


def test_coefficients_of_an_english_encoder_that_is_new_begin_at_nothing() -> None:
    assert asked(learned(FAQ, before=learned(FAQ, english=False)), "badge").spread["english"].argmax() == 2


def test_only_what_takes_seconds_is_learned_from() -> None:
    assert is_small(rows_of_size(150, 6))
    assert not is_small(rows_of_size(150, 14))
    assert (150 * 6) ** 2 * 150 <= MOST_WORK < (150 * 14) ** 2 * 150


@pytest.mark.parametrize("count", [0, 1])
def test_there_is_nothing_to_tell_apart_in_less_than_two_entries(count: int) -> None:
    assert not is_small(gathered(FAQ[:count]))


@pytest.mark.parametrize("text", ["", "😀", "忘记密码", "\0", "x" * 4_000])
def test_any_text_may_be_compared(text: str) -> None:
    views = asked(learned(FAQ), text)
    assert all(np.isfinite(values).all() for values in (*views.spread.values(), *views.near.values()))
