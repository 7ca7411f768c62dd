"""Accounts: joined and unjoined in any order, an address is verified by a proof alone and nobody has an address twice."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.accounts import MOST_ADDRESSES, Account, account_for, claim, elsewhere, join, unjoin, verify
from bot.domain.ids import PersonId
from bot.errors import MoveRefused

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
people = st.sampled_from([PersonId(f"{channel}:{name}") for channel in ("slack", "telegram", "web") for name in "abc"])
steps = st.lists(st.tuples(st.sampled_from(["join", "claim", "verify", "unjoin"]), people), max_size=20)
FIRST = PersonId("slack:me")


@given(steps)
def test_whatever_is_done_only_proofs_verify_and_no_address_is_there_twice(done: list[tuple[str, PersonId]]) -> None:
    account, proved = account_for("a", FIRST, NOW), {FIRST}
    for what, person in done:
        if what == "join":
            account = join(account, account_for("b", person, NOW), NOW)
            proved.add(person)
        elif what == "claim":
            account = claim(account, person, NOW)
        elif what == "verify":
            account = verify(account, person, NOW)
            proved |= {person} & {a.id for a in account.addresses}
        elif account.find(person):
            account = unjoin(account, person)
            proved.discard(person)
        ids = [a.id for a in account.addresses]
        assert len(ids) == len(set(ids))
        assert set(account.verified) == proved


def test_a_claim_never_takes_a_proof_away_nor_gives_one() -> None:
    account = claim(account_for("a", FIRST, NOW), PersonId("mail:x@example.org"), NOW)
    assert account.verified == (FIRST,)
    assert claim(account, FIRST, NOW) == account


def test_there_is_an_end_to_addresses() -> None:
    account: Account = account_for("a", FIRST, NOW)
    for n in range(MOST_ADDRESSES - 1):
        account = claim(account, PersonId(f"mail:{n}@example.org"), NOW)
    with pytest.raises(MoveRefused, match="too_many_addresses"):
        claim(account, PersonId("mail:more@example.org"), NOW)
    with pytest.raises(MoveRefused, match="too_many_addresses"):
        join(account, account_for("b", PersonId("slack:more"), NOW), NOW)


def test_what_is_not_joined_cannot_be_taken_out() -> None:
    with pytest.raises(MoveRefused, match="not_joined"):
        unjoin(account_for("a", FIRST, NOW), PersonId("slack:other"))


def test_elsewhere_is_on_another_channel() -> None:
    assert elsewhere([FIRST, PersonId("slack:too"), PersonId("web:x")], [FIRST]) == (PersonId("web:x"),)
