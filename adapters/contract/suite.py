"""What every channel promises: bot/ports/world.py has the words. Each test runs over those SIDES of the module that it is imported into which it is about.

A test module of a channel's own package is these lines; `Trial` and `Side` are in adapters/contract/sides.py:

    from adapters.contract.suite import *  # noqa: F403  the tests
    SIDES = {"lines": Trial(LinesChannel, a_side)}
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import pytest

from adapters.contract.sides import TROUBLES, WAIT_S, Busy, Side, Trial, Trouble, Verb
from bot.domain.ids import PersonId
from bot.domain.messages import Attachment, Choice, Facts, Inbound, Outbound, Pressed, Reaction, Said, Say, Title, Words
from bot.errors import DeliveryError, DeliveryRefused, DeliveryUnknown, RateLimited, ThreadGone
from bot.ports import Answers, Edits, Fetches, Profiles, Reacts, Recalls, Rosters

REASONS = {"blocked", "gone", "forbidden", "too_large", "invalid", "unsupported"}
LONG = [f"word{n}" for n in range(3000)]
CARD = Outbound((Title("IT-1 open", "open"), Words("My chair squeaks")), (Choice("Take it", "take:IT-1", "primary"),), card="IT-1 My chair")
TAKEN = Outbound((Title("IT-1 taken", "taken"), Words("My chair squeaks")), (Choice("Release", "release:IT-1"),), card="IT-1 My chair")
Promise = TypeVar("Promise", bound=Callable[..., object])


def over(*powers: type, busy: bool = False, far: bool = False) -> Callable[[Promise], Promise]:
    """About channels that have all these powers; busy, far: and are so."""

    def marked(test: Promise) -> Promise:
        test.is_about = lambda one: all(issubclass(one.channel, power) for power in powers) and one.busy >= busy and one.far >= far  # type: ignore[attr-defined]
        return test

    return marked


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test over the sides that it is about."""
    sides: dict[str, Trial] = getattr(metafunc.module, "SIDES", {})
    if "side" in metafunc.fixturenames:
        is_about: Callable[[Trial], bool] = getattr(metafunc.function, "is_about", lambda one: True)
        metafunc.parametrize("side", [name for name, one in sides.items() if is_about(one)], indirect=True)


@pytest.fixture
async def side(request: pytest.FixtureRequest) -> AsyncIterator[Side]:
    """One of the module's SIDES, listening."""
    async with request.module.SIDES[request.param].open() as opened:
        yield opened


def say(text: str) -> Outbound:
    return Outbound((Say(text),))


async def heard(side: Side) -> Inbound:
    """The only event there is."""
    (event,) = await side.core.got(1)
    return event


async def sent_file(side: Side, content: bytes = b"trace") -> Attachment:
    await side.attaches("log.txt", content)
    what = (await heard(side)).what
    assert isinstance(what, Said)
    (attachment,) = what.attachments
    return attachment


# ---------------------------------------------------------------------------------------------------------------- hearing
async def test_what_is_said_privately_arrives_once_in_the_persons_own_conversation(side: Side) -> None:
    await side.says("the printer hums")

    event = await heard(side)
    assert isinstance(event.what, Said)
    assert (event.what.text, event.what.private, event.what.addressed, event.what.attachments) == ("the printer hums", True, True, ())
    assert (event.channel, event.person.id, event.conversation.partition("/")[0]) == (side.channel.name, side.alice, side.alice)
    assert len(side.core.tried) == 1


async def test_what_is_sent_to_the_conversation_of_a_private_message_reaches_its_author(side: Side) -> None:
    await side.says("the printer hums")
    await side.posts((await heard(side)).conversation, say("Switch it off."))
    assert "Switch it off." in (await side.texts(side.alice))[-1]


