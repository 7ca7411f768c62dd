"""Channels make themselves known, those of other packages as well."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from adapters.kinds import GROUP, kinds
from bot.errors import ConfigError
from bot.settings import load, names

PIGEON = '''
from adapters.memory import MemoryChannel
from bot.ports.building import ChannelKind

def configure(env, table):
    return env.get("PIGEON_LOFT") and (env["PIGEON_LOFT"], table.get("speed", 1))

KIND = ChannelKind(
    "pigeon", configure, lambda config, tools: MemoryChannel("pigeon"), ("PIGEON_LOFT",), ("PIGEON_LOFT", "PIGEON_RING"), ("PIGEON_RING",)
)
NOTHING = 1
'''


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of somebody else's, installed: its folder."""
    folder = tmp_path / "site"
    (folder / "pigeons-1.dist-info").mkdir(parents=True)
    (folder / "pigeons-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: pigeons\nVersion: 1\n")
    (folder / "pigeons.py").write_text(PIGEON)
    monkeypatch.syspath_prepend(str(folder))
    kinds.cache_clear()
    yield folder
    kinds.cache_clear()
    sys.modules.pop("pigeons", None)


def brings(folder: Path, points: str) -> None:
    (folder / "pigeons-1.dist-info" / "entry_points.txt").write_text(f"[{GROUP}]\n{points}\n")
    assert entry_points(group=GROUP)


def test_a_package_brings_a_channel_with_settings_of_its_own(package: Path, tmp_path: Path) -> None:
    brings(package, "pigeon = pigeons:KIND")
    (tmp_path / "firstline.toml").write_text("[channels.pigeon]\nspeed = 3\n[[tiers]]\nlevel = 2\n")

    settings = load({"PIGEON_LOFT": "roof", "PIGEON_RING": "top-secret"}, tmp_path)

    assert settings.channels == {"pigeon": ("roof", 3)}
    assert {"PIGEON_LOFT", "PIGEON_RING"} <= set(names())
    assert "top-secret" in [secret.get_secret_value() for secret in settings.secrets]


def test_a_table_of_a_channel_that_is_not_installed_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "firstline.toml").write_text("[channels.pigeon]\nspeed = 3\n")

    with pytest.raises(ConfigError, match=r"\[channels\] pigeon"):
        load({}, tmp_path)


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ("slack = pigeons:NOTHING", "names no ChannelKind"),
        ("pigeon = pigeons:MISSING", "cannot be loaded"),
        ("one = pigeons:KIND\ntwo = pigeons:KIND", "already"),
    ],
)
def test_a_package_that_brings_no_channel_is_named_with_the_cure(package: Path, points: str, said: str) -> None:
    brings(package, points)

    with pytest.raises(ConfigError, match=said):
        kinds()
