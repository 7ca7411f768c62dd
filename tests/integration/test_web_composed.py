"""Reports that admins compose: from a form to figures, private or shared, changed, deleted; also in chat."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from bot.domain.custom_fields import CustomField
from bot.domain.ids import TicketId
from bot.engine.reports.composed import COMPOSED
from bot.ports import Transaction
from tests.builders import ANN, a_ticket
from tests.curated_web import CuratedWeb, curated_web
from tests.reported import a_story, keep
from tests.web_desk import Browser, Document

HOUR = 3600
NAMES = {name: name.replace("_", "-") for name in ("field_figures", "by_1", "by_2", "filter_1", "filter_2", "is_1", "is_2")}
SITE = CustomField("site", (("", "Site"),), "choice", (("Madrid", (("", "Madrid HQ"),)), ("Paris", (("", "Paris office"),))))


@pytest.fixture
async def web() -> AsyncIterator[CuratedWeb]:
    """Three tickets: two of Madrid, one of them on Slack, and one of Paris."""
    async with curated_web([]) as made:
        desk = replace(made.world.desk, fields=(SITE,), admins=frozenset({ANN.id}))
        made.world.desk = made.channel._site.desk = desk
        made.world.crew = replace(made.world.crew, desk=desk)
        made.world.workers._crew = made.world.crew
        made.world.figures.desk = made.world.roster._desk = desk
        today = made.world.clock.now().date()
        await keep(made.store, [
            a_story(1, today, reply_s=HOUR, reply_work_s=HOUR, reply_tier=2, rating=5, solved_day=1),
            a_story(2, today, reply_s=3 * HOUR, reply_work_s=HOUR, reply_tier=2, channel="slack"),
            a_story(3, today, channel="slack"),
        ])  # fmt: skip

        async def unit(tx: Transaction) -> None:
            for number, site in (("IT-1", "Madrid"), ("IT-2", "Madrid"), ("IT-3", "Paris")):
                await tx.add_ticket(a_ticket(id=TicketId(number)))
                await tx.label(number, {f"field:site={site.casefold()}", *(("tag:vpn", "tag:slow") if number == "IT-1" else ())})

        await made.store.run(unit)
        yield made


async def composed(browser: Browser, address: str = "/admin/reports/new", **fields: str) -> httpx.Response:
    """The form, filled in and sent."""
    page = await browser.open(address)
    return await browser.send(page, address, **{NAMES.get(name, name): value for name, value in fields.items()})


def rows(page: httpx.Response) -> list[list[str]]:
    """What the tables of a page show."""
    found = re.findall(r"<tr>.*?</tr>", page.text, re.S)
    return [[re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd][ >].*?</t[hd]>", row, re.S)] for row in found]


async def test_a_report_by_a_custom_field_with_its_figures_is_composed_and_shown(web: CuratedWeb) -> None:
    admin = await web.browser()
    page = await composed(admin, title="By site", field_figures="count", by_1="field:site", by_2="")
    assert page.status_code == 200
    assert rows(page) == [["Site", "Tickets"], ["Madrid HQ", "2"], ["Paris office", "1"]]
    assert 'data-chart="groups"' in page.text
    assert "By site" in (await admin.open("/admin/reports")).text


async def test_filters_narrow_and_are_told_with_what_is_counted(web: CuratedWeb) -> None:
    page = await composed(
        await web.browser(),
        title="Slack",
        field_figures="reply_median",
        by_1="field:site",
        filter_1="channel",
        is_1="slack, web",
        filter_2="field:site",
        is_2="MADRID",
    )
    shown = Document(page.text).text
    assert "Opened in this time · Channel: Slack, Web · Site: MADRID" in shown
    assert rows(page)[1:] == [["Madrid HQ", "1 h"]]


async def test_a_ticket_with_two_tags_counts_under_each_and_once_in_all(web: CuratedWeb) -> None:
    page = await composed(await web.browser(), title="Tags", field_figures="count", by_1="tag")
    assert sorted(rows(page)[1:]) == [["none", "2"], ["slow", "1"], ["vpn", "1"]]
    assert "Tickets 3" in Document(page.text).text.replace("Tickets3", "Tickets 3")


@pytest.mark.parametrize(
    "figure",
    ["share", "solved_share", "faq_share", "reopened_share", "escalated_share", "csat", "response_rate", "rating_mean", "replies_mean", "waiting_mean"],
)
async def test_every_figure_is_shown_by_a_field_and_by_day(web: CuratedWeb, figure: str) -> None:
    admin = await web.browser()
    for by in ("channel", "day", "rating"):
        page = await composed(admin, title=figure, field_figures=figure, by_1=by)
        assert page.status_code == 200


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"title": " "}, "A report needs a title"),
        ({"field_figures": "password"}, "Please choose at least one figure."),
        ({"by_1": "requester"}, "There is no field “requester”"),
        ({"by_1": "field:x' or 1=1 --"}, "There is no field"),
        ({"filter_1": "words", "is_1": "x"}, "There is no field “words”"),
        ({"filter_1": "channel", "is_1": " , "}, "A filter needs at least one value"),
        ({"days": "0"}, "Please say how many days"),
        ({"days": "99999"}, "Please say how many days"),
    ],
)
async def test_what_cannot_be_composed_is_said_and_nothing_typed_is_lost(web: CuratedWeb, wrong: dict[str, str], said: str) -> None:
    fields = {"title": "Typed title", "field_figures": "count", "by_1": "channel", **wrong}
    page = await composed(await web.browser(), **fields)
    assert page.status_code == 422
    assert said in page.text
    assert "title" in wrong or "Typed title" in page.text
    assert await COMPOSED.all(web.store) == {}


async def test_hostile_values_are_only_values(web: CuratedWeb) -> None:
    page = await composed(await web.browser(), title="<b>x</b>", field_figures="count", by_1="channel", filter_1="tag", is_1="'; drop table tickets; --")
    assert "There was nothing in this time." in page.text
    assert "<b>x</b>" not in page.text


async def test_one_of_one_s_own_is_seen_by_nobody_else_and_a_shared_one_by_every_admin(web: CuratedWeb) -> None:
    ada, ben = await web.browser("Ada"), await web.browser("Ben")
    mine = (await composed(ada, title="Mine", field_figures="count", by_1="day")).url.path
    assert (await ben.open(mine)).status_code == 404
    assert (await ben.open(f"{mine}.csv")).status_code == 404
    assert "Mine" not in (await ben.open("/admin/reports")).text

    await composed(ada, f"{mine}/edit", title="Ours", field_figures="count", shared="1")
    assert "Ours" in (await ben.open(mine)).text
    assert "total,,count,3" in (await ben.open(f"{mine}.csv")).text


async def test_it_is_changed_and_deleted(web: CuratedWeb) -> None:
    admin = await web.browser()
    address = (await composed(admin, title="First", field_figures="count", by_1="channel", filter_1="channel", is_1="slack", days="7")).url.path
    form = Browser.form(await admin.open(f"{address}/edit"), f"{address}/edit").fields
    assert (form["title"], form["by-1"], form["filter-1"], form["is-1"], form["days"]) == ("First", "channel", "channel", "slack", "7")

    changed = await composed(admin, f"{address}/edit", title="Second", field_figures="share", by_1="language")
    assert changed.url.path == address
    assert "Second" in changed.text

    page = await admin.open(address)
    gone = await admin.send(page, f"{address}/delete")
    assert "The report “Second” is deleted." in gone.text
    assert (await admin.open(address)).status_code == 404


async def test_a_field_that_the_desk_no_longer_has_is_left_out_and_said_so(web: CuratedWeb) -> None:
    admin = await web.browser()
    address = (await composed(admin, title="By site", field_figures="count", by_1="field:site")).url.path
    web.channel._site.desk = replace(web.world.desk, fields=())
    page = await admin.open(address)
    assert "Left out, because this desk has no such field any more: field:site" in page.text
    assert page.status_code == 200


async def test_a_shared_one_is_told_in_chat_by_its_name(web: CuratedWeb) -> None:
    address = (await composed(await web.browser(), title="By site", field_figures="count", by_1="field:site", shared="1")).url.path
    name = address.rpartition("/")[2]
    await web.world.commands("report", name, ANN)
    assert "By site" in web.world.told_alone(ANN)[-1]
    assert "Tickets: 3" in web.world.told_alone(ANN)[-1]


async def test_agents_compose_none(web: CuratedWeb) -> None:
    assert (await (await web.browser("Ann", "agent")).open("/admin/reports/new")).status_code == 403
