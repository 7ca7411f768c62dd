"""The encoders as the settings want them: without them the desk goes on with words, and the doctor says the cure."""

from __future__ import annotations

import logging
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from bot.reading import diagnose, open_for
from bot.settings import Settings, load
from kb.encoding import multilingual

WORDS_ALONE = "only words are compared"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"CACHE_DIR": "cache"}, tmp_path)


@pytest.fixture
def missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package is not installed."""
    monkeypatch.setitem(sys.modules, multilingual.PACKAGE.module, None)


@pytest.fixture
def damaged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A package of that name is there, and its files are not those that were measured."""
    folder = tmp_path / "site" / "damaged_encoder" / multilingual.PACKAGE.folder
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    for name in multilingual.PACKAGE.files:
        (folder / name).write_bytes(b"cut sho")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.setattr(multilingual, "PACKAGE", replace(multilingual.PACKAGE, module="damaged_encoder"))


def test_switched_off_nothing_is_opened_and_the_doctor_says_what_that_means(settings: Settings) -> None:
    off = replace(settings, encoder=False)
    assert open_for(off) is None
    ok, line = diagnose(off)
    assert ok
    assert line.startswith("matching: ENCODER is off")
    assert WORDS_ALONE in line
    assert not settings.cache_dir.exists()


@pytest.mark.usefixtures("missing")
def test_not_installed_the_desk_goes_on_and_the_doctor_names_the_cure(settings: Settings) -> None:
    assert open_for(settings) is None
    ok, line = diagnose(settings)
    assert not ok
    assert "not installed" in line
    assert WORDS_ALONE in line
    assert "make install" in line
    assert "ENCODER=off" in line


@pytest.mark.usefixtures("damaged")
def test_damaged_the_desk_goes_on_the_log_and_the_doctor_name_the_cure(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        assert open_for(settings) is None
    [record] = caplog.records
    ok, line = diagnose(settings)
    assert not ok
    for told in (record.__dict__["cure"], line):
        assert "is damaged" in told
        assert "pip install --force-reinstall" in told


@pytest.mark.skipif(find_spec(multilingual.PACKAGE.module) is None, reason="the sentence encoders are not installed: `make install`")
def test_installed_the_doctor_says_that_meaning_is_compared(settings: Settings) -> None:
    ok, line = diagnose(settings)
    assert ok
    assert line.startswith("matching: by meaning, in six languages")
