"""The agents' pages: who comes in, what they see, and every move, over a desk of dictionaries."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.domain.ids import PersonId, PlaceId
from bot.domain.messages import Attachment, Form, FormField, Inbound, Outbound, Pressed, Say, Submitted, Title, Words
from bot.domain.people import Person
from bot.domain.tickets import Offer, TicketMessage
from bot.errors import DeliveryRefused, StoreError
from bot.ports import Recorded
from tests.web_desk import BASE, START, Document, WebWorld, a_ticket, a_world

TEAM = PlaceId("web:team")


@pytest.fixture
async def world() -> AsyncIterator[WebWorld]:
    made = await a_world()

    async def react(event: Inbound) -> None:
        what = event.what
        assert isinstance(what, Pressed | Submitted)
        await made.channel.answer(what.place, Outbound((), only_for=event.person.id, answer_to=what.answer_to))

    made.desk.reacts = react
    yield made
    await made.stop()


# --------------------------------------------------------------------------------------------------------------- coming in
@pytest.mark.parametrize("path", ["/agent", "/agent/tickets/IT-1", "/agent/events", "/admin", "/admin/people", "/admin/entries/vpn"])
async def test_strangers_see_no_page_of_agents_or_curators(world: WebWorld, path: str) -> None:
    world.desk.all_tickets["IT-1"] = a_ticket(question="secret")
    page = await world.browser().open(path)
    assert page.status_code == 403
    assert "secret" not in page.text


async def test_looking_at_a_sign_in_link_spends_nothing_and_using_it_does(world: WebWorld) -> None:
    path = (await world.channel.sign_in_link(BASE, "agent")).removeprefix(BASE)
    ann, mallory = world.browser(), world.browser()
    await mallory.open(path)
    page = await ann.open(path)
    page = await ann.send(page, "", name="Ann")
    assert page.url.path == "/agent"
    late = await mallory.open(path)
    assert late.status_code == 403
    assert "used already" in late.text


async def test_who_signs_in_says_who_they_are(world: WebWorld) -> None:
    path = (await world.channel.sign_in_link(BASE, "agent")).removeprefix(BASE)
    browser = world.browser()
    page = await browser.send(await browser.open(path), "", name=" \u202e ")
    assert page.status_code == 422
    assert "Please say who you are." in page.text


async def test_a_made_up_link_is_refused(world: WebWorld) -> None:
    assert (await world.browser().open("/agent/sign-in/" + "A" * 43)).status_code == 403


async def test_signing_out_ends_the_session_on_the_server(world: WebWorld) -> None:
    ann = await world.agent()
    page = await ann.open("/agent")
    stolen = ann.http.cookies["firstline_in"]
    await ann.send(page, "/sign-out")
    thief = world.browser()
    thief.http.cookies.set("firstline_in", stolen)
    assert (await thief.open("/agent")).status_code == 403


async def test_a_session_cookie_from_before_the_sign_in_is_not_kept(world: WebWorld) -> None:
    fixed = world.browser()
    fixed.http.cookies.set("firstline_in", "chosen-by-mallory")
    path = (await world.channel.sign_in_link(BASE, "agent")).removeprefix(BASE)
    await fixed.send(await fixed.open(path), "", name="Ann")
    mallory = world.browser()
    mallory.http.cookies.set("firstline_in", "chosen-by-mallory")
    assert (await mallory.open("/agent")).status_code == 403


async def test_the_core_learns_who_is_an_agent_and_who_a_curator_now(world: WebWorld) -> None:
    ann, root = await world.agent("Ann"), await world.agent("Root", "admin")
    world.desk.all_tickets["IT-1"] = a_ticket()
    await ann.send(await ann.open("/agent"), "/agent/tickets/IT-1/take")
    await root.send(await root.open("/agent"), "/agent/tickets/IT-1/take")
    people = [event.person for event in world.desk.received]
    assert [p.name for p in people] == ["Ann", "Root"]
    assert [await world.channel.is_member(TEAM, p.id) for p in people] == [True, True]
    assert [await world.channel.is_admin(p.id) for p in people] == [False, True]
    assert not await world.channel.is_member(PlaceId("web:elsewhere"), people[0].id)
    assert not await world.channel.is_member(TEAM, PersonId("web:stranger"))
    assert (await world.channel.profile(people[0].id)).name == "Ann"
    await ann.send(await ann.open("/agent"), "/sign-out")
    assert not await world.channel.is_member(TEAM, people[0].id)


async def test_an_agent_is_no_curator(world: WebWorld) -> None:
    assert (await (await world.agent()).open("/admin")).status_code == 403


# ---------------------------------------------------------------------------------------------------------------- queues
async def test_each_list_holds_its_tickets(world: WebWorld) -> None:
    ann = await world.agent()
    world.desk.all_tickets["IT-1"] = a_ticket()
    await ann.send(await ann.open("/agent"), "/agent/tickets/IT-1/take")
    me = world.desk.received[-1].person.id
    world.desk.all_tickets = {
        "IT-1": a_ticket("IT-1"),
        "IT-2": a_ticket("IT-2", assignee=me),
        "IT-3": a_ticket("IT-3", tier=1),
        "IT-4": a_ticket("IT-4", status="resolved", assignee=me),
    }
    shown = {view: Document((await ann.open(f"/agent?view={view}")).text).text for view in ("unclaimed", "mine", "open", "resolved")}
    listed = {view: {n for n in world.desk.all_tickets if n in text} for view, text in shown.items()}
    assert listed == {"unclaimed": {"IT-1"}, "mine": {"IT-2"}, "open": {"IT-1", "IT-2", "IT-3"}, "resolved": {"IT-4"}}


async def test_an_empty_queue_says_what_happens_next(world: WebWorld) -> None:
    assert "New requests appear here by themselves." in (await (await world.agent()).open("/agent")).text


ODD = ["view=nonsense", "before=tomorrow", "before=2025-01-01", "q=%00%ff", "q=" + "x" * 5000, "view=mine&before=9999-99-99T00:00:00Z"]


@pytest.mark.parametrize("query", ODD)
async def test_an_odd_address_is_no_fault_of_ours(world: WebWorld, query: str) -> None:
    assert (await (await world.agent()).open(f"/agent?{query}")).status_code == 200


async def test_more_than_a_page_leads_to_the_older_ones(world: WebWorld) -> None:
    ann = await world.agent()
    world.desk.all_tickets = {f"IT-{n}": a_ticket(f"IT-{n}", changed_at=START.replace(minute=n)) for n in range(1, 31)}
    first = await ann.open("/agent")
    assert "IT-30" in first.text
    assert "IT-5 " not in Document(first.text).text
    older = first.text.split('id="older"><a class="button" href="')[1].split('"')[0].replace("&amp;", "&")
    assert "IT-5 " in Document((await ann.open(older)).text).text


# ----------------------------------------------------------------------------------------------------------------- a ticket
async def test_a_ticket_shows_all_that_is_known_and_notes_as_notes(world: WebWorld) -> None:
    ann = await world.agent()
    ticket = a_ticket(offers=(Offer("vpn", "en", "Why is the VPN slow?", 41.26, outcome="refused", reason="wrong_topic"),))
    world.desk.all_tickets["IT-1"] = ticket
    world.desk.known[ticket.requester] = Person(ticket.requester, "Ana")
    world.desk.talks["IT-1"] = [
        TicketMessage(1, ticket.id, "in", "question", ticket.requester, "My screen is black", START),
        TicketMessage(2, ticket.id, "out", "note", ticket.requester, "third time this week", START, delivery="kept"),
        TicketMessage(3, ticket.id, "out", "reply", ticket.requester, "Come by", START, delivery="failed"),
        TicketMessage(4, ticket.id, "in", "detail", ticket.requester, "now red", START, edited="now blue"),
    ]
    world.desk.events["IT-1"] = [Recorded(1, "IT-1", "TicketOpened", ticket.requester, "web", START, {})]
    page = await ann.open("/agent/tickets/IT-1")
    text = Document(page.text).text
    assert "Note: agents only" in text
    assert 'class="line note"' in page.text
    for shown in ("not delivered", "Ana asked", "Why is the VPN slow?", "score 41.3", "refused: another topic", "now red", "now blue", "name not proven"):
        assert shown in text


@pytest.mark.parametrize("verb", ["take", "hold"])
async def test_a_press_reaches_the_core_in_the_teams_place_with_a_handle(world: WebWorld, verb: str) -> None:
    ann = await world.agent()
    world.desk.all_tickets["IT-1"] = a_ticket()
    page = await ann.send(await ann.open("/agent/tickets/IT-1"), f"/agent/tickets/IT-1/{verb}")
    assert page.status_code == 200
    what = world.desk.received[-1].what
    assert isinstance(what, Pressed)
    assert (what.action, what.place) == (f"{verb}:IT-1", TEAM)
    assert what.answer_to


@pytest.mark.parametrize("verb", ["reply", "note", "escalate", "back", "resolve"])
async def test_a_move_with_words_reaches_the_core(world: WebWorld, verb: str) -> None:
    ann = await world.agent()
    world.desk.all_tickets["IT-1"] = a_ticket(tier=2 if verb == "escalate" else 3)
    await ann.send(await ann.open("/agent/tickets/IT-1"), f"/agent/tickets/IT-1/{verb}", words=" the words ")
    what = world.desk.received[-1].what
    assert isinstance(what, Submitted)
    assert (what.action, what.values["words"]) == (f"{verb}:IT-1", "the words")


async def test_a_resolution_may_name_the_entry_that_solved_it(world: WebWorld) -> None:
    ann = await world.agent()
    world.desk.all_tickets["IT-1"] = a_ticket()
    options = (("-", "None of these"), ("printer-add", "How do I add a printer?"))
    fields = (FormField("words", "What solved it?"), FormField("entry", "FAQ entry that answers it", "choice", required=False, options=options, initial="-"))
    world.desk.forms["resolve:IT-1"] = Form("resolve:IT-1", "Resolve", "Resolve", "Cancel", fields)
    await ann.send(await ann.open("/agent/tickets/IT-1"), "/agent/tickets/IT-1/resolve", words="new cable", entry="printer-add")
    what = world.desk.received[-1].what
    assert isinstance(what, Submitted)
    assert what.values == {"words": "new cable", "entry": "printer-add"}


async def test_a_reply_carries_its_files(world: WebWorld) -> None:
    ann = await world.agent()
    world.desk.all_tickets["IT-1"] = a_ticket()
    page = await ann.open("/agent/tickets/IT-1")
    await ann.send(page, "/agent/tickets/IT-1/reply", words="see this", files=[("plan.pdf", b"pdf", "application/pdf")])
    what = world.desk.received[-1].what
    assert isinstance(what, Submitted)
    assert [a.name for a in what.attachments] == ["plan.pdf"]
    assert await world.channel.fetch(what.attachments[0], 100) == b"pdf"
    with pytest.raises(DeliveryRefused, match="too_large"):
        await world.channel.fetch(what.attachments[0], 2)
    with pytest.raises(DeliveryRefused, match="gone"):
        await world.channel.fetch(Attachment("web:nothing", "x"), 2)


async def test_ones_own_waiting_reply_can_be_taken_back(world: WebWorld) -> None:
    ann = await world.agent()
    ticket = world.desk.all_tickets["IT-1"] = a_ticket()
    await ann.send(await ann.open("/agent/tickets/IT-1"), "/agent/tickets/IT-1/take")
    me = world.desk.received[-1].person.id
    world.desk.talks["IT-1"] = [
        TicketMessage(7, ticket.id, "out", "reply", me, "oops", START, delivery="waiting"),
        TicketMessage(8, ticket.id, "out", "reply", me, "gone", START, delivery="sent"),
    ]
    page = await ann.open("/agent/tickets/IT-1")
    assert page.text.count("/undo") == 1
    await ann.send(page, "/agent/tickets/IT-1/undo")
    what = world.desk.received[-1].what
    assert isinstance(what, Pressed)
    assert what.action == "undo:IT-1:7"


async def test_what_the_core_answers_is_shown_once_to_this_agent_alone(world: WebWorld) -> None:
    ann, ben = await world.agent("Ann"), await world.agent("Ben")
    world.desk.all_tickets["IT-1"] = a_ticket()

    async def react(event: Inbound) -> None:
        what = event.what
        assert isinstance(what, Pressed)
        said = (Title("Sorry"), Say("Ben already has IT-1."), Words("<b>"))
        await world.channel.answer(what.place, Outbound(said, only_for=event.person.id, answer_to=what.answer_to))

    world.desk.reacts = react
    page = await ann.send(await ann.open("/agent/tickets/IT-1"), "/agent/tickets/IT-1/take")
    assert "Ben already has IT-1." in page.text
    assert "Ben already" not in (await ann.open("/agent/tickets/IT-1")).text
    assert "Ben already" not in (await ben.open("/agent/tickets/IT-1")).text


async def test_an_answer_that_comes_too_late_waits_on_the_agents_next_page(world: WebWorld) -> None:
    ann = await world.agent()
    world.desk.all_tickets["IT-1"] = a_ticket()
    await ann.send(await ann.open("/agent/tickets/IT-1"), "/agent/tickets/IT-1/take")
    me = world.desk.received[-1].person.id
    await world.channel.answer(TEAM, Outbound((Say("Too late, Ann."),), only_for=me, answer_to="long-gone"))
    assert "Too late, Ann." in (await ann.open("/agent")).text
    assert "Too late, Ann." not in (await ann.open("/agent")).text


async def test_a_move_without_words_is_refused_before_it_is_an_event(world: WebWorld) -> None:
    ann = await world.agent()
    world.desk.all_tickets["IT-1"] = a_ticket()
    page = await ann.send(await ann.open("/agent/tickets/IT-1"), "/agent/tickets/IT-1/note", words="  ")
    assert page.status_code == 422
    assert world.desk.received == []


async def test_an_unknown_move_or_ticket_is_no_page(world: WebWorld) -> None:
    ann = await world.agent()
    world.desk.all_tickets["IT-1"] = a_ticket()
    fields = ann.form(await ann.open("/agent/tickets/IT-1"), "/agent/tickets/IT-1/note").fields
    assert (await ann.http.post("/agent/tickets/IT-1/delete", data=fields, headers={"Origin": BASE})).status_code == 404
    assert (await ann.open("/agent/tickets/IT-2")).status_code == 404
    assert world.desk.received == []


async def test_a_reply_that_cannot_be_stored_keeps_its_words(world: WebWorld) -> None:
    ann = await world.agent()
    world.desk.all_tickets["IT-1"] = a_ticket()
    page = await ann.open("/agent/tickets/IT-1")

    async def fill_the_disk(event: Inbound) -> None:
        raise StoreError("disk full")

    world.desk.reacts = fill_the_disk
    kept = await ann.send(page, "/agent/tickets/IT-1/reply", words="a long answer")
    assert kept.status_code == 503
    assert ann.form(kept, "/agent/tickets/IT-1/reply").fields["field-words"] == "a long answer"


async def test_whose_session_ended_while_they_wrote_gets_their_words_back(world: WebWorld) -> None:
    ann = await world.agent()
    world.desk.all_tickets["IT-1"] = a_ticket()
    page = await ann.open("/agent/tickets/IT-1")
    await ann.send(await ann.open("/agent"), "/sign-out")
    kept = await ann.send(page, "/agent/tickets/IT-1/reply", words="a long answer")
    assert kept.status_code == 403
    assert ann.form(kept, "/agent/tickets/IT-1/reply").fields["field-words"] == "a long answer"
    assert (await ann.send(kept, "/agent/tickets/IT-1/reply")).status_code == 403
    assert world.desk.received == []


async def test_without_a_database_there_is_a_page_that_says_so(world: WebWorld) -> None:
    ann = await world.agent()
    world.desk.down = True
    for path in ("/", "/tickets", "/agent"):
        page = await ann.open(path)
        assert page.status_code in (403, 503)
        assert "<h1>" in page.text
