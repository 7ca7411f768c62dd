"""Whoever solved a ticket makes an entry of it: prefilled from its thread, without personal matter, reviewed by an admin, told of what became of it."""

from __future__ import annotations

from bot.domain.messages import Form, Outbound, Pressed, Refusal
from bot.domain.people import Person
from bot.engine.faq.unanswered import unanswered
from bot.engine.tongue import tongue
from bot.ports.curating import Draft
from tests.builders import ALICE, ANN, BEN, BOB, CLEO, TEAM_2, a_desk
from tests.world import World, text_of

ASKED = "Hello, the badge reader in the bicycle cellar refuses me. Call me on +49 151 2345678. Thanks, Alice"
REPLY = "Hold the badge to the lower edge for three seconds, then write to badges@example.org."
SOLUTION = "The reader wants three seconds since its update."


def a_world() -> World:
    """Bob curates, Ann and Ben work in the first team, Cleo in the next."""
    return World(a_desk(admins=frozenset({BOB.id})))


async def solved(world: World, question: str = ASKED) -> None:
    """IT-1, answered and resolved by Ann."""
    await world.says(question)
    if not (await world.ticket()).is_with_humans:
        await world.presses("Talk to a person", ALICE)
    await world.writes(world.card(), REPLY)
    await world.submits("resolve:IT-1", ANN, words=SOLUTION, entry="-")


async def press(world: World, action: str, person: Person = ANN, **more: str) -> None:
    await world.happens(Pressed(action, more.get("place", person.id), answer_to="press"), person)  # type: ignore[arg-type]


async def opened(world: World, person: Person = ANN, action: str = "draft:IT-1") -> Form:
    form = await world.enquiries.form(action, person.id)
    assert isinstance(form, Form), form
    return form


async def sent(world: World, person: Person = ANN, **changes: str) -> Draft:
    """The form as it opens, sent with these changes."""
    form = await opened(world, person)
    await world.submits(form.action, person, **({field.name: field.initial for field in form.fields} | changes))
    return (await world.store.drafts(("draft", "review", "published")))[0]


def shown(world: World, person: Person) -> list[Outbound]:
    return [body for _, body in world.chat.answers if body.only_for == person.id and body.parts]


# ------------------------------------------------------------------------------------------------------------- what it says
async def test_a_solved_ticket_offers_it_and_an_open_one_does_not() -> None:
    world = a_world()
    await world.says(ASKED)
    assert "Make it an entry" not in world.labels(world.card())
    assert isinstance(await world.enquiries.form("draft:IT-1", ANN.id), Refusal)

    await world.submits("resolve:IT-1", ANN, words=SOLUTION, entry="-")

    assert "Make it an entry" in world.labels(world.card())


async def test_the_form_says_what_was_asked_and_what_helped_and_nobodys_personal_matter() -> None:
    world = a_world()
    await solved(world)

    form = await opened(world)

    given = {field.name: field.initial for field in form.fields}
    assert given["question"] == "The badge reader in the bicycle cellar refuses me. Call me on […phone number…]."
    assert given["answer"] == f"{SOLUTION}\n\n{REPLY.replace('badges@example.org', '[…email address…]')}"
    assert given["phrasings"] == "the badge reader in the bicycle cellar refuses me."
    assert "phone number, email address" in text_of(Outbound(form.about))


async def test_names_of_those_who_talked_are_taken_out_in_the_tickets_language() -> None:
    world = a_world()
    await world.says("Mi silla chirría, dice Ann Agent, y nadie viene a arreglarla desde el lunes pasado")
    await world.presses("Take it", ANN)
    await world.submits("resolve:IT-1", ANN, words="Ann Agent la engrasó", entry="-")

    given = {field.name: field.initial for field in (await opened(world)).fields}

    mark = f"[…{tongue('es').say('name')}…]"
    assert given["question"].startswith(f"Mi silla chirría, dice {mark}, y nadie")
    assert given["answer"] == f"{mark} la engrasó"
    assert given["phrasings"] == ""


async def test_a_name_that_only_its_bearer_tells_is_taken_out_everywhere() -> None:
    world = a_world()
    await solved(world, "The heron bit my chair, my name is Alma Quist. What now?")
    await world.says("It is the chair of Alma, near the aquarium, what shall I do?")

    given = " ".join(field.initial for field in (await opened_when_solved(world)).fields)

    assert "Alma" not in given
    assert "Quist" not in given