async def test_what_could_not_be_kept_comes_again_under_the_same_key(side: Side) -> None:
    side.core.broken = 1
    await side.says("keep me")

    event = await heard(side)
    assert [tried.key for tried in side.core.tried] == [event.key, event.key]
    assert isinstance(event.what, Said)
    assert event.what.text == "keep me"


async def test_two_messages_have_two_keys_and_arrive_in_order_although_the_words_are_the_same(side: Side) -> None:
    await side.says("hello?")
    await side.core.got(1)
    await side.says("hello?")

    first, second = await side.core.got(2)
    assert first.key != second.key
    assert [event.what.text for event in (first, second) if isinstance(event.what, Said)] == ["hello?", "hello?"]


@over(busy=True)
async def test_who_calls_the_bot_among_others_is_heard_there_and_not_privately(side: Busy) -> None:
    await side.asks("is the lift stuck?")

    event = await heard(side)
    assert isinstance(event.what, Said)
    assert (event.what.text, event.what.private, event.what.addressed, event.what.place) == ("is the lift stuck?", False, True, side.hall)
    assert event.person.id == side.alice
    assert event.conversation.startswith(f"{side.hall}/"), "a conversation of one's own in the shared place"


async def test_a_channel_that_listens_is_ready(side: Side) -> None:
    assert side.channel.is_ready()


# --------------------------------------------------------------------------------------------------------------- speaking
async def test_what_is_sent_stands_there_and_in_order(side: Side) -> None:
    ids = [await side.posts(side.alice, say(text)) for text in ("first", "second", "third")]

    assert [text.split()[-1] for text in await side.texts(side.alice)] == ["first", "second", "third"]
    assert len(set(ids)) == 3
    assert {one.partition(":")[0] for one in ids} == {side.channel.name}


async def test_a_long_message_arrives_whole_in_pieces_that_fit(side: Side) -> None:
    parts = (Title("Order"), Words(" ".join(LONG), "Alice"), Facts((("Room", "word3000"),)), Say("word3001"))
    files = (Attachment("elsewhere:1", "one.txt"), Attachment("elsewhere:2", "two.txt"))
    message = Outbound(parts, (Choice("Yes", "a:1"), Choice("No", "a:2")), files)

    for piece in side.channel.fit(message):
        assert [*side.channel.fit(piece)] == [piece], "what fits is not cut again"
        await side.posts(side.alice, piece)

    shown = "\n".join(await side.texts(side.alice))
    assert re.findall(r"word\d+", shown) == [*LONG, "word3000", "word3001"]
    assert await side.buttons(side.alice) == ["Yes", "No"]
    assert await side.files(side.alice) == ["one.txt", "two.txt"]


@pytest.mark.parametrize("sign", ["ж", "🙂", "<", "&", "*"])
async def test_a_long_text_without_a_place_to_cut_loses_nothing(side: Side, sign: str) -> None:
    for piece in side.channel.fit(Outbound((Words(sign * 13_001),))):
        await side.posts(side.alice, piece)
    assert "".join(await side.texts(side.alice)).count(sign) == 13_001


async def test_a_message_that_fits_stays_one(side: Side) -> None:
    message = Outbound((Title("T"), Words("w"), Say("s")), (Choice("Yes", "a:1"),))
    assert [*side.channel.fit(message)] == [message]


async def test_the_first_piece_of_a_long_card_is_the_card(side: Side) -> None:
    long = Outbound((Title("IT-1"), Words(" ".join(LONG))), CARD.choices, card="IT-1")
    first, *others = side.channel.fit(long)
    assert first.card == "IT-1"
    assert {piece.card for piece in others} <= {""}
    assert sum((piece.choices for piece in (first, *others)), ()) == CARD.choices


@over(busy=True)
async def test_what_is_sent_in_the_thread_of_a_card_stands_there_and_not_beside_it(side: Busy) -> None:
    card = await side.posts(side.team, CARD)
    other = await side.posts(side.team, CARD)
    for text in ("alpha", "beta"):
        await side.posts(side.team, say(text), card)

    assert await side.texts(side.team, card) == ["alpha", "beta"]
    assert await side.texts(side.team, other) == []


