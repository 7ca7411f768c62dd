"""[privacy] of firstline.toml: what people are told the first time they write."""

from __future__ import annotations

import pytest

from bot.configuration import read
from bot.domain.desks import PrivacyNotice

TEAM = '[[tiers]]\nlevel = 2\nname = "Service desk"\nclaim_within = "15m"\n'


@pytest.mark.parametrize(
    ("text", "notice"),
    [
        ("", None),
        ("[privacy]\n", PrivacyNotice()),
        ('[privacy]\nnotice = "We keep\\nwhat you write."\n', PrivacyNotice("We keep what you write.")),
        ('[privacy]\nurl = "https://example.com/privacy"\n', PrivacyNotice("", "https://example.com/privacy")),
    ],
)
def test_people_are_told_where_the_section_stands(text: str, notice: PrivacyNotice | None) -> None:
    found, faults = read(TEAM + text)
    assert (found.desk.privacy, faults) == (notice, [])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f'notice = "{"x" * 301}"', "more than 300 characters"),
        ('url = "our page"', 'write it as "https://example.com/privacy"'),
        ('url = "javascript:alert(1)"', "no web address"),
        ("notise = 1", "notise"),
        ("notice = true", "notice"),
    ],
)
def test_what_cannot_be_told_is_a_fault_with_the_key_and_what_to_write(text: str, said: str) -> None:
    _, faults = read(f"{TEAM}[privacy]\n{text}\n")
    assert len(faults) == 1
    assert said in faults[0]
