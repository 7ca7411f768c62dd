"""One person on several channels: joined by a code that both ends agree to, and by nothing else."""

from __future__ import annotations

from dataclasses import replace

from adapters.memory import MemoryChannel
from bot.domain.codes import TRIES
from bot.domain.ids import PersonId, PlaceId
from bot.domain.messages import Commanded, Facts, Pressed
from bot.engine.people.addresses import account_of, addresses_of
from tests.builders import ALICE, ANN, UNKNOWN, an_event
from tests.two_channels import MOBILE, STRANGER, TwoChannels
from tests.world import text_of


async def test_a_code_given_back_and_two_yeses_make_one_person() -> None:
    world = TwoChannels()
    await world.commands("join", "", ALICE)
    await world.commands("join", world.code_of(ALICE), MOBILE)
    assert await addresses_of(world.store, ALICE.id) == (ALICE.id,)
    await world.presses_own("Yes, that is me", MOBILE)
    assert await addresses_of(world.store, ALICE.id) == (ALICE.id,)
    await world.presses_own("Yes, that is me", ALICE)
    assert await addresses_of(world.store, ALICE.id) == (ALICE.id, MOBILE.id)
    assert await addresses_of(world.store, MOBILE.id) == (MOBILE.id, ALICE.id)
    world.heard("You are joined with alice_m on Mobile.", ALICE)
    world.heard("You are joined with Alice on Chat.", MOBILE)


async def test_the_link_does_as_much_as_the_code() -> None:
    world = TwoChannels()
    await world.commands("join", "", MOBILE)
    link = next(c.link for c in world.to(MOBILE)[-1].body.choices)
    payload = link.partition("start=")[2]
    assert len(payload) <= 64
    await world.commands("start", payload, ALICE)
    await world.presses_own("Yes, that is me", ALICE)
    await world.presses_own("Yes, that is me", MOBILE)
    assert await addresses_of(world.store, MOBILE.id) == (MOBILE.id, ALICE.id)


async def test_a_code_works_once() -> None:
    world = TwoChannels()
    await world.commands("join", "", ALICE)
    code = world.code_of(ALICE)
    await world.commands("join", code, MOBILE)
    await world.commands("join", code, STRANGER)
    assert "wrong, was used already, or is too old" in world.told_alone(STRANGER)[-1]


# --------------------------------------------------------------------------------------------------------------- attacks
async def test_who_guesses_is_stopped_after_five_tries_and_a_right_code_helps_no_more() -> None:
    world = TwoChannels()
    await world.commands("join", "", ALICE)
    for guess in range(TRIES):
        await world.commands("join", f"AAAA-BBBB-{guess:04}", STRANGER)
        assert "wrong, was used already, or is too old" in world.told_alone(STRANGER)[-1]
    await world.commands("join", world.code_of(ALICE), STRANGER)
    assert world.told_alone(STRANGER)[-1] == "Too many wrong codes. Please wait ten minutes."
    await world.passes(minutes=11)
    await world.commands("join", "", ALICE)
    await world.commands("join", world.code_of(ALICE), STRANGER)
    assert "Is that you?" in text_of(world.to(STRANGER)[-1].body)


async def test_a_late_code_is_worth_nothing() -> None:
    world = TwoChannels()
    await world.commands("join", "", ALICE)
    await world.passes(minutes=10)
    await world.commands("join", world.code_of(ALICE), MOBILE)
    assert "too old" in world.told_alone(MOBILE)[-1]


async def test_of_two_who_give_the_same_code_at_once_one_alone_is_asked() -> None:
    world = TwoChannels()
    await world.commands("join", "", ALICE)
    code = world.code_of(ALICE)
    for person in (MOBILE, STRANGER):
        command = Commanded("join", code, PlaceId(person.id), private=True, answer_to="command")
        await world.intake.receive(replace(an_event(command, person), channel="mobile"))
    await world.workers.drain()
    asked = [p for p in (MOBILE, STRANGER) if any("Is that you?" in text_of(s.body) for s in world.to(p))]
    assert len(asked) == 1


async def test_a_stolen_code_joins_nothing_without_the_yes_of_whom_it_was_given_to() -> None:
    world = TwoChannels()
    await world.says(UNKNOWN)
    await world.commands("join", "", ALICE)
    await world.commands("join", world.code_of(ALICE), STRANGER)
    yes = world.to(STRANGER)[-1].body.choices[0].action
    await world.presses_own("Yes, that is me", STRANGER)
    for _ in range(2):
        await world.happens(Pressed(yes, PlaceId(STRANGER.id)), STRANGER)  # once more, in place of Alice
    await world.commands("status", "1", STRANGER)
    assert world.told_alone(STRANGER)[-1].startswith("You have no ticket")
    await world.presses_own("No", ALICE)
    world.heard("Nothing was joined.", STRANGER)
    assert await addresses_of(world.store, STRANGER.id) == (STRANGER.id,)


