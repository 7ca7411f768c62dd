"""Codes: read as typed, told apart by their hash alone, dead after their time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain import codes
from bot.domain.codes import Invitation
from bot.domain.ids import PersonId

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ALICE = PersonId("chat:alice")
raw = st.binary(min_size=16, max_size=16)


@given(raw)
def test_a_code_is_read_however_it_is_typed(random: bytes) -> None:
    code = codes.spell(random)
    assert re.fullmatch(r"(?:[0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}", code)
    for typed in (code.lower(), code.replace("-", ""), f"  {code.replace('-', ' ')} ", code.replace("0", "o").replace("1", "l")):
        assert codes.hash_of(typed) == codes.hash_of(code) != ""


@given(raw)
def test_a_link_holds_its_token_and_64_signs_at_most(random: bytes) -> None:
    token = codes.token(random)
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", token)
    assert len(f"link_{token}") <= 64
    assert codes.hash_of(token) != codes.hash_of(token.swapcase()) or token == token.swapcase()


@given(raw, raw)
def test_only_the_same_code_fits(mine: bytes, other: bytes) -> None:
    kept = Invitation(ALICE, (codes.hash_of(codes.spell(mine)), codes.hash_of(codes.token(mine))), NOW + codes.LIFE)
    assert kept.fits(codes.hash_of(codes.spell(mine)))
    assert kept.fits(codes.hash_of(codes.token(mine)))
    assert kept.fits(codes.hash_of(codes.spell(other))) == (codes.spell(mine) == codes.spell(other))
    assert codes.spell(mine) not in str(kept), "what is kept tells nobody the code"
    assert codes.token(mine) not in str(kept)


@given(st.text(max_size=40))
def test_anything_may_be_typed(text: str) -> None:
    found = codes.hash_of(text)
    assert found == "" or len(found) == 64
    assert not Invitation(ALICE, (), NOW + codes.LIFE).fits(found)


def test_it_dies_after_its_time_and_taken_it_fits_nothing() -> None:
    code = codes.spell(b"0123456789abcdef")
    kept = Invitation(ALICE, (codes.hash_of(code),), NOW + codes.LIFE)
    assert not kept.is_over(NOW + codes.LIFE - timedelta(seconds=1))
    assert kept.is_over(NOW + codes.LIFE)
    assert not kept.take(PersonId("mobile:alice"), NOW).fits(codes.hash_of(code))
