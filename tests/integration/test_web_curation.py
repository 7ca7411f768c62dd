"""The curators' pages: an entry is found, drafted, seen, reviewed, published, archived and brought back, and who changed what stays visible."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.domain.ids import TicketId
from bot.domain.outcomes import Outcome
from kb.entries import Entry, Text
from tests.builders import MONDAY, UNKNOWN
from tests.curated_web import CuratedWeb, curated_web
from tests.web_desk import BASE, Browser, Document

VPN = Entry("vpn", (Text("en", "Why is the VPN slow?", "Restart **it**.", ("VPN slow",)), Text("es", "¿Por qué va lenta la VPN?", "Reinicie.")), ("net",))
FAX = Entry("fax", (Text("en", "Where is the fax?", "Gone."),), retired=True)


@pytest.fixture
async def web() -> AsyncIterator[CuratedWeb]:
    async with curated_web((VPN, FAX)) as made:
        yield made


@pytest.fixture
async def ada(web: CuratedWeb) -> Browser:
    return await web.browser("Ada")


def shown(page: object) -> str:
    return Document(page.text).text  # type: ignore[attr-defined]


# ------------------------------------------------------------------------------------------------------------- the list
async def test_entries_are_listed_with_state_languages_and_tags_and_searched(web: CuratedWeb, ada: Browser) -> None:
    text = shown(await ada.open("/admin"))
    assert "Why is the VPN slow?" in text
    assert "missing: pt, fr, it, de" in text
    assert "fax" not in text
    assert "Where is the fax?" in shown(await ada.open("/admin?state=archived"))
    assert "No entry holds that." in shown(await ada.open("/admin?q=zebra"))
    assert "Why is the VPN slow?" in shown(await ada.open("/admin?lang=de&tag=net"))
    assert "Why is the VPN slow?" not in shown(await ada.open("/admin?lang=es"))


async def test_a_draft_of_a_new_entry_is_listed_where_drafts_are(web: CuratedWeb, ada: Browser) -> None:
    await ada.send(await ada.open("/admin/entries/new"), "", button="save", question="Where is the pool?", answer="", lang="en")

    assert "Where is the pool?" in shown(await ada.open("/admin?state=draft"))
    assert "Where is the pool?" in shown(await ada.open("/admin?q=POOL"))
    assert "Where is the pool?" not in shown(await ada.open("/admin?state=review"))


async def test_the_list_says_how_each_entry_does_and_what_ails_it(web: CuratedWeb, ada: Browser) -> None:
    other = Entry("wifi", (Text("en", "Why is the Wi-Fi slow?", "Move."),), review_on=MONDAY.date())
    await web.publish(other)
    for number in range(4):
        outcome = Outcome(TicketId(f"IT-{number}"), MONDAY, "en", "vpn", 90.0, False, "suggest", judgement="wrong", instead="wifi", source="agent")
        await web.store.run(lambda tx, outcome=outcome: tx.add_outcome(outcome))  # type: ignore[misc]

    text = shown(await ada.open("/admin"))
    assert "often refused" in text
    assert "asked 4 · solved 0 · refused 4" in text
    assert "another came first 4" in text
    assert "due for a look" in text
    assert "Why is the Wi-Fi slow?" not in shown(await ada.open("/admin?needs=refused"))
    assert "Why is the VPN slow? (4)" in shown(await ada.open("/admin/entries/wifi"))


async def test_ticked_entries_are_archived_and_tagged_together(web: CuratedWeb, ada: Browser) -> None:
    await web.publish(replace(VPN, id="vpn-2"))
    page = await ada.open("/admin")
    form = {name: value for name, value in ada.form(page, "/admin/entries").fields.items() if name in ("csrf", "once", "back")}

    answer = await ada.http.post(
        "/admin/entries", data={**form, "act": "archive", "field-entries": ["vpn", "vpn-2"]}, headers={"Origin": BASE}, follow_redirects=True
    )

    assert "2 entries changed." in shown(answer)
    assert (await web.published("vpn")).retired
    assert (await web.published("vpn-2")).retired


# ------------------------------------------------------------------------------------------------------------ the editor
async def test_a_text_is_previewed_as_each_channel_shows_it_and_nothing_is_saved_yet(web: CuratedWeb, ada: Browser) -> None:
    page = await web.editing(ada, "vpn")
    assert "¿Por qué va lenta la VPN?" in page.text
    before = await web.newest_draft()

    page = await ada.send(page, "", button="preview", answer="Press **F5** <script>alert(1)</script> [here](https://example.com)")

    assert "<strong>F5</strong> &lt;script&gt;" in page.text
    assert "As Slack shows it" in page.text
    assert "As Telegram shows it" in page.text
    assert page.text.count('<a href="https://example.com" rel="noopener noreferrer nofollow">here</a>') == 3
    assert ada.form(page, "", "save").fields["answer"].startswith("Press **F5** <script>")
    assert await web.newest_draft() == before


async def test_a_draft_is_saved_and_published_with_every_field(web: CuratedWeb, ada: Browser) -> None:
    page = await web.editing(ada, "vpn")

    page = await ada.send(
        page, "", button="publish", answer="Press F5.", phrasings="slow\r\n\r\nvery slow\r\nslow", tags="net, vpn,", audience="internal",
        valid_until="2030-12-31", review_on="2026-12-31", finds="no tunnel", avoids="vpn invoice",
    )  # fmt: skip

    assert page.url.path == "/admin/entries/vpn"
    assert "Published." in page.text
    assert await web.published("vpn") == replace(
        VPN, texts=(Text("en", "Why is the VPN slow?", "Press F5.", ("slow", "very slow")), VPN.texts[1]), tags=("net", "vpn"), audience="internal",
        valid_until=date(2030, 12, 31), review_on=date(2026, 12, 31), finds=("no tunnel",), avoids=("vpn invoice",),
    )  # fmt: skip


async def test_going_to_another_language_saves_this_one(web: CuratedWeb, ada: Browser) -> None:
    page = await ada.send(await web.editing(ada, "vpn"), "", button="lang:de", answer="Press F5.")
    assert ada.form(page, "", "save").fields["lang"] == "de"

    await ada.send(page, "", button="publish", question="Warum ist das VPN langsam?", answer="F5 drücken.")

    entry = await web.published("vpn")
    assert (entry.text_for("en").answer, entry.text_for("de").answer) == ("Press F5.", "F5 drücken.")


async def test_an_unsound_text_is_kept_as_a_draft_and_says_what_is_wrong(web: CuratedWeb, ada: Browser) -> None:
    page = await ada.send(await web.editing(ada, "vpn"), "", button="publish", answer="[x](javascript:alert(1))")

    assert page.status_code == 422
    assert "is not http, https or mailto" in page.text
    assert ada.form(page, "", "save").fields["answer"] == "[x](javascript:alert(1))"
    assert await web.published("vpn") == VPN


async def test_what_was_typed_stays_in_the_form_when_a_day_is_none(web: CuratedWeb, ada: Browser) -> None:
    page = await ada.send(await web.editing(ada, "vpn"), "", button="save", answer="Precious words.", valid_until="soon")

    assert page.status_code == 409
    assert "“soon” is no day" in shown(page)
    fields = ada.form(page, "", "save").fields
    assert (fields["answer"], fields["valid_until"]) == ("Precious words.", "soon")


async def test_who_lost_the_right_meanwhile_keeps_what_they_typed(web: CuratedWeb) -> None:
    ada = await web.browser("Ada")
    page = await web.editing(ada, "vpn")
    agent = await web.browser("Ben", "agent")

    answer = await agent.http.post(str(page.url.path), data={**ada.form(page, "", "save").fields, "step": "save"}, headers={"Origin": BASE})

    assert answer.status_code == 403
    assert (await web.newest_draft()).entry == VPN


async def test_a_new_entry_is_drafted_in_one_language_and_gets_a_readable_name(web: CuratedWeb, ada: Browser) -> None:
    page = await ada.send(await ada.open("/admin/entries/new?lang=fr"), "", button="save", question="Où est le fax ?", answer="Parti.")

    draft = await web.newest_draft()
    assert page.url.path == f"/admin/drafts/{draft.id}"
    assert (draft.of, draft.origin, draft.entry.texts) == ("ou-est-le-fax", "web", (Text("fr", "Où est le fax ?", "Parti."),))


async def test_a_form_sent_twice_is_one_draft(web: CuratedWeb, ada: Browser) -> None:
    page = await ada.open("/admin/entries/new")
    sent = [await ada.send(page, "", button="save", question="Where is the pool?", answer="Below.", lang="en") for _ in range(2)]

    assert {str(one.url.path) for one in sent} == {"/admin/drafts/1"}
    assert len(await web.store.drafts()) == 1


async def test_an_entry_for_a_ticket_begins_with_its_question(web: CuratedWeb, ada: Browser) -> None:
    await web.world.says(UNKNOWN)

    page = await ada.open("/admin/entries/new?ticket=IT-1")
    fields = ada.form(page, "", "save").fields
    assert (fields["question"], fields["phrasings"], fields["ticket"]) == (UNKNOWN, UNKNOWN, "IT-1")
    await ada.send(page, "", button="publish", answer="Buy another.")

    assert "EntryPublished" in await web.world.happened("IT-1")


async def test_a_file_is_kept_and_linked_in_the_answer_for_whoever_reads_it(web: CuratedWeb, ada: Browser) -> None:
    page = await ada.send(await web.editing(ada, "vpn"), "", button="publish", files=[("How [to]*.pdf", b"%PDF", "application/pdf")])

    answer = (await web.published("vpn")).text_for("en").answer
    link = re.fullmatch(r"Restart \*\*it\*\*\.\n\n\[How to\.pdf\]\((http://\S+/files/[0-9a-f]{32}/\S+\.pdf)\)", answer)
    assert link, answer
    fetched = await Browser(web.app).open(link[1].removeprefix(BASE))
    assert (fetched.content, fetched.headers["content-type"]) == (b"%PDF", "application/octet-stream")
    assert fetched.headers["content-disposition"].startswith("attachment")
    assert page.url.path == "/admin/entries/vpn"


async def test_a_file_that_is_too_large_is_told_and_nothing_typed_is_lost(web: CuratedWeb, ada: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.web.uploads.MAX_FILE", 3)
    page = await ada.send(await web.editing(ada, "vpn"), "", button="save", answer="Precious.", files=[("big.pdf", b"%PDF", "application/pdf")])

    assert page.status_code == 422
    assert "big.pdf is larger than 20 MB." in shown(page)
    assert ada.form(page, "", "save").fields["answer"] == "Precious."


@pytest.mark.parametrize("path", ["/files/nothing/x.pdf", "/files/..%2f..%2f/x.pdf"])
async def test_no_other_file_is_served_to_whoever_asks(ada: Browser, path: str) -> None:
    assert (await ada.open(path)).status_code == 404


# --------------------------------------------------------------------------------------------------------- two at once
async def test_the_second_who_saves_sees_what_the_first_saved_beside_their_own(web: CuratedWeb, ada: Browser) -> None:
    bob = await web.browser("Bob")
    mine, theirs = await web.editing(ada, "vpn"), await web.editing(bob, "vpn")
    assert mine.url.path == theirs.url.path
    await bob.send(theirs, "", button="save", answer="Theirs.")

    page = await ada.send(mine, "", button="save", answer="Mine.")

    assert page.status_code == 409
    assert "Bob" in shown(page)
    assert '<del><span class="unseen">removed: </span>Theirs.</del><ins><span class="unseen">added: </span>Mine.</ins>' in page.text
    assert ada.form(page, "", "save").fields["answer"] == "Mine."
    await ada.send(page, "", button="save")
    assert (await web.newest_draft()).entry.text_for("en").answer == "Mine."


async def test_what_somebody_published_meanwhile_is_shown_and_settled_by_saving(web: CuratedWeb, ada: Browser) -> None:
    page = await web.editing(ada, "vpn")
    await ada.send(page, "", button="save", answer="Mine.")
    theirs = replace(VPN, texts=(replace(VPN.texts[0], answer="Theirs."), replace(VPN.texts[1], answer="Suya.")))
    await web.publish(theirs)

    page = await ada.open(str(page.url.path))
    assert "Another version was published meanwhile" in shown(page)
    assert "Both changed: en · Answer." in shown(page)
    await ada.send(page, "", button="publish", answer="Ours.")

    entry = await web.published("vpn")
    assert (entry.text_for("en").answer, entry.text_for("es").answer) == ("Ours.", "Suya.")


async def test_who_has_a_draft_open_is_told_to_whoever_opens_it_too_and_forgotten_after_a_while(web: CuratedWeb, ada: Browser) -> None:
    bob = await web.browser("Bob")
    page = await web.editing(ada, "vpn")
    assert "has it open" not in shown(page)

    assert "Ada has it open, too." in shown(await web.editing(bob, "vpn"))
    assert "Bob has it open, too." in shown(await ada.open(str(page.url.path)))
    web.world.clock.advance(minutes=31)
    assert "has it open" not in shown(await ada.open(str(page.url.path)))


# ------------------------------------------------------------------------------------------------- review and its ways
async def test_a_draft_goes_to_review_comes_back_with_a_remark_and_is_published(web: CuratedWeb, ada: Browser) -> None:
    bob = await web.browser("Bob")
    page = await ada.send(await web.editing(ada, "vpn"), "", button="submit", answer="Press F5.")
    assert "In review" in shown(page)
    assert "Why is the VPN slow?" in shown(await bob.open("/admin?state=review"))

    draft = await web.newest_draft()
    page = await bob.send(await bob.open(f"/admin/drafts/{draft.id}"), f"/admin/drafts/{draft.id}/back", remark="On Macs, too?")
    assert "On Macs, too?" in shown(await ada.open(f"/admin/drafts/{draft.id}"))
    await bob.send(await bob.open(f"/admin/drafts/{draft.id}"), f"/admin/drafts/{draft.id}/publish")

    assert (await web.published("vpn")).text_for("en").answer == "Press F5."


async def test_another_curator_is_asked_by_name_and_told(web: CuratedWeb, ada: Browser) -> None:
    bob = await web.browser("Bob")
    await web.browser("Ben", "agent")
    await bob.send(await bob.open("/admin/entries/new"), "", button="save", question="Where is the pool?", answer="Below.")
    page = await web.editing(ada, "vpn")
    asked = re.search(r'<option value="([^"]+)">Bob</option>', page.text)
    assert asked
    assert ">Ben</option>" not in page.text

    await ada.send(page, "", button="submit", reviewer=asked[1])

    assert "Ada asks you to review the entry “Why is the VPN slow?”." in shown(await bob.open("/admin"))


async def test_a_discarded_draft_can_still_be_read_and_no_longer_changed(web: CuratedWeb, ada: Browser) -> None:
    page = await ada.send(await web.editing(ada, "vpn"), "", button="save", answer="Press F5.")
    draft = await web.newest_draft()

    await ada.send(page, f"/admin/drafts/{draft.id}/discard")
    page = await ada.open(f"/admin/drafts/{draft.id}")

    assert "Press F5." in shown(page)
    assert f"/admin/drafts/{draft.id}/publish" not in page.text
    assert await web.published("vpn") == VPN
    assert f"/admin/drafts/{draft.id}" in (await ada.open("/admin/entries/vpn/history")).text


# ----------------------------------------------------------------------------------------------- versions, translations
async def test_an_entry_is_archived_and_brought_back(web: CuratedWeb, ada: Browser) -> None:
    page = await ada.send(await ada.open("/admin/entries/vpn"), "/admin/entries/vpn/archive")
    assert "archived: answers nobody" in page.text
    assert "Publishing the draft brings it back." in shown(await web.editing(ada, "vpn"))
    page = await ada.send(page, "/admin/entries/vpn/restore")
    assert "archived: answers nobody" not in page.text


async def test_the_history_shows_who_changed_what_and_brings_a_version_back(web: CuratedWeb, ada: Browser) -> None:
    await ada.send(await web.editing(ada, "vpn"), "", button="publish", answer="Restart **them**.")

    page = await ada.open("/admin/entries/vpn/history")
    assert "Ada ·" in shown(page)
    assert '<ins><span class="unseen">added: </span>**them**.</ins>' in page.text
    assert '<del><span class="unseen">removed: </span>**it**.</del>' in page.text
    page = await ada.send(page, "/admin/entries/vpn/again", version="1")
    assert ada.form(page, "", "save").fields["answer"] == "Restart **it**."
    await ada.send(page, "", button="publish")

    assert await web.published("vpn") == VPN
    assert [one.version for one in await web.store.entry_history("vpn")] == [3, 2, 1]


async def test_a_translation_older_than_its_source_is_marked_until_it_is_changed_or_found_right(web: CuratedWeb, ada: Browser) -> None:
    await ada.send(await web.editing(ada, "vpn"), "", button="publish", answer="Restart **them**.")

    assert "older than their source: es" in shown(await ada.open("/admin"))
    page = await ada.open("/admin/entries/vpn")
    assert "older than its source" in shown(page)
    assert '<ins><span class="unseen">added: </span>**them**.</ins>' in page.text
    assert "What changed since in English" in shown(await web.editing(ada, "vpn", "es"))

    page = await ada.send(page, "/admin/entries/vpn/right", lang="es")
    assert "older than its source" not in shown(page)

    web.world.clock.moment += timedelta(days=1)
    await ada.send(await web.editing(ada, "vpn", "en"), "", button="publish", answer="Restart all.")
    assert "older than its source" in shown(await ada.open("/admin/entries/vpn"))
    await ada.send(await web.editing(ada, "vpn", "es"), "", button="publish", answer="Reinicie todo.")
    assert "older than its source" not in shown(await ada.open("/admin/entries/vpn"))


# ------------------------------------------------------------------------------------------------------------- the rest
async def test_an_agent_reads_on_the_tickets_page_what_agents_alone_know(web: CuratedWeb) -> None:
    inner = Entry("ldap", (Text("en", "The tunnel is dark, what now?", "Restart **ldap**."),), audience="internal")
    await web.publish(inner)
    await web.world.says("The tunnel is dark, what now?")

    page = await (await web.browser("Ben", "agent")).open("/agent/tickets/IT-1")

    assert "<strong>ldap</strong>" in page.text
    assert "for agents alone" in shown(page)
    assert "/faq-show" not in page.text


@pytest.mark.parametrize("path", ["/admin/entries/none", "/admin/entries/none/history", "/admin/entries/vp", "/admin/drafts/99"])
async def test_what_does_not_exist_has_no_page(ada: Browser, path: str) -> None:
    assert (await ada.open(path)).status_code == 404


@pytest.mark.parametrize("query", ["page=0", "page=99999", "page=x", "state=burnt", "needs=money", "sort=price", "lang=xx", "q=%00%25_\\"])
async def test_the_list_takes_any_question(ada: Browser, query: str) -> None:
    assert (await ada.open(f"/admin?{query}")).status_code == 200


async def test_whatever_stands_in_an_entry_is_words_on_every_page(web: CuratedWeb, ada: Browser) -> None:
    hostile = "<img src=x onerror=alert(1)> {{ 7*7 }} \"'><script>alert(1)</script>"
    page = await ada.send(
        await ada.open("/admin/entries/new"), "", button="save", question=hostile, answer=hostile, phrasings=hostile, tags=hostile, finds=hostile, lang="en"
    )
    draft = await web.newest_draft()
    pages = [page, await ada.open("/admin?state=draft"), await ada.send(page, f"/admin/drafts/{draft.id}/publish")]
    pages += [await ada.open(path) for path in ("/admin", f"/admin/entries/{draft.of}", f"/admin/entries/{draft.of}/history", "/admin?tag=%3Cimg")]

    assert await web.published(draft.of)
    assert [page.url for page in pages if "<img src=x" in page.text or "<script>alert" in page.text or "{{ 7*7 }}" not in page.text] == []


async def test_a_curator_invites_somebody_by_a_link_that_works_once(web: CuratedWeb, ada: Browser) -> None:
    page = await ada.send(await ada.open("/admin/people"), "", role="agent", name="Ben")
    link = page.text.split('id="link" value="')[1].split('"')[0]
    assert link.startswith(BASE + "/sign-in/")
    ben = Browser(web.app)
    await ben.send(await ben.open(link.removeprefix(BASE)), "", name="Ben")
    assert (await ben.open("/agent")).status_code == 200
    assert (await ben.open("/admin")).status_code == 403
