"""Who is looking: cookies that cannot be made up, links that work once, sessions that end when they are ended."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from adapters.web.sessions import Sessions, Visitor
from tests.web_desk import SetClock, WebDesk


def sessions(desk: WebDesk | None = None, clock: SetClock | None = None, secret: bytes = b"k" * 32) -> Sessions:
    return Sessions(secret, desk or WebDesk(), clock or SetClock())


def test_a_visitor_is_known_again_by_the_cookie() -> None:
    ours = sessions()
    first = ours.visitor("")
    assert first.fresh
    assert ours.visitor(ours.cookie(first)) == Visitor(first.id)


def test_a_cookie_that_we_did_not_sign_makes_a_new_visitor() -> None:
    ours = sessions()
    known = ours.visitor("")
    for forged in (known.id, f"{known.id}.", f"{known.id}.{'0' * 64}", sessions(secret=b"other").cookie(known), f"{'0' * 32}.{ours.cookie(known)[33:]}", "ä.ö"):
        assert ours.visitor(forged).fresh


async def test_a_link_signs_in_once() -> None:
    ours = sessions()
    token = await ours.make_link("agent", "ann")
    session = await ours.sign_in(token, "Ann")
    assert session
    signed = await ours.signed_in(session)
    assert signed
    assert (signed.role, signed.name) == ("agent", "Ann")
    assert await ours.sign_in(token, "Mallory") is None
    assert await ours.link(token) is None


async def test_a_link_that_is_sent_twice_at_once_signs_in_one() -> None:
    ours = sessions()
    token = await ours.make_link("agent", "ann")
    got = await asyncio.gather(*(ours.sign_in(token, f"Ann {n}") for n in range(8)))
    assert len([session for session in got if session]) == 1


async def test_a_link_is_too_old_after_a_day() -> None:
    clock = SetClock()
    ours = sessions(clock=clock)
    token = await ours.make_link("agent")
    clock.pass_by(timedelta(hours=25))
    assert await ours.sign_in(token, "Ann") is None


async def test_a_session_is_dead_at_once_after_signing_out_and_after_a_month() -> None:
    clock = SetClock()
    ours = sessions(clock=clock)
    first, second = [await ours.sign_in(await ours.make_link("agent", "ann"), "Ann") for _ in range(2)]
    assert first
    assert second
    signed = await ours.signed_in(first)
    assert signed
    await ours.sign_out(signed)
    assert await ours.signed_in(first) is None
    assert await ours.signed_in(second)
    clock.pass_by(timedelta(days=31))
    assert await ours.signed_in(second) is None


async def test_each_sign_in_has_a_new_session_and_the_same_seat_is_the_same_person() -> None:
    ours = sessions()
    one = await ours.sign_in(await ours.make_link("agent", "ann"), "Ann")
    two = await ours.sign_in(await ours.make_link("agent", "ann"), "Ann")
    other = await ours.sign_in(await ours.make_link("agent"), "Ben")
    people = [(await ours.signed_in(token or "")) for token in (one, two, other)]
    names = [signed.person for signed in people if signed]
    assert one != two
    assert names[0] == names[1] != names[2]


async def test_a_copy_of_the_notebook_signs_nobody_in() -> None:
    desk = WebDesk()
    ours = sessions(desk)
    token = await ours.make_link("admin")
    session = await ours.sign_in(token, "Ann")
    stolen = [part for key, value in desk.notes.items() for part in (key, value, key.rpartition(":")[2])]
    assert session not in stolen
    assert token not in stolen
    assert [await ours.signed_in(text) for text in stolen] == [None] * len(stolen)


async def test_the_token_of_a_form_belongs_to_one_visitor_and_one_sign_in() -> None:
    ours = sessions()
    one, two = ours.visitor(""), ours.visitor("")
    session = await ours.sign_in(await ours.make_link("agent"), "Ann")
    assert session
    signed = await ours.signed_in(session)
    assert len({ours.csrf(one, None), ours.csrf(two, None), ours.csrf(one, signed)}) == 3