async def opened_when_solved(world: World) -> Form:
    if (await world.ticket()).is_open:
        await world.submits("resolve:IT-1", ANN, words=SOLUTION, entry="-")
    return await opened(world)


async def test_a_reply_that_never_went_out_is_no_part_of_the_answer() -> None:
    world = World(a_desk(admins=frozenset({BOB.id}), take_back=a_desk().reopen_within))
    await world.says(ASKED)
    await world.writes(world.card(), "Nonsense that I take back")
    await world.presses("Take back", ANN)
    await world.submits("resolve:IT-1", ANN, words=SOLUTION, entry="-")

    given = {field.name: field.initial for field in (await opened(world)).fields}

    assert given["answer"] == SOLUTION


# ---------------------------------------------------------------------------------------------------------------- reviewed
async def test_an_agent_publishes_nothing_it_waits_for_an_admin_and_then_answers() -> None:
    world = a_world()
    await solved(world)

    draft = await sent(world, question="The badge reader refuses me", answer="Hold it there for three seconds.")
    assert (draft.state, draft.by, draft.origin, draft.ticket) == ("review", ANN.id, "ticket", "IT-1")
    await press(world, f"draft-publish:{draft.id}")
    assert "Only admins" in text_of(shown(world, ANN)[-1])
    await press(world, f"draft-publish:{draft.id}", BOB)
    await world.says("The badge reader refuses me", CLEO)

    world.heard("Hold it there for three seconds.", CLEO)
    told = [text_of(one.body) for one in world.to(ANN)]
    assert [line for line in told if "published your entry" in line] == ["Bob published your entry “The badge reader refuses me”."]


async def test_the_ticket_is_linked_to_the_entry_and_its_card_says_so() -> None:
    world = a_world()
    await solved(world)
    draft = await sent(world, question="The badge reader refuses me", answer="Three seconds.")

    await press(world, f"draft-publish:{draft.id}", BOB)

    ticket = await world.ticket()
    assert ticket.entry == draft.of
    assert [one.solution for one in await world.store.run(lambda tx: tx.outcomes_of("IT-1"))] == [draft.of]
    assert "Make it an entry" not in world.labels(world.card())


async def test_sent_back_the_agent_reads_why_and_sends_it_again() -> None:
    world = a_world()
    await solved(world)
    draft = await sent(world, question="The badge reader refuses me", answer="Three seconds.")

    await world.submits(f"draft-back:{draft.id}", BOB, remark="Which edge?")
    assert "Which edge?" in text_of(world.heard("sent your draft", ANN).body)
    form = await opened(world)
    assert "Which edge?" in text_of(Outbound(form.about))
    again = await sent(world, answer="Three seconds, at the lower edge.")

    assert (again.id, again.state, again.entry.texts[0].answer) == (draft.id, "review", "Three seconds, at the lower edge.")


async def test_a_colleague_goes_on_with_the_draft_that_was_begun() -> None:
    world = a_world()
    await solved(world)
    draft = await sent(world, question="The badge reader refuses me", answer="Three seconds.")

    again = await sent(world, BEN, answer="Four seconds.")

    assert (again.id, again.changed_by) == (draft.id, BEN.id)
    await press(world, f"draft-publish:{draft.id}", BOB)
    assert len(world.to(BEN)) == len(world.to(ANN)) == 1


async def test_who_is_in_another_team_or_asked_makes_no_entry_of_it() -> None:
    world = a_world()
    await solved(world)

    for person in (ALICE, CLEO):
        assert isinstance(await world.enquiries.form("draft:IT-1", person.id), Refusal)
        await world.submits("draft:IT-1", person, question="evil", answer="evil", phrasings="")

    assert await world.store.drafts() == []


# -------------------------------------------------------------------------------------------------------- answered already
async def test_what_an_entry_answers_already_is_linked_instead() -> None:
    world = a_world()
    await solved(world, "How do I connect to the VPN from home?")

    form = await opened(world)
    assert form.fields[0].label == "“How do I connect to the VPN from home?” answers this already. What shall be done?"
    await world.submits(form.action, ANN, **{field.name: field.initial for field in form.fields})

    assert (await world.ticket()).entry == "vpn"
    assert await world.store.drafts() == []