async def test_a_yes_of_somebody_else_or_of_nothing_counts_for_nobody() -> None:
    world = TwoChannels()
    await world.commands("join", "", ALICE)
    await world.commands("join", world.code_of(ALICE), MOBILE)
    yes = world.to(MOBILE)[-1].body.choices[0].action
    forged = [(STRANGER, action) for action in (yes, "join-yes:1", "join-yes:", "join-no:../x", "unjoin:x")]
    for person, action in ((ALICE, yes), *forged):
        await world.happens(Pressed(action, PlaceId(person.id), answer_to="p"), person)
    assert await addresses_of(world.store, MOBILE.id) == (MOBILE.id,)
    await world.presses_own("Yes, that is me", MOBILE)
    await world.presses_own("Yes, that is me", ALICE)
    assert await addresses_of(world.store, MOBILE.id) == (MOBILE.id, ALICE.id)


async def test_the_same_name_and_the_same_mail_address_join_nobody() -> None:
    world = TwoChannels()
    double = replace(STRANGER, name="Alice")
    await world.says(UNKNOWN)
    await world.says(UNKNOWN, double)
    for person in (ALICE, double):
        await world.commands("join", "alice@example.org", person)
    assert await addresses_of(world.store, ALICE.id) == (ALICE.id,)
    await world.commands("status", "1", double)
    assert world.told_alone(double)[-1].startswith("You have no ticket")


async def test_ones_own_code_and_a_second_time_are_refused_and_spend_nothing() -> None:
    world = TwoChannels()
    await world.commands("join", "", ALICE)
    await world.commands("join", world.code_of(ALICE), ALICE)
    assert "give it to me there" in world.told_alone(ALICE)[-1]
    await world.joined()
    await world.commands("join", "", ALICE)
    await world.commands("join", world.code_of(ALICE), MOBILE)
    assert world.told_alone(MOBILE)[-1] == "You are joined already."


async def test_codes_are_kept_as_hashes_alone() -> None:
    world = TwoChannels()
    await world.commands("join", "", ALICE)
    kept = await world.store.noted("join")
    token = next(c.link for c in world.to(ALICE)[-1].body.choices).partition("link_")[2]
    assert kept
    assert not any(secret in value or secret in key for key, value in kept.items() for secret in (world.code_of(ALICE), token))


# ---------------------------------------------------------------------------------------------------------------- rights
async def test_joined_an_address_may_do_what_its_person_may_with_their_tickets() -> None:
    world = TwoChannels()
    await world.says(UNKNOWN)
    await world.commands("close", "1", MOBILE)
    assert (await world.ticket()).is_open
    await world.joined()
    await world.commands("list", "", MOBILE)
    assert "IT-1" in text_of(world.to(MOBILE)[-1].body) + "".join(world.told_alone(MOBILE)[-1:])
    await world.commands("close", "1", MOBILE)
    assert not (await world.ticket()).is_open


async def test_joined_with_an_agent_one_is_no_agent() -> None:
    world = TwoChannels()
    await world.joined(ANN, MOBILE)
    await world.says(UNKNOWN)
    await world.commands("take", "1", MOBILE)
    assert (await world.ticket()).assignee is None


async def test_unjoined_each_keeps_what_was_asked_there_and_sees_no_more_of_the_other() -> None:
    world = TwoChannels()
    await world.joined()
    await world.says(UNKNOWN)
    await world.commands("unjoin", "chat", MOBILE)
    assert await addresses_of(world.store, ALICE.id) == (ALICE.id,)
    assert await account_of(world.store, MOBILE.id) is None
    await world.commands("status", "1", MOBILE)
    assert world.told_alone(MOBILE)[-1].startswith("You have no ticket")
    assert (await world.ticket()).requester == ALICE.id
    world.heard("is no longer joined", ALICE)