@over(busy=True)
async def test_words_in_the_thread_of_a_card_arrive_where_thread_of_says_or_else_name_the_card(side: Busy) -> None:
    card = await side.posts(side.team, CARD)
    await side.writes(card, "on my way")

    event = await heard(side)
    assert isinstance(event.what, Said)
    assert (event.what.text, event.what.private, event.what.place, event.person.id) == ("on my way", False, side.team, side.ann)
    thread = side.channel.thread_of(card)
    assert event.conversation == thread if thread else event.what.reply_to == card


@over(busy=True)
async def test_what_belongs_into_the_thread_of_a_deleted_card_raises_thread_gone(side: Busy) -> None:
    card = await side.posts(side.team, CARD)
    side.deletes(card)
    with pytest.raises(ThreadGone):
        await side.posts(side.team, say("too late"), card)
    assert await side.texts(side.team) == []


@over(busy=True)
async def test_a_press_arrives_with_its_action_and_is_answered_to_its_author_alone(side: Busy) -> None:
    card = await side.posts(side.team, CARD)
    await side.presses(card, "Take it")
    event = await heard(side)
    assert isinstance(event.what, Pressed)
    assert (event.what.action, event.what.message, event.what.place, event.person.id) == ("take:IT-1", card, side.team, side.ann)

    assert isinstance(side.channel, Answers)
    await side.channel.answer(side.team, Outbound((Say("Ben has it."),), only_for=side.ann, answer_to=event.what.answer_to))

    assert "Ben has it." in await side.told(side.ann)
    assert not any("Ben has it." in text for text in await side.texts(side.team))


# ---------------------------------------------------------------------------------------------------------- what some can
@over(Answers)
async def test_an_answer_without_a_press_or_after_it_reaches_one_person_alone(side: Side) -> None:
    assert isinstance(side.channel, Answers)
    for handle in ("", "long-forgotten"):
        await side.channel.answer(side.team, Outbound((Say(f"For you {handle}!"),), only_for=side.ann, answer_to=handle))

    told = await side.told(side.ann)
    assert "For you !" in told
    assert "For you long-forgotten!" in told
    assert "For you" not in await side.told(side.alice)


@over(Answers)
async def test_an_answer_that_comes_too_late_for_its_press_still_reaches_who_asks_privately(side: Side) -> None:
    assert isinstance(side.channel, Answers)
    await side.channel.answer(side.alice, Outbound((Say("Only for you."),), only_for=side.alice, answer_to="long-forgotten"))
    assert "Only for you." in await side.told(side.alice)


@over(Answers)
async def test_an_empty_answer_shows_nothing(side: Side) -> None:
    assert isinstance(side.channel, Answers)
    before = await side.told(side.ann)
    await side.channel.answer(side.team, Outbound(only_for=side.ann, answer_to="long-forgotten"))
    assert await side.told(side.ann) == before


@over(Edits, busy=True)
async def test_an_edit_changes_the_message_in_place(side: Busy) -> None:
    assert isinstance(side.channel, Edits)
    card = await side.posts(side.team, CARD)
    await side.posts(side.team, say("after it"))
    await side.channel.edit(card, TAKEN)

    first, second = await side.texts(side.team)
    assert ("IT-1 taken" in first, "IT-1 open" in first, second) == (True, False, "after it")
    assert await side.buttons(side.team) == ["Release"]


@over(Edits, busy=True)
async def test_an_edit_to_equal_content_is_no_error(side: Busy) -> None:
    assert isinstance(side.channel, Edits)
    card = await side.posts(side.team, CARD)
    before = await side.texts(side.team)
    for _ in range(2):
        await side.channel.edit(card, CARD)
    assert await side.texts(side.team) == before