async def test_what_was_resolved_with_an_entry_names_that_entry_whatever_was_asked() -> None:
    world = a_world()
    await world.says(ASKED)
    await world.submits("resolve:IT-1", ANN, words=SOLUTION, entry="printer")

    form = await opened(world)

    assert "How do I add the printer on my floor?" in form.fields[0].label


async def test_an_entry_of_its_own_can_be_made_all_the_same() -> None:
    world = a_world()
    await solved(world, "How do I connect to the VPN from home?")

    draft = await sent(world, instead="new", question="VPN from a train?", answer="Sit by the window.")

    assert (draft.state, draft.entry.texts[0].question) == ("review", "VPN from a train?")


# ------------------------------------------------------------------------------------------------------------ step by step
async def test_where_there_are_no_forms_it_is_asked_in_the_thread_of_the_card() -> None:
    world = a_world()
    await solved(world)
    await world.presses("Make it an entry", ANN, world.card())

    asked = [one for one in world.chat.sent if one.thread == world.card().id][-1]
    assert "phone number, email address" in text_of(asked.body)
    for label in ("Keep it", "Leave it empty", "Keep it"):
        await world.presses(label, ANN)

    [draft] = await world.store.drafts()
    assert (draft.state, draft.ticket, draft.entry.texts[0].phrasings) == ("review", "IT-1", ())
    assert "waits for review" in world.thread(world.card())[-1]


# ---------------------------------------------------------------------------------------------------------- the book, a sign
async def test_the_book_on_a_message_of_the_thread_drafts_an_entry_to_be_looked_over() -> None:
    world = a_world()
    await solved(world)

    for _ in range(2):
        await world.happens(Pressed("book", TEAM_2, world.card().id), ANN)

    [draft] = await world.store.drafts()
    assert (draft.state, draft.by, draft.ticket) == ("draft", ANN.id, "IT-1")
    told = shown(world, ANN)
    assert "A draft of an entry, from IT-1" in text_of(told[-2])
    assert "drafted already" in text_of(told[-1])
    await press(world, told[-1].choices[1].action, place=TEAM_2)
    assert (await world.store.drafts())[0].state == "review"


async def test_the_book_of_somebody_else_and_on_anything_else_means_nothing() -> None:
    world = a_world()
    await solved(world)

    await world.happens(Pressed("book", TEAM_2, world.card().id), ALICE)
    await world.happens(Pressed("book", TEAM_2, "chat:never-seen"), ANN)  # type: ignore[arg-type]

    assert await world.store.drafts() == []
    assert shown(world, ALICE) + shown(world, ANN) == []


async def test_the_book_on_what_an_entry_answers_already_offers_to_link_it() -> None:
    world = a_world()
    await solved(world, "How do I connect to the VPN from home?")

    await world.happens(Pressed("book", TEAM_2, world.card().id), ANN)
    await press(world, shown(world, ANN)[-1].choices[0].action, place=TEAM_2)

    assert (await world.ticket()).entry == "vpn"
    assert await world.store.drafts() == []


# ------------------------------------------------------------------------------------------------------------- the admins' queue
async def test_admins_see_what_waits_on_their_page_and_in_the_list() -> None:
    world = a_world()
    await solved(world)
    await sent(world, question="The badge reader refuses me", answer="Three seconds.")

    sections = (await world.enquiries.home(BOB.id)).sections
    [waiting] = [one for one in sections if any(choice.action.startswith("draft-publish:") for choice in one.choices)]
    assert [choice.label for choice in waiting.choices] == ["Publish", "Send back", "Open"]
    await world.commands("faq", "", BOB)
    assert "To review (1)" in [choice.label for choice in shown(world, BOB)[-1].choices]
    await world.commands("faq", "drafts", BOB)

    assert "Three seconds." in text_of(shown(world, BOB)[-1])
    assert [choice.label for choice in shown(world, BOB)[-1].choices] == ["Publish", "Send back", "Change", "For whom", "Discard"]
    assert not [one for one in (await world.enquiries.home(ANN.id)).sections if any("draft-" in choice.action for choice in one.choices)]


async def test_a_question_whose_entry_waits_for_review_is_not_listed_as_unanswered() -> None:
    world = a_world()
    await solved(world)
    assert len(await unanswered(world.store)) == 1

    draft = await sent(world, question="The badge reader refuses me", answer="Three seconds.")
    assert await unanswered(world.store) == []
    await press(world, f"draft-discard:{draft.id}", BOB)

    assert len(await unanswered(world.store)) == 1
