"""Addresses and Message-IDs that only we can have given out."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.email import addresses
from adapters.email.addresses import Signer, conversation_id, message_id, on_the_wire, person_id, place_of, private_thread

SIGNER = Signer(b"a secret of this test", "Support@Example.com")
STRANGER = Signer(b"another secret", "support@example.com")
THREAD = SIGNER.thread_for("<first@home.example>", "ana@home.example")
LOCAL = 64  # characters before the @; RFC 5321


def test_an_address_names_its_thread_to_us_however_a_program_has_written_it() -> None:
    given_out = SIGNER.reply_address(THREAD)
    assert [SIGNER.thread_of_address(one) for one in (given_out, given_out.upper(), f" {given_out} ")] == [THREAD] * 3


def test_an_address_that_somebody_else_made_or_changed_names_nothing() -> None:
    given_out = SIGNER.reply_address(THREAD)
    other = SIGNER.thread_for("<second@home.example>", "ana@home.example")
    guessed = [given_out.replace(THREAD, other), STRANGER.reply_address(THREAD), "support@example.com", given_out.replace("+t", "+a"), ""]
    assert [SIGNER.thread_of_address(one) for one in guessed] == [None] * len(guessed)


def test_what_we_gave_out_under_a_former_address_of_ours_still_counts() -> None:
    former = Signer(b"a secret of this test", "old@example.org")
    assert SIGNER.thread_of_address(former.reply_address(THREAD)) == THREAD


def test_every_address_that_is_given_out_fits_what_mail_servers_take() -> None:
    longest = Signer(b"x", "a" * 30 + "@example.com")
    for address in (longest.reply_address(THREAD), longest.agent_address("ABCDEFGHIJ-9999999", "email:ann@example.com")):
        assert len(address.partition("@")[0]) <= LOCAL
        assert re.fullmatch(r"[a-z0-9+-]+@example\.com", address)


def test_nobody_gets_into_a_thread_by_copying_the_message_id_that_began_it() -> None:
    assert SIGNER.thread_for("<first@home.example>", "mallory@home.example") != THREAD
    assert SIGNER.thread_for(" first@home.example ", "ANA@home.example") == THREAD


def test_the_same_key_gives_the_same_message_id_and_another_key_another() -> None:
    first = SIGNER.message_id(THREAD, "reply:IT-1:5")
    assert first == SIGNER.message_id(THREAD, "reply:IT-1:5")
    assert first != SIGNER.message_id(THREAD, "reply:IT-1:6")
    assert re.fullmatch(r"<[!-;=?-~]+@example\.com>", first)


def test_a_message_id_of_ours_names_its_thread_and_nobody_elses_does() -> None:
    ours = SIGNER.message_id(THREAD, "k")
    assert [SIGNER.thread_of_message_id(one) for one in (ours, ours.strip("<>"))] == [THREAD, THREAD]
    others = (STRANGER.message_id(THREAD, "k"), ours.replace(THREAD, "0" * 16), "<first@home.example>", "")
    assert [SIGNER.thread_of_message_id(one) for one in others] == [None] * 4


def test_the_address_in_an_agents_notice_is_good_for_that_agent_alone() -> None:
    address = SIGNER.agent_address("IT-42", person_id("ann@example.com"))
    assert SIGNER.agent_of_address(address.upper(), "Ann@Example.com") == ("IT-42", "email:ann@example.com")
    assert SIGNER.agent_of_address(address, "mallory@example.com") is None
    assert SIGNER.agent_of_address(address.replace("it-42", "it-43"), "ann@example.com") is None
    assert SIGNER.agent_of_address(SIGNER.reply_address(THREAD), "ann@example.com") is None


def test_our_own_address_is_known_whatever_is_behind_its_plus_sign() -> None:
    assert [SIGNER.is_ours(one) for one in ("SUPPORT@example.com", "support+x@example.com")] == [True, True]
    assert [SIGNER.is_ours(one) for one in ("support2@example.com", "support@example.org")] == [False, False]


@given(st.emails(), st.text())
def test_every_identifier_of_ours_is_read_as_it_was_made(address: str, header: str) -> None:
    thread = SIGNER.thread_for(header, address)
    place = place_of(conversation_id(address, thread))
    assert place is not None
    assert (place.address, place.thread, place.message) == (address.lower(), thread, "")
    again = place_of(message_id(address, thread, "<m@host>"))
    assert again is not None
    assert (again.address, again.thread, again.message) == (address.lower(), thread, "<m@host>")


def test_the_private_conversation_has_a_thread_so_that_answers_come_back_to_it() -> None:
    assert conversation_id("Ana@example.com", private_thread("ana@example.com")) == "email:ana@example.com" == person_id("ana@example.com")
    place = place_of("email:ana@example.com")
    assert place is not None
    assert place.thread == private_thread("ana@example.com")


@pytest.mark.parametrize("other", ["slack:U0ALICE", "email:", "email:ana", "email:@b", "email:a@b.c/nothex", "email:a@b.c/1/2/3", ""])
def test_what_is_no_identifier_of_ours_is_none(other: str) -> None:
    assert place_of(other) is None


def test_no_identifier_is_longer_than_stores_keep() -> None:
    long = message_id("ana@example.com", THREAD, f"<{'x' * 500}@host>")
    assert len(long) <= addresses.LONGEST
    assert long != message_id("ana@example.com", THREAD, f"<{'x' * 499}@host>")


def test_an_address_is_spelt_so_that_every_server_reads_it_alike() -> None:
    assert on_the_wire("ana@bücher.example") == "ana@xn--bcher-kva.example"
    strange = ("ana@a b", "a,b@example.com", "ana@example.com\r\nBcc: x@y.z", "@x.y", "a..b@example.com", "<a@b.c>", "ä@example.com")
    assert [on_the_wire(one) for one in strange] == [""] * len(strange)