@over(Edits, busy=True)
async def test_an_edit_of_a_deleted_message_raises_thread_gone(side: Busy) -> None:
    assert isinstance(side.channel, Edits)
    card = await side.posts(side.team, CARD)
    side.deletes(card)
    with pytest.raises(ThreadGone):
        await side.channel.edit(card, TAKEN)


@over(Reacts, busy=True)
async def test_a_sign_that_is_put_twice_is_there_once(side: Busy) -> None:
    assert isinstance(side.channel, Reacts)
    await side.says("thank you")
    what = (await heard(side)).what
    assert isinstance(what, Said)
    for _ in range(2):
        await side.channel.react(Reaction(what.message, "thanks"))
    assert side.signs(what.message) == 1


@over(Fetches)
async def test_a_file_that_somebody_sent_is_fetched_up_to_the_limit(side: Side) -> None:
    assert isinstance(side.channel, Fetches)
    content = bytes(range(256)) * 20
    file = await sent_file(side, content)
    assert file.name in ("log.txt", "file-1.txt"), "text messages do not name their files"
    assert await side.channel.fetch(file, len(content)) == content


@over(Fetches)
@pytest.mark.parametrize("size", [5, 0], ids=["told", "not told"])
async def test_a_file_over_the_limit_is_refused_whether_its_size_was_told_or_not(side: Side, size: int) -> None:
    assert isinstance(side.channel, Fetches)
    file = await sent_file(side)
    with pytest.raises(DeliveryRefused) as refused:
        await side.channel.fetch(Attachment(file.source, file.name, file.mime, size), 4)
    assert refused.value.reason == "too_large"


@over(Fetches)
async def test_a_file_that_is_no_more_is_refused_as_gone(side: Side) -> None:
    assert isinstance(side.channel, Fetches)
    file = await sent_file(side)
    side.forgets(file)
    with pytest.raises(DeliveryRefused) as refused:
        await side.channel.fetch(file, 100)
    assert refused.value.reason == "gone"


@over(Rosters)
async def test_who_is_in_a_team_is_a_member_and_who_is_not_is_none(side: Side) -> None:
    assert isinstance(side.channel, Rosters)
    asked = (side.ann, side.alice, side.mallory)
    assert [await side.channel.is_member(side.team, person) for person in asked] == [True, False, False]


@over(Profiles)
async def test_a_profile_names_the_person(side: Side) -> None:
    assert isinstance(side.channel, Profiles)
    person = await side.channel.profile(side.ann)
    assert (person.id, person.name) == (side.ann, side.ann_is_called)


@over(Recalls)
async def test_what_was_sent_with_a_key_is_found_by_it_where_it_was_sent(side: Busy) -> None:
    assert isinstance(side.channel, Recalls)
    card = await side.channel.send(side.team, CARD, key="k1")
    reply = await side.channel.send(side.team, say("in the thread"), card, key="k2")

    assert await side.channel.recall(side.team, None, "k1") == card
    assert await side.channel.recall(side.team, card, "k2") == reply
    assert await side.channel.recall(side.team, card, "k3") is None
    assert "k1" not in "\n".join(await side.texts(side.team))


# ----------------------------------------------------------------------------------------------------------------- faults
async def act(side: Busy, verb: Verb) -> Callable[[], Awaitable[object]]:
    """A call of that kind, for which all is prepared."""
    channel = side.channel
    assert isinstance(channel, Edits)
    assert isinstance(channel, Answers)
    assert isinstance(channel, Reacts)
    assert isinstance(channel, Fetches)
    assert isinstance(channel, Rosters)
    assert isinstance(channel, Profiles)
    card = await channel.send(side.team, CARD)
    file = await sent_file(side)
    calls: dict[Verb, Callable[[], Awaitable[object]]] = {
        "send": lambda: channel.send(side.alice, say("hello")),
        "edit": lambda: channel.edit(card, TAKEN),
        "answer": lambda: channel.answer(side.team, Outbound((Say("hello"),), only_for=side.ann)),
        "react": lambda: channel.react(Reaction(card, "seen")),
        "fetch": lambda: channel.fetch(file, 100),
        "is_member": lambda: channel.is_member(side.team, side.ann),
        "profile": lambda: channel.profile(side.ann),
    }
    return calls[verb]


