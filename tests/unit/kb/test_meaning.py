from __future__ import annotations

from pathlib import Path

import pytest

from kb.cache import Cache
from kb.encoders import Encoders
from kb.entries import Entry, Text
from kb.meaning import Many, Meaning, Meant, Reading, Taught
from tests.hashed import Hashed


def an_entry(name: str, *phrasings: str, lang: str = "en") -> Entry:
    return Entry(name, (Text(lang, phrasings[0], "a", phrasings[1:]),))


FAQ = [an_entry("password", "reset my password", "forgot the password"), an_entry("vpn", "connect to the vpn", "vpn from a hotel"),
       an_entry("badge", "lost my badge", "badge at the door")]
CROWD = [an_entry(f"room{n}", f"room{n}") for n in range(860)]


class Reader:
    """Reads with hashed words, and keeps the last meaning."""

    def __init__(self, caches: tuple[Cache, Cache] | None = None, english: bool = True) -> None:
        self.general, self.english = Hashed(64, "general"), Hashed(48, "english")
        self._reading = Reading(Encoders(self.general, self.english if english else None, caches))
        self.now: Meaning | None = None

    def read(self, entries: list[Entry], *changed: str) -> Meaning | None:
        self.now = self._reading.read(entries, self.now, changed)
        return self.now

    def compare(self, text: str, *wanted: str) -> Meant:
        assert self.now is not None
        return self.now.compare(text, self.general.encode([text])[0], self.english.encode([text])[0], {"en": 1.0}, wanted)

    def first(self, text: str) -> str:
        meant = self.compare(text)
        return meant.entries[int(meant.near["near"].argmax())]


def test_little_is_learned_from_much_is_compared_and_nothing_is_nothing() -> None:
    assert isinstance(Reader().read(FAQ), Taught)
    assert isinstance(Reader().read(FAQ + CROWD), Many)
    assert isinstance(Reader().read(FAQ[:1]), Many), "one entry cannot be told from others"
    assert Reader().read([]) is None
    assert Reader().read([an_entry("odd", "?!")]) is None


@pytest.mark.parametrize("others", [[], CROWD], ids=["few", "many"])
def test_the_entry_that_says_it_is_nearest_with_its_phrasing(others: list[Entry]) -> None:
    reader = Reader()
    reader.read(FAQ + others)
    meant = reader.compare("the badge at the door", "password", "badge")
    place = meant.entries.index("badge")
    assert meant.near["near"].argmax() == place
    assert meant.rows[place] == ("badge", "en", "badge at the door")
    assert all(len(values) == len(meant.entries) == len(meant.rows) for values in meant.near.values())


def test_entries_that_are_wanted_are_compared_though_they_are_not_near() -> None:
    reader = Reader()
    reader.read(FAQ + CROWD)
    near = reader.compare("room17 room18 room19")
    assert len(set(near.entries)) == len(near.entries) < len(FAQ + CROWD)
    wanted = next(entry.id for entry in FAQ + CROWD if entry.id not in near.entries)
    assert wanted in reader.compare("room17 room18 room19", wanted).entries
    assert "nobody" not in reader.compare("room17", "nobody").entries


@pytest.mark.parametrize("others", [[], CROWD], ids=["few", "many"])
def test_what_was_read_is_held_until_it_is_taken_out(others: list[Entry]) -> None:
    reader = Reader()
    before = reader.read(FAQ + others)
    assert before is not None
    assert (before.holds("badge"), before.holds("nobody")) == (True, False)
    after = reader.read(FAQ[:2] + others, "badge")
    assert after is not None
    assert not after.holds("badge")
    assert "badge" not in reader.compare("badge at the door", "badge").entries


@pytest.mark.parametrize("others", [[], CROWD], ids=["few", "many"])
def test_a_changed_entry_is_found_by_its_new_wording_alone(others: list[Entry]) -> None:
    reader = Reader()
    reader.read(FAQ + others)
    reader.read([*FAQ[:2], an_entry("badge", "canteen menu"), *others], "badge")
    assert reader.first("canteen menu") == "badge"
    meant = reader.compare("lost my badge", "badge")
    assert meant.near["near"][meant.entries.index("badge")] < 0.5


def test_among_many_only_what_changed_is_encoded() -> None:
    reader = Reader()
    reader.read(FAQ + CROWD)
    reader.general.forget()
    reader.english.forget()
    reader.read([*FAQ, an_entry("new", "canteen menu"), *CROWD], "new")
    assert reader.general.asked == reader.english.asked == [("canteen menu",)]


def test_growing_and_shrinking_goes_from_the_one_way_to_the_other_and_back() -> None:
    reader = Reader()
    for entries in (FAQ[:1], FAQ, FAQ + CROWD, FAQ[:2], [], FAQ):
        before = reader.now
        changed = [entry.id for entry in FAQ + CROWD]
        reader.read(entries, *changed)
        assert reader.now is not before or reader.now is None
        if entries:
            assert reader.first("connect to the vpn" if len(entries) > 1 else "password") == ("vpn" if len(entries) > 1 else "password")


def test_the_english_encoder_is_asked_about_english_alone() -> None:
    reader = Reader()
    reader.read([*FAQ, *CROWD, an_entry("clave", "mi contraseña", lang="es")])
    asked = {text for texts in reader.english.asked for text in texts}
    assert "mi contraseña" not in asked
    assert "lost my badge" in asked
    assert reader.compare("mi contraseña", "clave").near["english near"][list(reader.compare("mi contraseña", "clave").entries).index("clave")] == 0


def test_few_english_texts_are_not_read_by_the_english_encoder() -> None:
    reader = Reader()
    reader.read([an_entry("clave", "mi contraseña", lang="es"), an_entry("vpn", "conectar la vpn", lang="es"), FAQ[2]])
    assert reader.english.asked == []


@pytest.mark.parametrize("others", [[], CROWD], ids=["few", "many"])
def test_without_the_english_encoder_there_is_no_english_likeness(others: list[Entry]) -> None:
    reader = Reader(english=False)
    reader.read(FAQ + others)
    assert not any("english" in name for name in reader.compare("badge").near)


def test_languages_are_covered_by_the_share_of_entries_that_have_them() -> None:
    few, many = Reader(), Reader()
    entries = [*FAQ, an_entry("clave", "mi contraseña", lang="es")]
    one, other = few.read(entries), many.read(entries + CROWD)
    assert one is not None
    assert one.covers == {"en": 0.75, "es": 0.25}
    assert other is not None
    assert other.covers == pytest.approx({"en": 863 / 864, "es": 1 / 864})


def test_a_second_run_reads_from_the_cache(tmp_path: Path) -> None:
    def once() -> Reader:
        reader = Reader((Cache(tmp_path / "general", "general", 64), Cache(tmp_path / "english", "english", 48)))
        reader.read(FAQ)
        return reader

    first, second = once(), once()
    assert first.general.asked
    assert (second.general.asked, second.english.asked) == ([], [])
    assert second.first("badge") == "badge"


def test_progress_is_told_up_to_the_end_and_never_falls() -> None:
    told = list[tuple[int, int]]()
    Reading(Encoders(Hashed())).read(FAQ + CROWD, None, (), lambda done, whole: told.append((done, whole)))
    assert told[-1] == (866, 866)
    assert told == sorted(told)
