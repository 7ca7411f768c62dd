"""Reports on the web: days to choose, definitions, tables that a script can draw, files; in the reader's language, for curators alone."""

from __future__ import annotations

import asyncio
import csv
import io
import zipfile
from collections.abc import AsyncIterator
from datetime import date, timedelta
from html.parser import HTMLParser

import pytest

from adapters.web.reporting import paper
from adapters.web.reporting.period import Period, asked_for
from bot.domain.ids import PersonId
from bot.domain.outcomes import solved_by
from bot.domain.people import Person
from bot.engine.reports.registry import REPORTS
from kb.entries import Entry, Text
from tests.builders import an_outcome
from tests.curated_web import CuratedWeb, curated_web
from tests.reported import AGENTS, keep, stories
from tests.web_desk import START, Browser, Document, WebWorld, a_world

VPN = Entry("vpn-slow", (Text("en", "Why is the VPN slow?", "So."), Text("es", "¿Por qué va lenta la VPN?", "Así.")))
TODAY = START.date()


@pytest.fixture
async def web() -> AsyncIterator[CuratedWeb]:
    """Sixty days of a desk."""
    async with curated_web([VPN]) as made:
        await keep(made.store, stories(made.world.clock.now().date()))
        yield made


@pytest.fixture
async def world() -> AsyncIterator[WebWorld]:
    made = await a_world()
    made.desk.all_entries = {"vpn-slow": VPN}
    made.desk.all_outcomes = [
        solved_by(an_outcome(asked_at=START - timedelta(days=1), entry="vpn-slow"), "printer", "agent", START),
        an_outcome(asked_at=START - timedelta(days=40), language="fr"),
    ]
    yield made
    await made.stop()