@over(busy=True)
@pytest.mark.parametrize("verb", ["send", "edit", "answer", "react"])
async def test_a_platform_that_asks_to_wait_is_rate_limited_with_the_wait_and_nothing_was_done(side: Busy, verb: Verb) -> None:
    call = await act(side, verb)
    before = await side.texts(side.team), await side.texts(side.alice), await side.told(side.ann)
    side.fails(verb, "wait")

    with pytest.raises(RateLimited) as limited:
        await call()

    assert limited.value.retry_after_s == WAIT_S
    assert (await side.texts(side.team), await side.texts(side.alice), await side.told(side.ann)) == before
    await call()


@over(busy=True)
async def test_what_a_platform_refuses_is_refused_with_a_known_reason(side: Busy) -> None:
    side.fails("send", "refused")
    with pytest.raises(DeliveryRefused) as refused:
        await side.posts(side.alice, say("hello"))
    assert refused.value.reason in REASONS
    assert await side.texts(side.alice) == []


@over(busy=True, far=True)
async def test_a_message_whose_answer_was_lost_is_not_doubled(side: Busy) -> None:
    """Whoever cannot find it again says so: never that it certainly did not arrive."""
    side.fails("send", "lost")
    with contextlib.suppress(DeliveryUnknown):
        await side.posts(side.alice, say("only once"))
    assert await side.texts(side.alice) == ["only once"]


@over(busy=True, far=True)
@pytest.mark.parametrize("verb", ["send", "edit", "answer", "react", "fetch", "is_member", "profile"])
async def test_whatever_goes_wrong_only_a_delivery_error_comes_out(side: Busy, verb: Verb) -> None:
    call = await act(side, verb)
    outcomes: list[tuple[Trouble, str]] = []
    for trouble in TROUBLES:
        side.fails(verb, trouble)
        try:
            await call()
        except DeliveryError:
            outcomes.append((trouble, "delivery error"))
        except Exception as error:  # noqa: BLE001  what must not happen is named below
            outcomes.append((trouble, type(error).__name__))
    assert {kind for _, kind in outcomes} == {"delivery error"}, outcomes


@over(busy=True, far=True)
async def test_a_roster_that_cannot_be_read_says_neither_yes_nor_no(side: Busy) -> None:
    assert isinstance(side.channel, Rosters)
    side.fails("is_member", "down")
    with pytest.raises(DeliveryError):
        await side.channel.is_member(side.team, side.ann)
    assert await side.channel.is_member(side.team, side.ann)


@over(busy=True, far=True)
@pytest.mark.parametrize("to", ["", "elsewhere:1", "{name}:", "{name}:nobody", "{name}:1/2/3/4"])
async def test_an_address_that_is_nobodys_is_refused(side: Busy, to: str) -> None:
    with pytest.raises(DeliveryRefused) as refused:
        await side.posts(to.format(name=side.channel.name), say("hello"))
    assert refused.value.reason in REASONS


@over(busy=True, far=True)
async def test_a_file_whose_bytes_cannot_be_had_is_not_sent_and_says_why(side: Busy) -> None:
    async def gone(attachment: Attachment, limit: int) -> bytes:
        raise DeliveryRefused("gone", attachment.source)

    side.channel.fetch_any = gone  # type: ignore[attr-defined]
    with pytest.raises(DeliveryRefused) as refused:
        await side.posts(PersonId(side.alice), Outbound(attachments=(Attachment("elsewhere:1", "one.txt"),)))
    assert refused.value.reason == "gone"
    assert await side.files(side.alice) == []
