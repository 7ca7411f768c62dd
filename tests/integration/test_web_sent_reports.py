"""Reports that are sent regularly: at their hour, once, as a link that opens that report alone, until its end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from adapters.memory import MemoryChannel
from bot.domain.ids import PersonId
from bot.engine.reports.orders import ORDERS
from bot.engine.reports.report_links import Opened, ReportLinks
from tests.builders import ALICE, ANN, BEN
from tests.curated_web import CuratedWeb, curated_web
from tests.reported import keep, stories
from tests.web_desk import BASE, Browser, Document
from tests.world import Sent, signed, text_of

TO = f"{ANN.id}, {BEN.id}"


@pytest.fixture
async def web() -> AsyncIterator[CuratedWeb]:
    """A Monday morning, 10:00; Ann and Ben are agents in chat."""
    async with curated_web([]) as made:
        desk = replace(made.world.desk, url=BASE, timezone="UTC")
        made.world.desk = made.channel._site.desk = made.world.timetable._desk = desk
        made.world.crew = replace(made.world.crew, desk=desk)
        made.world.workers._crew = made.world.crew
        await keep(made.store, stories(made.world.clock.now().date()))
        yield made


async def ordered(web: CuratedWeb, browser: Browser | None = None, report: str = "volume", **fields: str) -> httpx.Response:
    """The form, filled in and sent."""
    browser = browser or await web.browser()
    page = await browser.open(f"/admin/reports/{report}/send")
    return await browser.send(page, f"/admin/reports/{report}/send", **{"to": TO, "cron": "0 9 * * TUE", **fields})


def links(web: CuratedWeb, person: PersonId = ANN.id) -> list[str]:
    """Of the reports that came to somebody."""
    found: list[Sent] = [sent for sent in web.world.chat.sent if sent.to == person and "Report:" in text_of(sent.body)]
    return [sent.body.choices[0].link.removeprefix(BASE) for sent in found]


async def until_tuesday(web: CuratedWeb) -> None:
    moment = web.world.clock.now()
    due = (moment + timedelta(days=(1 - moment.weekday()) % 7 or 7)).replace(hour=9, minute=0, second=0, microsecond=0)
    web.world.clock.moment = due - timedelta(seconds=1)
    await web.world.workers.drain()
    assert links(web) == []
    await web.world.passes(seconds=1)


async def test_at_its_hour_each_reader_gets_a_link_that_opens_the_report_without_sign_in(web: CuratedWeb) -> None:
    page = await ordered(web, days="7", valid="3")
    assert "It is sent for the first time" in page.text
    await until_tuesday(web)

    [link], [other] = links(web), links(web, BEN.id)
    assert link == other
    told = text_of(web.world.heard("Report: Volume", ANN).body)
    monday = web.world.clock.now().date() - timedelta(days=1)
    assert f"{monday - timedelta(days=6)} – {monday}" in told
    shown = await Browser(web.app).open(link)
    assert shown.status_code == 200
    assert "Every ticket opened in this time" in shown.text
    assert 'data-chart="times"' in shown.text


async def test_it_comes_once_for_each_time_however_often_it_is_planned(web: CuratedWeb) -> None:
    await ordered(web)
    for _ in range(3):
        await web.world.timetable.look()
    await until_tuesday(web)
    await web.world.timetable.look()
    await web.world.passes(hours=1)
    assert len(links(web)) == 1
    await web.world.passes(days=7)
    assert len(links(web)) == 2


async def test_after_its_days_the_link_opens_nothing(web: CuratedWeb) -> None:
    await ordered(web, valid="3")
    await until_tuesday(web)
    [link] = links(web)
    await web.world.passes(days=2, hours=23)
    assert (await Browser(web.app).open(link)).status_code == 200
    await web.world.passes(hours=2)
    refused = await Browser(web.app).open(link)
    assert refused.status_code == 403
    assert "This link opens nothing any more." in refused.text


async def test_the_link_opens_that_report_alone_and_cannot_be_altered(web: CuratedWeb) -> None:
    await ordered(web)
    await until_tuesday(web)
    [link] = links(web)
    stranger = Browser(web.app)
    shown = await stranger.open(link)
    assert "/admin/reports/volume" not in shown.text
    assert (await stranger.open("/admin/reports/volume")).status_code == 403
    now = web.world.clock.now()
    [name] = await ORDERS.all(web.store)
    opened = ReportLinks(signed).read(link.removeprefix("/report/"), now)
    assert opened is not None
    other = ReportLinks(signed).token(replace(opened, report="contacts"))
    forged = ReportLinks(lambda text: "0" * 64).token(opened)
    unknown = ReportLinks(signed).token(Opened("order00000000", "volume", opened.first, opened.last, opened.until))
    assert opened.order == name
    for token in (other, forged, unknown, link.removeprefix("/report/")[:-1], "x.y", "", "%00", "é" * 10, "." * 3000):
        assert (await stranger.open(f"/report/{token}")).status_code in (403, 404), token[:20]


async def test_an_order_that_was_ended_sends_nothing_and_its_links_open_nothing(web: CuratedWeb) -> None:
    admin = await web.browser()
    await ordered(web, admin)
    await until_tuesday(web)
    [link] = links(web)
    [name] = await ORDERS.all(web.store)
    page = await admin.open("/admin/reports/volume/send")
    gone = await admin.send(page, f"/admin/reports/volume/send/{name}/delete")
    assert "It is sent no more" in gone.text
    assert (await Browser(web.app).open(link)).status_code == 403
    await web.world.passes(days=7)
    assert len(links(web)) == 1


async def test_who_is_no_agent_any_more_gets_nothing(web: CuratedWeb) -> None:
    await ordered(web)
    web.world.chat.members = {place: people - {BEN.id} for place, people in web.world.chat.members.items()}
    await until_tuesday(web)
    assert len(links(web)) == 1
    assert links(web, BEN.id) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"to": "ann@example.com"}, "ann@example.com: mail is not set up at this desk"),
        ({"to": ALICE.id}, "chat:alice is no agent and no admin"),
        ({"to": "pigeon:1"}, "pigeon:1 is no agent"),
        ({"to": " , "}, "Please name from 1 to 20 people"),
        ({"cron": "monday"}, "That is no time"),
        ({"cron": "* * * * *"}, "That is no time"),
        ({"cron": "0 9 30 2 *"}, "That is no time"),
        ({"days": "0"}, "Please say how many days, from 1 to 366."),
        ({"valid": "91"}, "for how many days the link is valid, from 1 to 90"),
    ],
)
async def test_what_cannot_be_ordered_is_said_and_kept_in_the_form(web: CuratedWeb, wrong: dict[str, str], said: str) -> None:
    page = await ordered(web, **wrong)
    assert page.status_code == 422
    assert said in Document(page.text).text
    [(name, value)] = wrong.items()
    assert Browser.form(page, "/admin/reports/volume/send").fields[name] == value
    assert await ORDERS.all(web.store) == {}


async def test_a_mail_address_gets_the_link_by_mail_whoever_reads_it(web: CuratedWeb) -> None:
    web.world.channels["email"] = mail = MemoryChannel("email")  # type: ignore[assignment]
    page = await ordered(web, to="Boss@Example.org, mail:cfo@example.org, ann@example.com@evil.example")
    assert "That is no mail address" in Document(page.text).text
    page = await ordered(web, to="Boss@Example.org, email:boss@example.org, mail:cfo@example.org")
    assert "boss@example.org" in page.text

    await until_tuesday(web)

    assert [sent.to for sent in mail.sent] == ["email:boss@example.org", "email:cfo@example.org"]
    [link] = {sent.body.choices[0].link.removeprefix(BASE) for sent in mail.sent}
    assert "Every ticket opened in this time" in (await Browser(web.app).open(link)).text
    assert links(web) == []


async def test_without_an_address_of_the_pages_nothing_is_ordered_and_the_setting_is_named(web: CuratedWeb) -> None:
    desk = replace(web.world.desk, url="")
    web.channel._site.desk = desk
    web.world.workers._crew = replace(web.world.crew, desk=desk)
    page = await ordered(web)
    assert "[desk] url" in Document(page.text).text
    assert await ORDERS.all(web.store) == {}


async def test_a_log_is_not_sent_and_agents_order_nothing(web: CuratedWeb) -> None:
    assert (await (await web.browser()).open("/admin/reports/contacts/send")).status_code == 404
    assert (await (await web.browser("Ann", "agent")).open("/admin/reports/volume/send")).status_code == 403
