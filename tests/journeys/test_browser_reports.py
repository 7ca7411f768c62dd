"""Reports in a real browser: charts that are drawn from the tables, by day and by night, on a phone, and tables where nothing draws."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.store.sql import open_store
from tests.browser_product import Faults, Product, agent_page, desktop, phone
from tests.journeys.test_browser_access import faults_by_axe, small_targets
from tests.reported import keep, stories

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DRAWN = """() => [...document.querySelectorAll('.chart canvas')].map(canvas => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return data.some((value, at) => at % 4 === 3 && value > 0);
})"""


@pytest.fixture(scope="module")
def product(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """With sixty days behind it."""
    made = Product(tmp_path_factory.mktemp("product"))
    [database] = made.folder.glob("*.db")
    with ThreadPoolExecutor() as beside:  # the browser's own loop runs in this thread
        beside.submit(asyncio.run, _filled(database)).result()
    made.start()
    try:
        yield made
    finally:
        made.stop()


async def _filled(database: Path) -> None:
    store = await open_store(f"sqlite:///{database}")
    try:
        await keep(store, stories(datetime.now(UTC).date()))
    finally:
        await store.close()


@pytest.fixture(scope="module")
def state(browser: Browser, product: Product) -> Path:
    """Where the admin's sign-in is kept."""
    path = product.folder / "admin.json"
    agent_page(browser, product, "Ada Admin", state=path)
    return path


def opened(page: Page, product: Product, path: str) -> Page:
    page.goto(product.base + path)
    return page


def test_charts_are_drawn_under_the_strict_policy_and_change_their_figure(browser: Browser, product: Product, state: Path) -> None:
    faults = Faults()
    page = opened(faults.watch(desktop(browser, storage_state=str(state)).new_page()), product, "/admin/reports/response")
    page.locator(".chart canvas").first.wait_for()
    assert all(page.evaluate(DRAWN))
    before = page.locator(".chart canvas").first.evaluate("canvas => canvas.toDataURL()")
    chooser = page.get_by_label("The chart shows").first
    chooser.select_option(label="Median")
    assert page.locator(".chart canvas").first.evaluate("canvas => canvas.toDataURL()") != before
    assert page.evaluate("() => document.querySelectorAll('script:not([src])').length") == 0
    assert faults == []


@pytest.mark.parametrize("path", ["/admin/reports/backlog", "/admin/reports/new", "/admin/reports/volume/send"])
def test_axe_finds_nothing_and_a_phone_shows_it_all(browser: Browser, product: Product, state: Path, path: str) -> None:
    page = opened(desktop(browser, storage_state=str(state), bypass_csp=True).new_page(), product, path)
    assert faults_by_axe(page) == []
    page.emulate_media(color_scheme="dark")
    assert faults_by_axe(page, ["color-contrast"]) == []
    small = opened(phone(browser, storage_state=str(state)).new_page(), product, path)
    assert small.evaluate("() => document.documentElement.scrollWidth") <= 390
    assert small_targets(small) == []


def test_without_javascript_the_tables_say_it_all_and_a_report_is_composed(browser: Browser, product: Product, state: Path) -> None:
    page = opened(desktop(browser, storage_state=str(state), java_script_enabled=False).new_page(), product, "/admin/reports/new")
    page.get_by_label("Title").fill("By channel")
    page.get_by_label("Solved by the FAQ, share").check()
    page.locator("#by-1").select_option(label="Channel")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="By channel").wait_for()
    assert page.locator(".chart").count() == 0
    assert page.locator("table.figures tbody tr").count() == 3
    assert page.get_by_role("link", name="Download as XLSX").count() == 1
