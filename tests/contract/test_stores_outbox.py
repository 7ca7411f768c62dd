"""What every store promises of what is owed: order, leases, edits, take-back, repeated threads."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.ids import MessageId, PersonId
from bot.domain.messages import Home, HomeSection, Outbound, Reaction, Say, Title, Words
from bot.ports import Parcel, Transaction
from tests.builders import ALICE, BOB, MONDAY, TEAM_2, a_message, an_event
from tests.contract.conftest import AnyStore

SOON = MONDAY + timedelta(seconds=10)
LATER = MONDAY + timedelta(minutes=5)
LANE = ALICE.id
CARD_LANE = f"{TEAM_2}#IT-1"


def a_parcel(key: str, **changes: object) -> Parcel:
    return replace(Parcel(key, LANE, ALICE.id, Outbound((Say(key),)), MONDAY), **changes)  # type: ignore[arg-type]


def in_thread(key: str, **changes: object) -> Parcel:
    return a_parcel(key, lane=CARD_LANE, to=TEAM_2, thread="card", **changes)


async def post(store: AnyStore, *parcels: Parcel) -> None:
    for parcel in parcels:
        await store.run(lambda tx, p=parcel: tx.post(p))  # type: ignore[misc]


async def send_all(store: AnyStore, lane: str = LANE, now: datetime = MONDAY) -> list[str]:
    """Lease, mark everything as sent, free; the keys in the order of sending."""
    keys = [p.key for p in await store.run(lambda tx: tx.lease(lane, "w1", now, now + timedelta(seconds=20)))]
    for key in keys:
        await store.run(lambda tx, k=key: tx.sent(k, MessageId(f"chat:{k}"), now))  # type: ignore[misc]
    await store.run(lambda tx: tx.free(lane, "w1"))
    return keys


async def state(store: AnyStore, key: str) -> str:
    parcel = await store.run(lambda tx: tx.parcel(key))
    return parcel.state if parcel else "unknown"


async def leased(store: AnyStore, owner: str, now: datetime, lane: str = LANE) -> list[str]:
    return [p.key for p in await leased_parcels(store, owner, now, lane)]


async def leased_parcels(store: AnyStore, owner: str, now: datetime, lane: str = LANE) -> list[Parcel]:
    """What a process that is alive for half a minute more leases for 20 seconds."""

    async def lease(tx: Transaction) -> list[Parcel]:
        await tx.hold(f"process:{owner}", owner, now, now + timedelta(seconds=30))
        return await tx.lease(lane, owner, now, now + timedelta(seconds=20))

    return await store.run(lease)


# ------------------------------------------------------------------------------------------------------- order, leases
async def test_a_lane_is_sent_in_the_order_of_posting(store: AnyStore) -> None:
    await post(store, *(a_parcel(f"p{9 - n}") for n in range(5)), a_parcel("other", lane=BOB.id, to=BOB.id))
    assert await send_all(store) == ["p9", "p8", "p7", "p6", "p5"]
    assert await send_all(store) == []


async def test_a_parcel_posted_twice_is_posted_once(store: AnyStore) -> None:
    await post(store, a_parcel("p1"), a_parcel("p1", body=Outbound((Say("again"),))))
    parcel = await store.run(lambda tx: tx.parcel("p1"))
    assert parcel == a_parcel("p1")
    assert (await store.queue())["outbox_waiting"] == 1


async def test_every_kind_of_body_comes_out_as_it_went_in(store: AnyStore) -> None:
    bodies = (
        Outbound((Title("IT-1", "open"), Words("words", "Alice")), card="IT-1", reply_to=MessageId("chat:m1")),
        Reaction(MessageId("chat:m1"), "seen"),
        Home((HomeSection((Say("hello"),)),)),
    )
    await post(store, *(a_parcel(f"p{n}", body=body, ticket="IT-1", message=n, fresh=n == 1) for n, body in enumerate(bodies)))
    for n, body in enumerate(bodies):
        assert await store.run(lambda tx, n=n: tx.parcel(f"p{n}")) == a_parcel(f"p{n}", body=body, ticket="IT-1", message=n, fresh=n == 1)  # type: ignore[misc]


async def test_only_one_has_the_lease_of_a_lane_until_it_ends_or_is_given_back(store: AnyStore) -> None:
    await post(store, a_parcel("p1"))
    assert await leased(store, "w1", MONDAY) == ["p1"]
    assert await leased(store, "w2", SOON) == []
    assert await leased(store, "w1", SOON) == ["p1"], "its owner may take it again"
    assert await leased(store, "w2", SOON + timedelta(seconds=20)) == ["p1"], "it ends by itself"
    await store.run(lambda tx: tx.free(LANE, "w1"))
    assert await leased(store, "w3", SOON + timedelta(seconds=21)) == [], "who had it before cannot give it back"
    await store.run(lambda tx: tx.free(LANE, "w2"))
    assert await leased(store, "w3", SOON + timedelta(seconds=21)) == ["p1"]


async def test_the_lane_of_a_process_that_has_died_is_free_at_once_and_what_it_had_begun_is_known(store: AnyStore) -> None:
    await post(store, a_parcel("p1"), a_parcel("p2"))
    await leased(store, "w1", MONDAY)
    await store.run(lambda tx: tx.let_go("process:w1", "w1"))
    assert await store.lanes_with_work(SOON) == ([], [LANE])
    assert [(p.key, p.begun) for p in await leased_parcels(store, "w2", SOON)] == [("p1", True), ("p2", False)]
    assert (await store.run(lambda tx: tx.parcel("p1"))).begun, "also for whoever sends it after w2"  # type: ignore[union-attr]


async def test_a_clock_that_is_put_back_keeps_nobody_alive_who_is_dead(store: AnyStore) -> None:
    await post(store, a_parcel("p1"))
    an_hour, a_while = timedelta(hours=1), timedelta(seconds=20)
    await store.run(lambda tx: tx.hold("process:dead", "dead", MONDAY + an_hour, MONDAY + an_hour + a_while))
    assert await store.run(lambda tx: tx.lease(LANE, "dead", MONDAY + an_hour, MONDAY + 2 * an_hour))
    # and now the clock is put back by an hour, and its owner is killed
    await store.run(lambda tx: tx.hold("process:w2", "w2", MONDAY, MONDAY + a_while))
    assert await store.run(lambda tx: tx.lease(LANE, "w2", MONDAY, MONDAY + an_hour)) == [], "it may be alive: who is renews it by the new time"
    await store.run(lambda tx: tx.hold("process:w2", "w2", MONDAY + a_while, MONDAY + 2 * a_while))
    [parcel] = await store.run(lambda tx: tx.lease(LANE, "w2", MONDAY + a_while, MONDAY + an_hour))
    assert parcel.begun


async def test_who_renews_what_is_theirs_keeps_it_when_the_clock_is_put_back(store: AnyStore) -> None:
    an_hour, a_while = timedelta(hours=1), timedelta(seconds=20)
    assert await store.run(lambda tx: tx.hold("role:x", "w1", MONDAY + an_hour, MONDAY + an_hour + a_while))
    assert not await store.run(lambda tx: tx.hold("role:x", "w2", MONDAY, MONDAY + a_while))
    assert await store.run(lambda tx: tx.hold("role:x", "w1", MONDAY + a_while / 2, MONDAY + a_while * 3 / 2))
    assert not await store.run(lambda tx: tx.hold("role:x", "w2", MONDAY + a_while, MONDAY + 2 * a_while))
    assert await store.run(lambda tx: tx.hold("role:x", "w2", MONDAY + 2 * a_while, MONDAY + 3 * a_while)), "but no longer than it is renewed"


async def test_what_was_posted_after_a_sender_died_was_never_begun(store: AnyStore) -> None:
    await post(store, a_parcel("p1"))
    await leased(store, "w1", MONDAY)
    await store.run(lambda tx: tx.sent("p1", MessageId("chat:p1"), MONDAY))
    await store.run(lambda tx: tx.let_go("process:w1", "w1"))
    await post(store, a_parcel("p2", due=SOON))
    assert [(p.key, p.begun) for p in await leased_parcels(store, "w2", SOON)] == [("p2", False)]


async def test_a_lease_that_its_owner_never_gave_back_shows_what_it_had_begun(store: AnyStore) -> None:
    await post(store, a_parcel("p1"))
    await leased(store, "w1", MONDAY)
    assert [(p.key, p.begun) for p in await leased_parcels(store, "w1", SOON)] == [("p1", True)]


async def test_a_leased_lane_is_no_work_for_the_sweep_until_the_lease_ends(store: AnyStore) -> None:
    await post(store, a_parcel("p1"))
    assert await store.lanes_with_work(MONDAY) == ([], [LANE])
    await leased(store, "w1", MONDAY)
    assert await store.lanes_with_work(SOON) == ([], [])
    assert await store.next_due(SOON) == MONDAY + timedelta(seconds=20)
    assert await store.lanes_with_work(LATER) == ([], [LANE])


async def test_a_parcel_that_is_not_due_holds_back_what_was_posted_after_it(store: AnyStore) -> None:
    await post(store, a_parcel("p1"), a_parcel("held", due=SOON), a_parcel("p3"))
    assert await send_all(store) == ["p1"]
    assert await store.lanes_with_work(MONDAY) == ([], [])
    assert await store.next_due(MONDAY) == SOON
    assert await send_all(store, now=SOON) == ["held", "p3"]


async def test_a_lane_with_nothing_due_is_not_leased(store: AnyStore) -> None:
    await post(store, a_parcel("held", due=SOON))
    assert await leased(store, "w1", MONDAY) == []
    assert await leased(store, "w2", SOON) == ["held"]


async def test_no_more_than_the_limit_is_leased_at_once(store: AnyStore) -> None:
    await post(store, *(a_parcel(f"p{n}") for n in range(5)))
    assert [p.key for p in await store.run(lambda tx: tx.lease(LANE, "w1", MONDAY, SOON, limit=2))] == ["p0", "p1"]


# ---------------------------------------------------------------------------------------------------- what became of it
async def test_a_sent_parcel_knows_its_id_on_the_platform_and_is_never_sent_again(store: AnyStore) -> None:
    await post(store, a_parcel("p1"))
    await send_all(store)
    parcel = await store.run(lambda tx: tx.parcel("p1"))
    assert parcel == a_parcel("p1", state="sent", sent_as="chat:p1")
    assert await store.lanes_with_work(LATER) == ([], [])


async def test_a_failed_try_counts_and_waits_and_one_without_fault_does_not_count(store: AnyStore) -> None:
    await post(store, a_parcel("p1"))
    await store.run(lambda tx: tx.not_sent("p1", "waiting", SOON, "RateLimited"))
    await store.run(lambda tx: tx.not_sent("p1", "waiting", LATER, ""))
    parcel = await store.run(lambda tx: tx.parcel("p1"))
    assert parcel is not None
    assert (parcel.state, parcel.due, parcel.attempts) == ("waiting", LATER, 1)
    assert await leased(store, "w1", SOON) == []
    assert await leased(store, "w1", LATER) == ["p1"]


async def test_what_failed_for_good_lets_the_lane_go_on_and_is_counted(store: AnyStore) -> None:
    await post(store, a_parcel("p1"), a_parcel("p2"))
    await store.run(lambda tx: tx.not_sent("p1", "failed", MONDAY, "blocked"))
    assert await send_all(store) == ["p2"]
    assert (await store.queue())["outbox_failed"] == 1
    await store.run(lambda tx: tx.not_sent("p1", "waiting", MONDAY, ""))
    assert await send_all(store) == ["p1"], "an operator may have it tried again"


async def test_a_sender_that_is_too_late_cannot_undo_what_another_has_sent(store: AnyStore) -> None:
    await post(store, a_parcel("p1"))
    await send_all(store)
    await store.run(lambda tx: tx.not_sent("p1", "waiting", MONDAY, "DeliveryError"))
    assert await state(store, "p1") == "sent"


# -------------------------------------------------------------------------------------------------- edits and taking back
async def test_a_waiting_edit_is_replaced_by_a_newer_one_of_the_same_message(store: AnyStore) -> None:
    await post(store, a_parcel("p1"))
    await send_all(store)
    await post(store, a_parcel("e1", edits="p1"), a_parcel("x1", edits="other"), a_parcel("e2", edits="p1"), a_parcel("e2", edits="p1"))
    assert await send_all(store) == ["x1", "e2"]
    assert await state(store, "e1") == "withdrawn"


async def test_an_edit_that_is_out_is_not_replaced(store: AnyStore) -> None:
    await post(store, a_parcel("p1"), a_parcel("e1", edits="p1"))
    await send_all(store)
    await post(store, a_parcel("e2", edits="p1"))
    assert await state(store, "e1") == "sent"


async def test_a_waiting_parcel_can_be_rewritten_and_a_sent_one_cannot(store: AnyStore) -> None:
    await post(store, a_parcel("p1"))
    assert await store.run(lambda tx: tx.rewrite("p1", Outbound((Say("better"),)))) is True
    (parcel,) = await store.run(lambda tx: tx.lease(LANE, "w1", MONDAY, SOON))
    assert parcel.body == Outbound((Say("better"),))
    await store.run(lambda tx: tx.sent("p1", None, MONDAY))
    assert await store.run(lambda tx: tx.rewrite("p1", Outbound())) is False
    assert await store.run(lambda tx: tx.rewrite("p2", Outbound())) is False


async def test_a_waiting_parcel_is_taken_back_with_all_its_pieces(store: AnyStore) -> None:
    await post(store, *(a_parcel(key, due=SOON) for key in ("r", "r/1", "r/2", "r0", "rx", "r.1")))
    assert await store.run(lambda tx: tx.withdraw("r")) is True
    assert await send_all(store, now=SOON) == ["r0", "rx", "r.1"]
    assert await state(store, "r/2") == "withdrawn"


async def test_it_is_too_late_to_take_back_once_a_piece_was_sent(store: AnyStore) -> None:
    await post(store, a_parcel("r"), a_parcel("r/1", due=SOON))
    await send_all(store)
    assert await store.run(lambda tx: tx.withdraw("r")) is False
    assert await send_all(store, now=SOON) == ["r/1"], "half a reply would be worse than the whole"


async def test_what_a_sender_has_in_hand_can_neither_be_taken_back_nor_changed(store: AnyStore) -> None:
    await post(store, a_parcel("p1"), a_parcel("r"), a_parcel("later", due=SOON))
    await leased(store, "w1", MONDAY)
    assert await store.run(lambda tx: tx.withdraw("r")) is False
    assert await store.run(lambda tx: tx.rewrite("r", Outbound())) is False
    assert await store.run(lambda tx: tx.rewrite("later", Outbound((Say("better"),)))) is True
    assert await store.run(lambda tx: tx.withdraw("later")) is True
    await store.run(lambda tx: tx.not_sent("r", "waiting", LATER, "RateLimited"))
    assert await store.run(lambda tx: tx.withdraw("r")) is True, "it came back and waits for another try"


async def test_what_may_have_arrived_is_not_taken_back(store: AnyStore) -> None:
    await post(store, a_parcel("r"))
    await leased(store, "w1", MONDAY)
    await store.run(lambda tx: tx.not_sent("r", "waiting", LATER, "DeliveryUnknown"))
    await store.run(lambda tx: tx.unsure("r"))
    assert await store.run(lambda tx: tx.withdraw("r")) is False
    assert await state(store, "r") == "waiting"


async def test_nothing_is_taken_back_twice_or_from_nothing(store: AnyStore) -> None:
    await post(store, a_parcel("r", due=SOON))
    assert await store.run(lambda tx: tx.withdraw("r")) is True
    assert await store.run(lambda tx: tx.withdraw("r")) is False
    assert await store.run(lambda tx: tx.withdraw("unknown")) is False


# ----------------------------------------------------------------------------------------------------- a thread is gone
async def a_card_with_talk(store: AnyStore) -> None:
    card = a_parcel("card", lane=CARD_LANE, to=TEAM_2, body=Outbound((Title("IT-1"),), card="IT-1"))
    await post(store, card, in_thread("t1"), in_thread("t2"), a_parcel("card-2", lane=CARD_LANE, to=TEAM_2, edits="card"))
    await post(store, in_thread("hint", body=Outbound((Say("for Ann"),), only_for=PersonId("chat:ann"))), a_parcel("t2-edit", lane=CARD_LANE, edits="t2"))
    await send_all(store, CARD_LANE)
    await post(store, in_thread("t3"))


async def test_a_lost_thread_is_made_again_in_the_old_order_before_what_still_waited(store: AnyStore) -> None:
    await a_card_with_talk(store)
    new = Outbound((Title("IT-1", "taken"),), card="IT-1")

    await store.run(lambda tx: tx.repeat_thread("card", new, LATER))

    again = await store.run(lambda tx: tx.lease(CARD_LANE, "w1", LATER, LATER + timedelta(seconds=20)))
    assert [p.key for p in again] == ["card", "t1", "t2", "t2-edit", "t3"]
    assert again[0].body == new
    assert all(p.sent_as is None for p in again)


async def test_a_thread_found_lost_twice_is_made_again_once(store: AnyStore) -> None:
    await a_card_with_talk(store)
    for _ in range(2):
        await store.run(lambda tx: tx.repeat_thread("card", Outbound(card="IT-1"), LATER))
    assert await send_all(store, CARD_LANE, LATER) == ["card", "t1", "t2", "t2-edit", "t3"]
    assert await send_all(store, CARD_LANE, LATER) == []


async def test_the_queue_is_counted(store: AnyStore) -> None:
    await post(store, a_parcel("p1"), a_parcel("p2"), a_parcel("p3"))
    await store.run(lambda tx: tx.keep(an_event(a_message("hello")), MONDAY))
    await store.run(lambda tx: tx.not_sent("p1", "failed", MONDAY, "gone"))
    await store.run(lambda tx: tx.not_sent("p2", "withdrawn", MONDAY, ""))
    assert await store.queue() == {"inbox_waiting": 1, "inbox_parked": 0, "outbox_waiting": 1, "outbox_failed": 1, "timers": 0}


async def test_what_a_place_refused_is_owed_again_once_it_lets_us_in_and_changes_are_not(store: AnyStore) -> None:
    refused, elsewhere, tried, too_large, change = (
        in_thread("refused", ticket="IT-1"),
        a_parcel("elsewhere"),
        in_thread("tried", ticket="IT-2"),
        in_thread("too-large", ticket="IT-3"),
        a_parcel("change", lane=CARD_LANE, to=TEAM_2, edits="card", ticket="IT-4"),
    )
    await post(store, refused, elsewhere, tried, too_large, change)
    for key, why in (("refused", "forbidden"), ("elsewhere", "forbidden"), ("too-large", "too_large"), ("change", "gone")):
        await store.run(lambda tx, k=key, w=why: tx.not_sent(k, "failed", MONDAY, w))  # type: ignore[misc]
    await store.run(lambda tx: tx.not_sent("tried", "waiting", LATER + timedelta(hours=1), "TimeoutError"))

    about = await store.run(lambda tx: tx.owe_again(TEAM_2, LATER))

    assert about == ["IT-1", "IT-4"]
    assert await send_all(store, CARD_LANE, LATER) == ["refused", "tried"]
    assert [await state(store, key) for key in ("elsewhere", "too-large", "change")] == ["failed", "failed", "withdrawn"]


async def test_what_was_sent_and_comes_back_has_failed_and_is_owed_again_when_its_place_takes_it(store: AnyStore) -> None:
    await post(store, a_parcel("one", ticket="IT-1"), a_parcel("two", ticket="IT-1"))
    await send_all(store)
    for key in ("one", "unknown"):
        await store.run(lambda tx, k=key: tx.came_back(k, "shut"))  # type: ignore[misc]
    assert [await state(store, key) for key in ("one", "two")] == ["failed", "sent"]
    assert await store.run(lambda tx: tx.owe_again(ALICE.id, LATER)) == ["IT-1"]
    assert await send_all(store, LANE, LATER) == ["one"]


async def test_what_was_owed_to_an_address_is_read_newest_first_with_what_became_of_it(store: AnyStore) -> None:
    await post(store, a_parcel("one"), a_parcel("two"), a_parcel("three"), a_parcel("else", to=BOB.id, lane=BOB.id))
    await store.run(lambda tx: tx.sent("one", MessageId("chat:m1"), SOON))
    await store.run(lambda tx: tx.not_sent("two", "waiting", LATER, "HTTP 503"))
    found = await store.owed_to(ALICE.id, 2)
    assert [(one.key, one.state, one.attempts, one.error, one.due) for one in found] == [
        ("three", "waiting", 0, "", MONDAY),
        ("two", "waiting", 1, "HTTP 503", LATER),
    ]
    first = (await store.owed_to(ALICE.id))[-1]
    assert (first.body, first.state, first.sent_at, first.sent_as) == (Outbound((Say("one"),)), "sent", SOON, "chat:m1")
