"""Who reads the reports over all departments: admins of what stands before them, by the provider, and nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, cast

import pytest

from adapters.http import build
from adapters.web.channel import WebChannel
from adapters.web.front.offices import Door
from bot.engine.reports.over_all import Office
from tests.integration.test_web_sign_in import SLACK_ANN, Desk, a_place
from tests.web_desk import Browser


class House:
    """People, who are there, and Finance, who are not."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def doors(self) -> Sequence[Door]:
        """As Offices."""
        return [Door("hr", "People", "http://hr.localhost", "HR"), Door("fin", "Finance", "http://fin.localhost", "FIN")]

    def offices(self) -> Sequence[Office]:
        """As Offices."""
        return [Office("hr", self._desk.world.desk, self._desk.world.store)]


async def nothing() -> Mapping[str, Any]:
    return {}


@pytest.fixture
async def front() -> AsyncIterator[Desk]:
    """Before two departments; Ann is an agent of one of them, Ada an admin of all."""
    async with a_place(slack=True, **SLACK_ANN) as desk:
        web = cast(WebChannel, desk.world.channels["web"])
        web.stand_before(House(desk))
        desk.app = build({"web": web}, health=nothing, numbers=nothing)
        yield desk


async def test_an_admin_of_all_signs_in_at_the_provider_and_reads(front: Desk) -> None:
    front.cloud.claims |= {"https://slack.com/user_id": "U0ADA", "name": "Ada"}
    browser, answer = await front.sign_in(wanted="/admin/reports")
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/reports")
    page = await browser.open("/admin/reports")
    assert page.status_code == 200
    assert "Cannot be reached just now: Finance." in page.text
    saved = await browser.open("/admin/reports/volume.csv")
    assert "Cannot be reached just now and is not in these figures: Finance." in saved.text


async def test_an_agent_of_a_department_does_not(front: Desk) -> None:
    browser, _ = await front.sign_in(wanted="/admin/reports")
    assert (await browser.open("/admin/reports")).status_code == 403


async def test_whoever_is_not_signed_in_is_sent_to_the_provider_and_back(front: Desk) -> None:
    page = await Browser(front.app).open("/admin/reports/volume")
    assert page.url.path == "/sign-in"
    assert "/oidc/start?next=/admin/reports/volume" in page.text


async def test_nobody_signs_in_here_to_ask(front: Desk) -> None:
    await front.sign_in(wanted="/")
    assert front.world.intake.received == 0


@pytest.mark.parametrize("path", ["/say", "/human", "/api/v1/tickets", "/agent/tickets/HR-1/take", "/admin/entries"])
async def test_nothing_of_a_desk_can_be_done_here(front: Desk, path: str) -> None:
    browser = Browser(front.app)
    answer = await browser.http.post(path, data={})
    assert answer.status_code in (404, 405)
