"""Replies that are picked, put off, or asked about before they go out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.domain.desks import Tier
from bot.domain.messages import Edited, Inbound, Pressed, Said
from bot.domain.people import Person
from bot.engine.tickets import unsent
from tests.builders import ALICE, ANN, BEN, TEAM_2, TEAM_3, UNKNOWN, a_desk
from tests.world import World, text_of

LEAD = {"tiers": (Tier(2, "Service desk", (TEAM_2,), leads=frozenset({ANN.id})), Tier(3, "Specialists", (TEAM_3,)))}


@pytest.fixture
def world() -> World:
    return World(desk=a_desk(**LEAD, internal_hosts=("*.corp.example",)))


async def asked(world: World) -> None:
    await world.says(UNKNOWN)


async def presses_alone(world: World, label: str) -> None:
    """Ann presses a button of what only she was shown last."""
    _, shown = world.chat.answers[-1]
    action = next(choice.action for choice in shown.choices if choice.label == label)
    await world.happens(Pressed(action, TEAM_2, answer_to="press"), ANN, str(ANN.id))


def sent_to_alice(world: World, text: str) -> bool:
    return any(text in text_of(s.body) for s in world.to(ALICE))


# --------------------------------------------------------------------------------------------------------- saved replies
async def test_a_saved_reply_is_shown_with_its_values_and_sent_as_the_agents_own(world: World) -> None:
    await asked(world)
    await world.commands("saved", "add oil en: Dear {requester}, please oil it. {agent} about {number}", ANN)

    await world.commands("saved", "IT-1 oil", ANN)
    assert "Dear Alice, please oil it. Ann Agent about IT-1" in world.told_alone(ANN)[-1]
    assert not sent_to_alice(world, "please oil it")
    await presses_alone(world, "Send")

    world.heard("Dear Alice, please oil it. Ann Agent about IT-1", ALICE)
    assert (await world.ticket()).human_at is not None


async def test_a_saved_reply_comes_in_the_tickets_language_and_a_fallback_is_told(world: World) -> None:
    await world.says("La silla ergonómica junto al acuario chirría cuando la garza la mira", ALICE)
    await world.commands("saved", "add oil en: Please oil it", ANN)
    await world.commands("saved", "IT-1 oil", ANN)
    assert "It is in English" in world.told_alone(ANN)[-1]

    await world.commands("saved", "add oil es: Engrásela, por favor", ANN)
    await world.commands("saved", "IT-1 oil", ANN)

    assert "Engrásela" in world.told_alone(ANN)[-1]
    assert "It is in" not in world.told_alone(ANN)[-1]


async def test_an_unknown_variable_is_named_and_nothing_is_kept(world: World) -> None:
    await world.commands("saved", "add oil en: Dear {requestor}", ANN)

    assert any("no variable {requestor}" in told and "{requester}" in told for told in world.told_alone(ANN))
    await world.commands("saved", "", ANN)
    assert any("no saved replies yet" in told for told in world.told_alone(ANN))


async def test_an_agent_who_leads_nobody_cannot_write_one(world: World) -> None:
    await world.commands("saved", "add oil en: Please oil it", BEN)

    assert any("lead" in told for told in world.told_alone(BEN))
    await world.commands("saved", "", BEN)
    assert any("no saved replies yet" in told for told in world.told_alone(BEN))


# ------------------------------------------------------------------------------------------------------------- mentions
async def test_an_entry_named_in_a_reply_is_read_under_it(world: World) -> None:
    await asked(world)

    await world.writes(world.card(), "Until then: [[printer]]")

    heard = text_of(world.heard("Until then", ALICE).body)
    assert "How do I add the printer on my floor?" in heard
    assert "Open printers: accordion." in heard
    assert "[[" not in heard


async def test_an_entry_that_there_is_not_is_asked_about_first(world: World) -> None:
    await asked(world)

    await world.writes(world.card(), "See [[prnter]]")

    assert not sent_to_alice(world, "prnter")
    assert any("no entry “prnter”" in line for line in world.thread(world.card()))


# ---------------------------------------------------------------------------------------------------------- asked first
async def refused(world: World) -> None:
    """Alice refused the password entry."""
    await world.says("How do I reset my password?")
    await world.presses("Not what I need")


@pytest.mark.parametrize("words", ["Open the portal: marmalade.", "Hi! Just open the portal, marmalade :)", "Look at [[password]]"])
async def test_a_refused_answer_is_asked_about_before_it_goes_out(world: World, words: str) -> None:
    await refused(world)
    before = len(world.to(ALICE))

    await world.writes(world.card(), words)

    assert len(world.to(ALICE)) == before
    assert any("has refused this answer already: “How do I reset my password?”" in line for line in world.thread(world.card()))
    await world.presses("Send anyway", ANN)
    assert len(world.to(ALICE)) == before + 1
    assert (await world.ticket()).human_at is not None


@pytest.mark.parametrize("words", ["Your new password is: Sommer2026!", "token = abcd1234efgh", "See http://wiki/vpn", "It is on https://files.corp.example/x"])
async def test_what_looks_like_a_secret_or_a_private_link_is_asked_about_first(world: World, words: str) -> None:
    await asked(world)

    await world.writes(world.card(), words)

    assert not sent_to_alice(world, words)
    await world.presses("Change", ANN)
    assert not sent_to_alice(world, words)
    await world.writes(world.card(), "Please call me")
    world.heard("Please call me", ALICE)


async def test_what_was_sent_anyway_is_sent_once(world: World) -> None:
    await asked(world)
    await world.writes(world.card(), "pin: 4711")

    for _ in range(2):
        await world.happens(Pressed("anyway:IT-1:1", TEAM_2, answer_to="press"), ANN, str(ANN.id))

    assert len([s for s in world.to(ALICE) if "4711" in text_of(s.body)]) == 1
    assert any("no longer valid" in told for told in world.told_alone(ANN))


async def test_notes_are_never_asked_about(world: World) -> None:
    await asked(world)

    await world.submits("note:IT-1", words="password: Sommer2026!")

    assert not any("Not sent yet" in line for line in world.thread(world.card()))
    world.never_heard("Sommer2026", ALICE)


# ----------------------------------------------------------------------------------------------------------------- later
async def test_a_reply_goes_out_at_its_hour_in_its_authors_name(world: World) -> None:
    await asked(world)

    await world.submits("later:IT-1", when="tomorrow 9:00", words="Is it quiet now?")

    assert "Later: " in text_of(world.card().body)
    await world.passes(hours=23)
    assert not sent_to_alice(world, "quiet now")
    await world.passes(hours=2)
    assert "Ann Agent · IT-1> Is it quiet now?" in text_of(world.heard("Is it quiet now?", ALICE).body)
    assert "Later: " not in text_of(world.card().body)


async def test_a_time_is_meant_in_the_agents_zone(world: World) -> None:
    await asked(world)
    tokyo = Person(ANN.id, ANN.name, "en", "Asia/Tokyo")

    await world.submits("later:IT-1", tokyo, when="tomorrow 9:00", words="Is it quiet now?")

    assert [one.due for one in (await unsent.all_of(world.store, "IT-1")).values()] == [datetime(2026, 3, 3, 0, 0, tzinfo=UTC)]


async def test_a_reply_that_waits_can_be_taken_back(world: World) -> None:
    await asked(world)
    await world.submits("later:IT-1", when="2h", words="Is it quiet now?")

    await world.presses("Take back", ANN)
    await world.passes(hours=3)

    assert not sent_to_alice(world, "quiet now")
    assert "Later: " not in text_of(world.card().body)


async def test_when_the_requester_wrote_meanwhile_the_team_is_asked_first(world: World) -> None:
    await asked(world)
    await world.submits("later:IT-1", when="2h", words="Is it quiet now?")
    await world.passes(minutes=30)
    await world.says("It is silent, thank you!")

    await world.passes(hours=2)

    assert not sent_to_alice(world, "quiet now")
    assert any("The requester has written meanwhile" in line for line in world.thread(world.card()))
    await world.presses("Send now", ANN)
    world.heard("Is it quiet now?", ALICE)


async def test_what_waits_for_a_closed_ticket_is_dropped_and_the_team_told(world: World) -> None:
    await asked(world)
    await world.submits("later:IT-1", when="2h", words="Is it quiet now?")
    await world.commands("close", "IT-1")

    await world.passes(hours=3)

    assert not sent_to_alice(world, "quiet now")
    assert any("was dropped, because IT-1 is closed" in line for line in world.thread(world.card()))
    assert not await unsent.all_of(world.store, "IT-1")


@pytest.mark.parametrize(("when", "said"), [("soonish", "not clear"), ("2020-01-01 09:00", "is past"), ("2030-01-01 09:00", "more than a year")])
async def test_a_time_that_cannot_be_is_asked_again_and_the_words_are_kept(world: World, when: str, said: str) -> None:
    await asked(world)

    await world.submits("later:IT-1", when=when, words="Is it quiet now?")

    told = world.told_alone(ANN) + world.thread(world.card())
    assert any(said in line and "Is it quiet now?" in line for line in told)
    await world.presses("Send now", ANN)
    world.heard("Is it quiet now?", ALICE)


async def test_a_reply_for_later_is_checked_when_it_is_written(world: World) -> None:
    await asked(world)

    await world.submits("later:IT-1", when="2h", words="pin: 4711")
    await world.passes(hours=3)
    assert not sent_to_alice(world, "4711")

    await world.presses("Send anyway", ANN)
    await world.passes(hours=1)
    assert sent_to_alice(world, "4711")


# ---------------------------------------------------------------------------------------------------------------- banner
async def test_a_banner_is_read_first_and_once(world: World) -> None:
    await world.commands("banner", "Mail is down everywhere", ANN)

    await world.says("How do I reset my password?")
    await world.says("and the printer on my floor?")

    told = [text_of(s.body) for s in world.to(ALICE)]
    assert "Please read this first" in told[0]
    assert "Mail is down everywhere" in told[0]
    assert sum("Mail is down everywhere" in line for line in told) == 1


async def test_a_banner_that_is_down_is_read_by_nobody(world: World) -> None:
    await world.commands("banner", "Mail is down everywhere", ANN)
    await world.commands("banner", "off", ANN)

    await world.says("How do I reset my password?")

    world.never_heard("Mail is down", ALICE)


async def test_only_leads_and_admins_put_one_up(world: World) -> None:
    await world.commands("banner", "Free ice cream", BEN)

    await world.says("How do I reset my password?")

    world.never_heard("ice cream", ALICE)


async def test_words_of_the_team_stay_there_where_the_desk_says_so(world: World) -> None:
    quiet = World(desk=a_desk(thread_default="note"))
    await quiet.says(UNKNOWN)

    await quiet.writes(quiet.card(), "password: Sommer2026! do not tell her")
    await quiet.writes(quiet.card(), "she is on holiday")
    await quiet.submits("reply:IT-1", words="We look at it")

    quiet.heard("We look at it", ALICE)
    quiet.never_heard("Sommer2026", ALICE)
    quiet.never_heard("on holiday", ALICE)


# ------------------------------------------------------------------------------------------------------------- corrected
async def corrects(world: World, said: Inbound, text: str) -> None:
    assert isinstance(said.what, Said)
    await world.happens(Edited(said.what.message, text), ANN, str(world.card().id))


async def test_a_correction_is_asked_about_like_the_reply_that_it_corrects(world: World) -> None:
    await asked(world)
    said = await world.writes(world.card(), "Use the guest network")

    await corrects(world, said, "Use the guest network, password: Sommer2026!")
    assert any("It looks as if it held a password or a key." in line for line in world.thread(world.card()))
    assert "Sommer2026" not in text_of(world.heard("guest network", ALICE).body)

    await world.presses("Send anyway", ANN)
    assert "Sommer2026" in text_of(world.heard("guest network", ALICE).body)
    assert len([s for s in world.to(ALICE) if "guest network" in text_of(s.body)]) == 1  # changed where it is


async def test_a_correction_that_is_corrected_itself_asks_no_more(world: World) -> None:
    await asked(world)
    said = await world.writes(world.card(), "Use the guest network")
    await corrects(world, said, "Use the guest network, password: Sommer2026!")

    await corrects(world, said, "Use the guest network; the password is at the desk")

    assert "is at the desk" in text_of(world.heard("guest network", ALICE).body)
    assert not await unsent.all_of(world.store, "IT-1")
    world.never_heard("Sommer2026")


async def test_who_mends_the_message_they_are_asked_about_has_answered(world: World) -> None:
    await asked(world)
    said = await world.writes(world.card(), "password: Sommer2026!")
    assert not sent_to_alice(world, "Sommer2026")

    await corrects(world, said, "Please fetch your password at the desk")

    assert sent_to_alice(world, "fetch your password at the desk")
    assert not await unsent.all_of(world.store, "IT-1")
    world.never_heard("Sommer2026")


async def test_other_words_for_a_doubtful_correction_take_the_place_of_the_reply(world: World) -> None:
    await asked(world)
    said = await world.writes(world.card(), "Use the guest network")
    await corrects(world, said, "password: Sommer2026!")

    await world.submits("rewrite:IT-1:1", words="Come to the desk")

    assert [message.text for message in await world.store.talk("IT-1", internal=False)][-1] == "Come to the desk"
    assert not sent_to_alice(world, "guest network")
