"""The curators' pages: an entry is written, seen, saved, retired, and who changed what stays visible."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.domain.ids import PersonId
from bot.domain.messages import Inbound, Outbound, Pressed, Say, Submitted
from bot.domain.people import Person
from bot.ports import EntryVersion
from kb.entries import Entry, Text
from tests.web_desk import BASE, START, Document, WebWorld, a_world

VPN = Entry("vpn", (Text("en", "Why is the VPN slow?", "Restart **it**.", ("VPN slow",)), Text("es", "¿Por qué va lenta la VPN?", "Reinicie.")), ("net",))


@pytest.fixture
async def world() -> AsyncIterator[WebWorld]:
    made = await a_world()
    made.desk.all_entries = {"vpn": VPN}

    async def react(event: Inbound) -> None:
        what = event.what
        assert isinstance(what, Pressed | Submitted)
        verb, _, rest = what.action.partition(":")
        entries = made.desk.all_entries
        if verb == "invite":
            await made.channel.answer(what.place, Outbound((), only_for=event.person.id, answer_to=what.answer_to))
            return
        if isinstance(what, Pressed):
            entries[rest] = replace(entries[rest], retired=verb == "faq-retire")
        else:
            name, _, lang = rest.partition(":") if rest else (what.values["id"] or "made", "", what.values["lang"])
            text = Text(lang, what.values["question"], what.values["answer"], tuple(what.values["phrasings"].splitlines()))
            known = entries.get(name, Entry(name, ()))
            entries[name] = replace(known, texts=(*(t for t in known.texts if t.lang != lang), text))
        await made.channel.answer(what.place, Outbound((Say("Published."),), only_for=event.person.id, answer_to=what.answer_to))

    made.desk.reacts = react
    yield made
    await made.stop()


async def test_entries_are_listed_searched_and_their_missing_languages_named(world: WebWorld) -> None:
    world.desk.all_entries["old"] = Entry("old", (Text("en", "Where is the fax?", "Gone."),), retired=True)
    root = await world.agent("Root", "admin")
    text = Document((await root.open("/admin")).text).text
    assert "Why is the VPN slow?" in text
    assert "missing: pt, fr, it, de" in text
    assert "fax" not in text
    assert "fax" in (await root.open("/admin?retired=1")).text
    assert "No entry holds that." in (await root.open("/admin?q=zebra")).text


async def test_a_text_is_previewed_as_the_chat_shows_it_and_nothing_is_saved_yet(world: WebWorld) -> None:
    root = await world.agent("Root", "admin")
    page = await root.open("/admin/entries/vpn/text/en")
    assert "¿Por qué va lenta la VPN?" in page.text
    page = await root.send(page, "", button="preview", answer="Press **F5** <script>alert(1)</script>")
    assert "<strong>F5</strong> &lt;script&gt;" in page.text
    assert root.form(page, "", "save").fields["answer"] == "Press **F5** <script>alert(1)</script>"
    assert world.desk.received == []


async def test_saving_reaches_the_core_with_every_field(world: WebWorld) -> None:
    root = await world.agent("Root", "admin")
    page = await root.open("/admin/entries/vpn/text/en")
    page = await root.send(page, "", button="save", answer="Press F5.", phrasings="slow\r\n\r\nvery slow\r\nslow", tags="net, vpn,")
    assert page.url.path == "/admin/entries/vpn"
    assert "Published." in page.text
    what = world.desk.received[-1].what
    assert isinstance(what, Submitted)
    assert what.action == "faq-save:vpn:en"
    assert what.values == {"question": "Why is the VPN slow?", "phrasings": "slow\nvery slow", "answer": "Press F5.", "tags": "net, vpn"}


async def test_a_language_is_added_beside_the_others(world: WebWorld) -> None:
    root = await world.agent("Root", "admin")
    page = await root.open("/admin/entries/vpn/text/de")
    page = await root.send(page, "", button="save", question="Warum ist das VPN langsam?", answer="Neu starten.")
    assert "Warum ist das VPN langsam?" in page.text
    assert [t.lang for t in world.desk.all_entries["vpn"].texts] == ["en", "es", "de"]


async def test_an_unsound_text_is_not_sent_and_says_what_is_wrong(world: WebWorld) -> None:
    root = await world.agent("Root", "admin")
    page = await root.send(await root.open("/admin/entries/vpn/text/en"), "", button="save", answer="[x](javascript:alert(1))")
    assert page.status_code == 422
    assert "is not http, https or mailto" in page.text
    assert root.form(page, "", "save").fields["answer"] == "[x](javascript:alert(1))"
    assert world.desk.received == []


async def test_a_text_that_the_core_refuses_stays_in_the_form(world: WebWorld) -> None:
    async def refuse(event: Inbound) -> None:
        assert isinstance(event.what, Submitted)
        await world.channel.answer(event.what.place, Outbound((Say("Only admins can."),), only_for=event.person.id, answer_to=event.what.answer_to))

    world.desk.reacts = refuse
    root = await world.agent("Root", "admin")
    page = await root.send(await root.open("/admin/entries/vpn/text/en"), "", button="save", answer="Precious words.")
    assert page.status_code == 409
    assert "Only admins can." in page.text
    assert root.form(page, "", "save").fields["answer"] == "Precious words."


async def test_a_new_entry_is_made_in_one_language(world: WebWorld) -> None:
    root = await world.agent("Root", "admin")
    page = await root.send(await root.open("/admin/entries/new"), "", button="save", id="", lang="fr", question="Où est le fax ?", answer="Parti.")
    assert page.url.path == "/admin/entries/made"
    what = world.desk.received[-1].what
    assert isinstance(what, Submitted)
    assert (what.action, what.values["lang"], what.values["question"]) == ("faq-new", "fr", "Où est le fax ?")


async def test_an_entry_is_retired_and_restored(world: WebWorld) -> None:
    root = await world.agent("Root", "admin")
    page = await root.send(await root.open("/admin/entries/vpn"), "/admin/entries/vpn/retire")
    assert "retired: answers nobody" in page.text
    page = await root.send(page, "/admin/entries/vpn/restore")
    assert "retired: answers nobody" not in page.text
    assert [e.what.action for e in world.desk.received if isinstance(e.what, Pressed)] == ["faq-retire:vpn", "faq-restore:vpn"]


async def test_the_history_shows_who_changed_what(world: WebWorld) -> None:
    newer = replace(VPN, texts=(replace(VPN.texts[0], answer="Restart **them**."), VPN.texts[1]))
    world.desk.versions["vpn"] = [EntryVersion(newer, 2, "web:agent-1", START), EntryVersion(VPN, 1, "bot:sample", START)]
    world.desk.known["web:agent-1"] = Person(PersonId("web:agent-1"), "Ann")
    page = await (await world.agent("Root", "admin")).open("/admin/entries/vpn/history")
    assert "Ann ·" in Document(page.text).text
    assert '<ins><span class="unseen">added: </span>**them**.</ins>' in page.text
    assert '<del><span class="unseen">removed: </span>**it**.</del>' in page.text


@pytest.mark.parametrize("path", ["/admin/entries/none", "/admin/entries/none/history", "/admin/entries/vpn/text/xx", "/admin/entries/vp/text/en"])
async def test_what_does_not_exist_has_no_page(world: WebWorld, path: str) -> None:
    assert (await (await world.agent("Root", "admin")).open(path)).status_code == 404


async def test_a_curator_invites_somebody_by_a_link_that_works_once(world: WebWorld) -> None:
    root = await world.agent("Root", "admin")
    page = await root.send(await root.open("/admin/people"), "", role="agent", name="Ben")
    link = page.text.split('id="link" value="')[1].split('"')[0]
    assert link.startswith(BASE + "/sign-in/")
    ben = world.browser()
    await ben.send(await ben.open(link.removeprefix(BASE)), "", name="Ben")
    assert (await ben.open("/agent")).status_code == 200
    assert (await ben.open("/admin")).status_code == 403
