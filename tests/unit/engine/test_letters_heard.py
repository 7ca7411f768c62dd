"""What comes by letter and is no talk: what programs write, what came back, and senders for whom nobody vouches."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain.accounts import account_for, join
from bot.domain.ids import MessageId, PersonId, PlaceId
from bot.domain.messages import Bounced, Submitted
from bot.domain.people import Person, known_by_mail
from bot.engine.people.addresses import keep_account
from bot.engine.people.notices import UNREACHABLE
from bot.ports import Transaction
from tests.builders import ANN, MONDAY, UNKNOWN, a_desk, a_message
from tests.world import World, text_of

BOB = Person(PersonId("chat:bob@example.org"), "Bob", "en")
AWAY = "I am away until Monday."


async def test_what_a_program_writes_about_an_open_ticket_is_shown_to_the_team_and_answers_nobody(world: World) -> None:
    await world.says(UNKNOWN)
    before, said = await world.ticket(), len(world.to("chat:alice"))
    await world.happens(a_message(AWAY, automatic=True))
    after = await world.ticket()
    assert (after.status, after.waits_since, after.version) == (before.status, before.waits_since, before.version)
    assert len(world.to("chat:alice")) == said
    assert [m.kind for m in await world.store.talk("IT-1", internal=True) if m.text == AWAY] == ["note"]
    assert AWAY not in [m.text for m in await world.store.talk("IT-1", internal=False)]
    assert any(AWAY in shown for shown in world.thread(world.card()))


async def test_what_a_program_writes_does_not_reopen_a_resolved_ticket(world: World) -> None:
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)
    await world.submits("resolve:IT-1", ANN, words="Oiled.")
    await world.happens(a_message(AWAY, automatic=True))
    assert (await world.ticket()).status == "resolved"


async def test_what_a_program_writes_about_nothing_is_a_request_of_which_its_sender_hears_nothing(world: World) -> None:
    await world.happens(a_message("A mail that cannot be read", automatic=True))
    assert (await world.ticket()).is_with_humans
    assert world.to("chat:alice") == []
    assert "A mail that cannot be read" in text_of(world.card().body)


async def test_of_an_unreadable_mail_nobody_vouches_for_the_sender_either(world: World) -> None:
    await world.happens(a_message("A mail that cannot be read", BOB, automatic=True, unverified=True), BOB)
    assert "not verified" in text_of(world.card().body)


async def test_a_program_that_writes_a_number_chooses_nothing(world: World) -> None:
    await world.says("How do I reset my password?")
    before = await world.ticket()
    await world.happens(a_message("yes", automatic=True))
    assert (await world.ticket()).status == before.status


async def test_agents_see_that_nobody_vouches_for_a_sender_until_that_one_answers_what_only_they_could_read(world: World) -> None:
    await world.happens(a_message(UNKNOWN, BOB, unverified=True), BOB)
    assert "bob@example.org, not verified" in text_of(world.card().body)
    await world.happens(a_message("It squeaks more now", BOB), BOB)
    await world.presses("Take it", ANN)
    assert "Mail address: bob@example.org\n" in text_of(world.card().body)


async def test_nobody_is_renamed_by_a_letter_that_only_claims_to_be_theirs(world: World) -> None:
    eve = replace(BOB, name="The Boss")
    await world.happens(a_message(UNKNOWN, BOB), BOB)
    await world.happens(a_message("Pay this at once", eve, unverified=True), eve)
    await world.presses("Take it", ANN)
    assert "Bob" in text_of(world.card().body)
    assert "The Boss" not in text_of(world.card().body)

    await world.happens(a_message("It is me", replace(BOB, name="Bob B."), unverified=False), replace(BOB, name="Bob B."))
    await world.presses("Release", ANN)
    assert "Bob B." in text_of(world.card().body), "they themselves may be called otherwise"


async def test_a_mail_whose_sender_is_vouched_for_bears_no_mark(world: World) -> None:
    await world.happens(a_message(UNKNOWN, BOB), BOB)
    assert "not verified" not in text_of(world.card().body)


async def test_a_reply_that_came_back_is_told_to_its_team_and_the_address_takes_nothing_more() -> None:
    world = World(a_desk(take_back=timedelta(0)))
    await world.happens(a_message(UNKNOWN, BOB), BOB)
    await world.presses("Take it", ANN)
    await world.writes(world.card(), "Please oil it.")
    sent = world.heard("Please oil it.", BOB)
    await world.happens(Bounced(sent.id), BOB)
    [reply] = [m for m in await world.store.talk("IT-1", internal=True) if m.kind == "reply"]
    assert reply.delivery == "failed"
    assert any("the mail came back" in shown and "Please oil it." in shown for shown in world.thread(world.card()))
    assert "the mail came back" in text_of(world.card().body)
    assert await UNREACHABLE.get(world.store, BOB.id) == "bounced"
    assert "DeliveryFailed" in await world.happened()


async def test_an_address_from_which_mail_came_back_is_unreachable_in_all_of_its_threads(world: World) -> None:
    thread = f"{BOB.id}/0123456789abcdef"
    await world.happens(a_message(UNKNOWN, BOB), BOB, thread)
    await world.happens(Bounced(world.to(thread)[-1].id), BOB, thread)
    assert await UNREACHABLE.get(world.store, BOB.id) == "bounced"


async def test_a_receipt_that_came_back_is_told_to_the_team(world: World) -> None:
    await world.happens(a_message(UNKNOWN, BOB), BOB)
    await world.happens(Bounced(world.heard("IT-1", BOB).id), BOB)
    assert any("the mail came back" in shown for shown in world.thread(world.card()))


async def test_what_somebody_else_says_came_back_changes_no_ticket(world: World) -> None:
    await world.happens(a_message(UNKNOWN, BOB), BOB)
    thread = world.thread(world.card())
    await world.happens(Bounced(MessageId("chat:bob@example.org/999")), BOB)
    assert world.thread(world.card()) == thread


async def test_an_agents_letter_from_a_joined_address_is_a_reply_of_that_agent(world: World) -> None:
    await world.says(UNKNOWN)
    by_mail = Person(PersonId("chat:ann@example.org"), "Ann by mail", "en")
    await joined(world, ANN, by_mail)
    await world.happens(Submitted("reply:IT-1", {"words": "Please oil it."}, PlaceId(by_mail.id), joined=True), by_mail)
    await world.passes(minutes=1)
    world.heard("Please oil it.")
    [reply] = [m for m in await world.store.talk("IT-1", internal=True) if m.kind == "reply"]
    assert reply.author == ANN.id


async def test_nobody_acts_as_an_agent_with_whom_they_only_claim_to_be_one(world: World) -> None:
    await world.says(UNKNOWN)
    await joined(world, ANN, BOB, verified=False)
    for what in (
        Submitted("reply:IT-1", {"words": "Send me money."}, PlaceId(BOB.id), joined=True),
        Submitted("reply:IT-1", {"words": "Now."}, PlaceId(BOB.id)),
    ):
        await world.happens(what, BOB)
    await world.passes(minutes=1)
    assert [m for m in await world.store.talk("IT-1", internal=True) if m.kind == "reply"] == []


async def test_a_joined_address_gives_no_rights_to_whatever_else_comes_from_there(world: World) -> None:
    await world.says(UNKNOWN)
    by_mail = Person(PersonId("chat:ann@example.org"), "Ann by mail", "en")
    await joined(world, ANN, by_mail)
    await world.happens(Submitted("reply:IT-1", {"words": "Please oil it."}, PlaceId(by_mail.id)), by_mail)
    await world.passes(minutes=1)
    assert [m for m in await world.store.talk("IT-1", internal=True) if m.kind == "reply"] == []


async def joined(world: World, one: Person, other: Person, *, verified: bool = True) -> None:
    """Both are one person; verified: both said so."""
    account = join(account_for("a1", one.id, MONDAY), account_for("a2", other.id, MONDAY), MONDAY)
    if not verified:
        account = replace(account, addresses=tuple(replace(a, verified=a.id == one.id) for a in account.addresses))

    async def keep(tx: Transaction) -> None:
        await keep_account(tx, account)

    await world.store.run(keep)


async def test_an_agent_known_by_their_mail_address_alone_answers_from_it() -> None:
    desk = a_desk()
    signed_in = known_by_mail("ann@example.org")
    world = World(replace(desk, tiers=(replace(desk.tiers[0], agents=frozenset({signed_in})), *desk.tiers[1:])))
    await world.says(UNKNOWN)
    by_mail = Person(PersonId("email:ann@example.org"), "Ann by mail", "en")
    await world.happens(Submitted("reply:IT-1", {"words": "Please oil it."}, PlaceId(by_mail.id), joined=True), by_mail)
    await world.passes(minutes=1)
    [reply] = [m for m in await world.store.talk("IT-1", internal=True) if m.kind == "reply"]
    assert reply.author == signed_in
