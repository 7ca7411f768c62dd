"""A curator imports on the web: looks first, then publishes or keeps drafts; an import that is killed goes on; exports come back unchanged."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from bot.app import App
from bot.engine.curation.importing import JOBS
from kb.entries import Entry, Text
from kb.loader import FORMATS, dump, parse
from tests.builders import ALICE, ANN, FAQ, a_desk
from tests.journeys.doors import eventually, product
from tests.journeys.doors_web import RealBrowser
from tests.web_desk import Document
from tests.world import World

ZIP = Entry("zip", (Text("en", "How do I unpack a zip file?", "Open it.", ("unzip",)), Text("de", "Wie entpacke ich eine Zip-Datei?", "Öffnen.")))


@dataclass
class Desk:
    app: App
    base: str
    admin: RealBrowser

    async def looks(self, name: str, data: bytes | str, **fields: str) -> httpx.Response:
        """Upload it; the page that says what it would do."""
        page = await self.admin.open("/admin/import")
        form = self.admin.form(page, "/admin/import")
        sent = {"file": (name, data if isinstance(data, bytes) else data.encode(), "application/octet-stream")}
        return await self.admin.http.post(
            "/admin/import", data={**form.fields, "step": "look", **fields}, files=sent, headers={"Origin": self.base}, follow_redirects=True
        )

    async def goes_on(self, page: httpx.Response, step: str, **fields: str) -> httpx.Response:
        """Press one of its buttons."""
        return await self.admin.send(page, "/admin/import", button=step, **fields)

    async def imports(self, name: str, data: bytes | str, step: str = "publish", **fields: str) -> dict[str, str]:
        """From the file to the end; the figures on its page then."""
        page = await self.goes_on(await self.looks(name, data), step, **fields)

        async def done() -> dict[str, str] | None:
            now = await self.admin.open(page.url.path)
            return figures(now) if "The import is done" in now.text else None

        return await eventually(done, "the import is done")


def figures(page: httpx.Response) -> dict[str, str]:
    """The numbers on a page, by what they are."""
    return dict(re.findall(r"<div><dt>([^<]+)</dt><dd>(\d+)</dd></div>", page.text))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with product(tmp_path, {}, {"tier2": "", "tier3": ""}) as (app, base):
        admin = RealBrowser(base)
        link = await app.web.sign_in_link(base, "admin", "Ada")
        await admin.send(await admin.open(link.removeprefix(base)), "", name="Ada")
        yield Desk(app, base, admin)


async def test_what_is_looked_at_changes_nothing_and_what_is_published_answers(desk: Desk) -> None:
    changed = replace(FAQ[0], texts=(replace(FAQ[0].texts[0], answer="Entirely new."), *FAQ[0].texts[1:]))
    data = dump([changed, ZIP], "yaml")
    page = await desk.looks("faq.yaml", data)
    text = Document(page.text).text
    assert "Nothing is changed yet" in text
    assert figures(page) == {"new": "1", "changed": "1", "removed": "0"}
    assert "<ins>" in page.text
    assert await desk.app.store.entry("zip") is None

    assert await desk.imports("faq.yaml", data) == {"new": "1", "changed": "1"}
    assert await desk.app.store.entry("zip") == ZIP
    assert desk.app.knowledge.entry("zip") == ZIP
    [version] = await desk.app.store.entry_history("zip")
    assert version.by.startswith("web:")
    assert "There is nothing to import" in (await desk.looks("faq.yaml", data)).text


async def test_kept_as_drafts_nothing_answers_until_somebody_publishes_it(desk: Desk) -> None:
    assert await desk.imports("faq.jsonl", dump([ZIP], "jsonl"), "drafts") == {"kept as drafts": "1"}
    assert await desk.app.store.entry("zip") is None
    [draft] = await desk.app.store.drafts()
    assert (draft.entry, draft.origin, draft.state) == (ZIP, "import", "draft")


async def test_faults_are_told_with_their_lines_and_only_what_is_sound_is_imported_when_one_says_so(desk: Desk) -> None:
    data = dump([ZIP], "jsonl") + "{broken\n"
    page = await desk.looks("faq.jsonl", data)
    assert "Line 3: not JSON" in Document(page.text).text
    again = await desk.goes_on(page, "publish")
    assert "Line 3: not JSON" in Document(again.text).text
    assert await desk.app.store.entry("zip") is None
    assert await desk.imports("faq.jsonl", data, partial="1") == {"new": "1"}


async def test_what_is_asked_already_is_proposed_for_merging(desk: Desk) -> None:
    known = FAQ[0]
    other = Entry("other", (Text("en", known.texts[0].question.upper(), "Otherwise.", ("an entirely other way",)),))
    data = dump([other], "csv")
    page = await desk.looks("faq.csv", data)
    assert "1 entry asks what another one answers already" in Document(page.text).text
    assert figures(await desk.goes_on(page, "again", **{"how-other": "skip"}))["left out"] == "1"
    assert await desk.imports("faq.csv", data) == {"changed": "1"}
    assert await desk.app.store.entry("other") is None
    merged = await desk.app.store.entry(known.id)
    assert merged is not None
    assert "an entirely other way" in merged.texts[0].phrasings


async def test_a_file_that_cannot_be_read_is_told_and_nothing_of_it_is_live(desk: Desk) -> None:
    for name, data, told in (
        ("faq.zip", b"PK\x03\x04rest", "an archive or a workbook is not opened"),
        ("faq.html", b"<html><script>alert(1)</script>", "no schema.org FAQPage"),
        ("<img src=x onerror=alert(1)>.pdf", b"%PDF", "unknown form"),
    ):
        page = await desk.looks(name, data)
        assert told in page.text
        assert "<img src=x" not in page.text
        assert "There is nothing to import" in page.text


async def test_a_page_of_the_own_network_is_not_fetched(desk: Desk) -> None:
    page = await desk.admin.send(await desk.admin.open("/admin/import"), "/admin/import", button="look", address=f"{desk.base}/healthz")
    assert page.status_code == 422
    assert "address of a private network" in page.text


async def test_another_file_in_its_place_is_not_imported_by_mistake(desk: Desk) -> None:
    page = await desk.looks("faq.jsonl", dump([ZIP], "jsonl"))
    await desk.looks("other.jsonl", dump([replace(ZIP, id="other")], "jsonl"))
    assert "That file is no longer here" in (await desk.goes_on(page, "publish")).text
    assert await desk.app.store.entry("zip") is None


async def test_sent_twice_it_is_imported_once(desk: Desk) -> None:
    page = await desk.looks("faq.jsonl", dump([ZIP], "jsonl"))
    for _ in range(2):
        await desk.goes_on(page, "publish")
    await eventually(lambda: desk.app.knowledge.entry("zip"), "it is there")
    await desk.imports("more.jsonl", dump([replace(ZIP, id="more", texts=(Text("en", "More?", "Yes."),))], "jsonl"))
    assert len(await desk.app.store.entry_history("zip")) == 1


async def test_what_is_exported_is_imported_without_a_change_and_that_it_was_taken_is_written_down(desk: Desk) -> None:
    for form in FORMATS:
        page = await desk.admin.open("/admin/import")
        fields = desk.admin.form(page, "/admin/export").fields
        answer = await desk.admin.http.post("/admin/export", data={**fields, "format": form}, headers={"Origin": desk.base})
        assert answer.headers["content-disposition"] == f'attachment; filename="entries.{form}"'
        assert parse(f"kb.{form}", answer.content) == await desk.app.store.entries(retired=True)
    assert "There is nothing to import" in (await desk.looks(f"kb.{form}", answer.content)).text
    assert "Ada" in (await desk.admin.open("/admin/audit?act=faq-export")).text


async def test_agents_who_are_no_curators_may_neither_import_nor_export(desk: Desk) -> None:
    agent = RealBrowser(desk.base)
    link = await desk.app.web.sign_in_link(desk.base, "agent", "Ben")
    await agent.send(await agent.open(link.removeprefix(desk.base)), "", name="Ben")
    assert (await agent.open("/admin/import")).status_code == 403
    fields = desk.admin.form(await desk.admin.open("/admin/import"), "/admin/export").fields
    assert (await agent.http.post("/admin/export", data={**fields, "format": "csv"}, headers={"Origin": desk.base})).status_code == 403


async def test_what_was_accepted_is_imported_whole_also_when_the_process_dies_in_between(tmp_path: Path) -> None:
    many = [Entry(f"e{n}", (Text("en", f"Item {n}?", "A."),)) for n in range(300)]
    async with product(tmp_path, {}, {"tier2": "", "tier3": ""}) as (app, base):
        admin = RealBrowser(base)
        link = await app.web.sign_in_link(base, "admin", "Ada")
        await admin.send(await admin.open(link.removeprefix(base)), "", name="Ada")
        page = await Desk(app, base, admin).looks("many.jsonl", dump(many, "jsonl"))
        await Desk(app, base, admin).goes_on(page, "publish")
    async with product(tmp_path, {}, {"tier2": "", "tier3": ""}) as (app, _):
        await eventually(lambda: app.knowledge.entry("e299"), "all is imported")
        histories = [await app.store.entry_history(entry.id) for entry in many]
    assert {len(history) for history in histories} == {1}


async def test_what_comes_in_as_part_of_an_import_is_judged_again() -> None:
    world = World(a_desk(admins=frozenset({ANN.id})))
    bad = dump([replace(ZIP, texts=(Text("en", "Q?", "[a](javascript:b)"),))], "jsonl")
    for person, entries in ((ALICE, dump([ZIP], "jsonl")), (ANN, bad), (ANN, "{broken")):
        await world.submits("faq-import:aa:0", person, name="x", total="1", entries=entries, drafts="")
        assert await world.store.entry("zip") is None
    await world.submits("faq-import:aa:0", ANN, name="x", total="1", entries=dump([ZIP], "jsonl"), drafts="")
    assert world.knowledge.entry("zip") == ZIP


async def test_two_imports_of_the_same_make_one_version_and_one_draft() -> None:
    world = World(a_desk(admins=frozenset({ANN.id})))
    drafted = replace(ZIP, id="drafted")
    for job in ("aa", "bb"):
        await world.submits(f"faq-import:{job}:0", ANN, name="x", total="2", entries=dump([ZIP], "jsonl"), drafts=dump([drafted], "jsonl"))
    assert len(await world.store.entry_history("zip")) == 1
    assert [draft.entry for draft in await world.store.drafts()] == [drafted]


async def test_a_draft_that_somebody_writes_is_left_to_them() -> None:
    world = World(a_desk(admins=frozenset({ANN.id})))
    for job, answer in (("aa", "One."), ("bb", "Two.")):
        offered = replace(ZIP, texts=(replace(ZIP.texts[0], answer=answer),))
        await world.submits(f"faq-import:{job}:0", ANN, name="x", total="1", entries="", drafts=dump([offered], "jsonl"))
    assert [draft.entry.texts[0].answer for draft in await world.store.drafts()] == ["One."]
    assert (await JOBS.all(world.store))["bb"].busy == 1