class Tables(HTMLParser):
    """What a script finds in the tables of a page: how each is drawn, and what its cells hold."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.charts: list[str] = []
        self.values: list[str] = []
        self.kinds: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "table" and "data-chart" in given:
            self.charts.append(given["data-chart"])
        if "data-value" in given:
            self.values.append(given["data-value"])
        if "data-kind" in given:
            self.kinds.append(given["data-kind"])


async def test_the_list_has_every_report_with_a_line_about_it(web: CuratedWeb) -> None:
    page = await (await web.browser()).open("/admin/reports")
    for report in REPORTS.values():
        assert f'href="/admin/reports/{report.name}"' in page.text
        assert report.about in page.text


@pytest.mark.parametrize("name", REPORTS)
async def test_every_report_is_a_page_with_its_definition(web: CuratedWeb, name: str) -> None:
    page = await (await web.browser()).open(f"/admin/reports/{name}")
    assert page.status_code == 200
    assert 'class="small definition"' in page.text


async def test_a_table_over_days_holds_what_a_script_draws_and_no_script_stands_in_the_page(web: CuratedWeb) -> None:
    page = await (await web.browser()).open("/admin/reports/volume")
    found = Tables(page.text)
    assert found.charts[:2] == ["times", "groups"]
    day = web.world.clock.now().date()
    assert str(day) in found.values
    assert str(day - timedelta(days=27)) in found.values
    assert "<script>" not in page.text
    assert "style=" not in page.text
    assert "script-src 'self';" in page.headers["content-security-policy"]


async def test_a_report_over_nothing_says_so(web: CuratedWeb) -> None:
    page = await (await web.browser()).open("/admin/reports/volume?from=2020-01-01&to=2020-01-31")
    assert "There was nothing in this time." in page.text
    assert Tables(page.text).charts == []


@pytest.mark.parametrize(
    ("query", "period"),
    [
        ({}, (TODAY - timedelta(days=27), TODAY)),
        ({"from": "2025-02-01", "to": "2025-02-03"}, (date(2025, 2, 1), date(2025, 2, 3))),
        ({"from": "2025-02-03", "to": "2025-02-01"}, (date(2025, 2, 1), date(2025, 2, 3))),
        ({"from": "x", "to": "9999-99-99"}, (TODAY - timedelta(days=27), TODAY)),
        ({"from": "0001-01-01", "to": "2025-02-01"}, (date(2025, 1, 5), date(2025, 2, 1))),
        ({"from": "9999-12-31", "to": "9999-12-31"}, (TODAY, TODAY)),
        ({"from": "\0", "to": "ð"}, (TODAY - timedelta(days=27), TODAY)),
    ],
)
def test_days_that_make_no_sense_are_put_right(query: dict[str, str], period: tuple[date, date]) -> None:
    assert asked_for(query, TODAY) == Period(*period)


async def test_agents_are_numbered_until_somebody_asks_for_names(web: CuratedWeb) -> None:
    await web.store.run(lambda tx: tx.remember(Person(PersonId(AGENTS[1]), "Ben Becker", "en")))
    admin = await web.browser()
    assert "Ben Becker" not in (await admin.open("/admin/reports/agents")).text
    assert "Ben Becker" in (await admin.open("/admin/reports/agents?names=1")).text


async def test_csv_and_xlsx_hold_the_same_figures_as_the_page(web: CuratedWeb) -> None:
    admin = await web.browser()
    text = (await admin.open("/admin/reports/volume.csv")).content.decode("utf-8-sig")
    figures = {(row[0], row[2]): row[3] for row in csv.reader(io.StringIO(text)) if row[1] == ""}
    assert f"Tickets opened{figures['total', 'tickets']}" in Document((await admin.open("/admin/reports/volume")).text).text.replace(" 1", "1")
    book = await admin.open("/admin/reports/volume.xlsx")
    assert "attachment" in book.headers["content-disposition"]
    assert any(name.startswith("xl/worksheets/") for name in zipfile.ZipFile(io.BytesIO(book.content)).namelist())


async def test_a_pdf_is_made_without_fetching_anything(web: CuratedWeb) -> None:
    if not paper.is_installed():
        pytest.skip("the extra firstline[pdf] is not installed: no PDF is made")
    hostile = Person(PersonId(AGENTS[1]), f'<img src="http://127.0.0.1:{await _listening()}/x">', "en")
    await web.store.run(lambda tx: tx.remember(hostile))
    made = await (await web.browser()).open("/admin/reports/agents.pdf?names=1")
    assert made.content.startswith(b"%PDF-")
    assert CALLED == []


async def test_the_printing_press_refuses_every_address() -> None:
    if not paper.is_installed():
        pytest.skip("the extra firstline[pdf] is not installed: no PDF is made")
    port = await _listening()
    html = f'<link rel=stylesheet href="http://127.0.0.1:{port}/a"><img src="http://127.0.0.1:{port}/b"><img src="file:///etc/hostname"><p>words'
    assert (await paper.pressed(html)).startswith(b"%PDF-")
    assert CALLED == []


async def test_without_the_extra_the_page_says_what_to_install(web: CuratedWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "is_installed", lambda: False)
    admin = await web.browser()
    page = await admin.open("/admin/reports/volume")
    assert "firstline[pdf]" in page.text
    assert "volume.pdf" not in page.text
    assert (await admin.open("/admin/reports/volume.pdf")).status_code == 404


@pytest.mark.parametrize("path", ["/admin/reports/nothing", "/admin/reports/volume.exe", "/admin/reports/nothing.csv", "/admin/reports/%00"])
async def test_what_is_no_report_is_not_found(web: CuratedWeb, path: str) -> None:
    assert (await (await web.browser()).open(path)).status_code == 404


@pytest.mark.parametrize("path", ["/admin/reports", "/admin/reports/volume", "/admin/reports/contacts.csv", "/admin/reports/volume.pdf"])
async def test_reports_are_for_curators_alone(web: CuratedWeb, path: str) -> None:
    assert (await (await web.browser("Ann", "agent")).open(path)).status_code == 403
    assert (await Browser(web.app).open(path)).status_code == 403


async def test_what_happened_is_said_to_be_counted_as_long_as_it_is(web: CuratedWeb) -> None:
    assert "still being counted" in (await (await web.browser()).open("/admin/reports/volume")).text


# --------------------------------------------------------------------------------------------------------------- matching
async def test_it_shows_which_entry_was_wrong_with_a_way_there_also_at_its_former_address(world: WebWorld) -> None:
    admin = await world.agent("Ada", "admin")
    page = await admin.open("/admin/matching?from=2020-01-01")
    assert page.url.path == "/admin/reports/matching"
    assert page.url.params["from"] == "2020-01-01"
    assert "Why is the VPN slow?" in page.text
    assert "100.0 %" in Document(page.text).text
    assert '<a href="/admin/entries/vpn-slow">' in page.text


async def test_it_speaks_the_reader_s_language(world: WebWorld) -> None:
    admin = await world.agent("Ada", "admin")
    admin.http.headers["Accept-Language"] = "es"
    assert "¿Por qué va lenta la VPN?" in (await admin.open("/admin/reports/matching")).text


# ---------------------------------------------------------------------------------------------------------------- helpers
CALLED: list[bytes] = []


async def _listening() -> int:
    """A door on this computer that writes down who knocks."""
    CALLED.clear()

    async def knocked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        CALLED.append(await reader.readline())
        writer.close()

    server = await asyncio.start_server(knocked, "127.0.0.1", 0)
    return int(server.sockets[0].getsockname()[1])