# ------------------------------------------------------------------------------------------------------------------ mail
async def test_a_mail_address_is_claimed_until_the_code_sent_to_it_comes_back_and_waits_until_there_is_mail() -> None:
    world = TwoChannels()
    await world.commands("join", "Alice@Example.org", ALICE)
    account = await account_of(world.store, ALICE.id)
    assert account is not None
    assert [a.verified for a in account.addresses] == [True, False]
    assert await addresses_of(world.store, ALICE.id) == (ALICE.id,)
    for _ in range(3):
        await world.passes(days=1)
    assert (await world.store.queue())["outbox_waiting"] == 1, "it is not lost"
    mail = MemoryChannel("email")
    world.channels["email"] = mail
    await world.passes(hours=1)
    (letter,) = mail.sent
    assert letter.to == "email:alice@example.org"


async def test_the_code_from_the_mail_proves_the_address_for_whoever_asked_and_nobody_else() -> None:
    world = TwoChannels()
    world.channels["email"] = mail = MemoryChannel("email")
    await world.commands("join", "alice@example.org", ALICE)
    (letter,) = mail.sent
    code = next(value for part in letter.body.parts if isinstance(part, Facts) for _, value in part.rows)
    await world.commands("join", code, STRANGER)
    assert "wrong" in world.told_alone(STRANGER)[-1]
    await world.commands("join", code, ALICE)
    assert await addresses_of(world.store, ALICE.id) == (ALICE.id, "email:alice@example.org")
    assert "You are joined with" in text_of(mail.sent[-1].body), "whoever reads that address learns of it, too"


async def test_nobody_is_flooded_with_mail_by_somebody_elses_claim() -> None:
    world = TwoChannels()
    world.channels["email"] = mail = MemoryChannel("email")
    for n in range(6):
        await world.commands("join", "victim@example.org", replace(STRANGER, id=PersonId(f"mobile:{n}")))
    assert len(mail.sent) == 3
    assert not any("Eve" in text_of(letter.body) for letter in mail.sent)


async def test_what_is_no_plain_mail_address_is_none() -> None:
    world = TwoChannels()
    hostile = ("alice@a)bob@b.org", "a@example.org\nBcc: b@example.org", "Alice <a@example.org>")
    for odd in (*hostile, "a@b", "a,b@example.org", "ä@example.org", "a..b@example.org"):
        await world.commands("join", odd, ALICE)
        assert world.told_alone(ALICE)[-1] == "That is no mail address. Write it as name@example.org.", odd


# --------------------------------------------------------------------------------------------- the same rights from either
async def resolved_for_alice(world: TwoChannels) -> None:
    await world.joined()
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)
    await world.writes(world.card(), "Have you tried oil?")
    await world.submits("resolve:IT-1", ANN, words="oil")


async def test_the_help_is_rated_from_any_channel_of_theirs() -> None:
    world = TwoChannels()
    await resolved_for_alice(world)
    await world.commands("status", "1", MOBILE)
    labels = [choice.label for choice in world.mobile.answers[-1][1].choices]
    assert labels == ["1 ★", "2 ★", "3 ★", "4 ★", "5 ★", "Reopen"]

    await world.happens(Pressed("rate:IT-1:4", PlaceId(STRANGER.id), answer_to="p"), STRANGER)
    assert (await world.ticket()).rating == 0
    await world.happens(Pressed("rate:IT-1:4", PlaceId(MOBILE.id), answer_to="p"), MOBILE)

    assert (await world.ticket()).rating == 4
    assert "Rating: ★★★★☆ 4/5" in text_of(world.card().body)
    await world.commands("list", "", ALICE)
    assert "new message" not in world.told_alone(ALICE)[-1]  # whoever rates it has seen it


async def test_ones_own_tickets_are_found_from_any_channel_and_nobody_else_s() -> None:
    world = TwoChannels()
    await resolved_for_alice(world)
    await world.says("The blender sings opera", STRANGER)

    for words in ("aquarium", "#1", "from:me", f"from:{ALICE.id}"):
        await world.commands("find", words, MOBILE)
        assert "IT-1" in world.told_alone(MOBILE)[-1], words
        assert "IT-2" not in world.told_alone(MOBILE)[-1], words
    await world.commands("find", "#1", STRANGER)
    assert "Nothing was found" in world.told_alone(STRANGER)[-1]


async def test_an_agent_finds_somebody_s_tickets_by_any_name_or_address_of_theirs() -> None:
    world = TwoChannels()
    await resolved_for_alice(world)
    await world.says("The blender sings opera", MOBILE)
    await world.says("The ladder is blue", STRANGER)

    for words in ("from:alice_m", "from:alice", f"from:{MOBILE.id}", f"from:{ALICE.id}"):
        await world.commands("find", words, ANN)
        told = world.told_alone(ANN)[-1]
        assert ("IT-1" in told, "IT-2" in told, "IT-3" in told) == (True, True, False), words
