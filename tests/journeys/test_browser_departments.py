"""Several departments in a real browser: the list before them, a department that is away, and the reports over all; also without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser_product import Faults, Product, desktop, phone
from tests.journeys.test_browser_access import faults_by_axe, small_targets

if TYPE_CHECKING:
    from playwright.sync_api import Browser

DESK = """
[desk]
name = "Acme help"
[desks.hr]
name = "People"
[[desks.hr.tiers]]
level = 2
name = "People team"
[desks.it]
name = "IT help"
[[desks.it.tiers]]
level = 2
name = "Service desk"
[desks.fin]
name = "Finance"
database_url = "postgresql://nobody@127.0.0.1:1/away"
[[desks.fin.tiers]]
level = 2
name = "Ledger"
"""
PAGES = ("/", "/agent", "/kb", "/nothing-here")


@pytest.fixture(scope="module")
def product(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """People and IT at work; the database of Finance is nowhere."""
    made = Product(tmp_path_factory.mktemp("departments"))
    (made.folder / "firstline.toml").write_text(DESK, encoding="utf-8")
    made.start()
    yield made
    made.stop()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_whoever_comes_chooses_a_department_and_is_on_its_pages(browser: Browser, product: Product, faults: Faults, scripts: bool) -> None:
    page = faults.watch(phone(browser, java_script_enabled=scripts).new_page())
    page.goto(product.base)
    page.get_by_role("heading", name="Which department?").wait_for()
    assert page.locator(".cards a").all_inner_texts() == ["People", "IT help", "Finance"]
    page.get_by_role("link", name="People").click()
    page.wait_for_url(f"http://hr.localhost:{product.port}/")
    page.get_by_label("Your message").wait_for()
    assert page.title().startswith("People")


def test_a_short_address_leads_to_a_department(browser: Browser, product: Product, faults: Faults) -> None:
    page = faults.watch(phone(browser).new_page())
    page.goto(f"{product.base}/it")
    assert page.url == f"http://it.localhost:{product.port}/"


def test_the_list_is_read_in_the_language_that_was_chosen(browser: Browser, product: Product, faults: Faults) -> None:
    page = faults.watch(desktop(browser).new_page())
    page.goto(product.base)
    for code in ("es", "pt", "fr", "it", "de", "en"):
        page.locator("#lang").select_option(code)
        page.wait_for_selector(f"html[lang={code}]")


def test_a_department_that_is_away_says_so_kindly_where_its_pages_are(browser: Browser, product: Product, faults: Faults) -> None:
    page = faults.watch(phone(browser).new_page())
    answer = page.goto(f"http://fin.localhost:{product.port}/kb/en")
    assert answer is not None
    assert answer.status == 503
    page.get_by_role("heading", name="Finance cannot be reached just now. Please try again in a few minutes.").wait_for()
    assert page.locator("img").first.evaluate("image => image.naturalWidth > 0")  # what the page is made of comes all the same
    page.get_by_role("link", name="Try again").click()
    assert page.url == f"http://fin.localhost:{product.port}/kb/en"


def test_admins_of_all_sign_in_by_the_printed_link_and_are_told_who_is_missing(browser: Browser, product: Product, faults: Faults) -> None:
    page = faults.watch(desktop(browser).new_page())
    page.goto(product.sign_in)
    page.get_by_label("Your name").fill("Boss")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{product.base}/admin/reports")
    page.get_by_text("Cannot be reached just now: Finance.").wait_for()
    page.get_by_role("link", name="Volume").click()
    page.locator(".problem", has_text="Cannot be reached just now and is not in these figures: Finance.").wait_for()
    assert faults_by_axe(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("path", PAGES)
def test_everybody_can_use_the_pages_before_the_departments(browser: Browser, product: Product, faults: Faults, path: str) -> None:
    page = faults.watch(phone(browser).new_page())
    page.goto(product.base + path)
    assert faults_by_axe(page) == []
    assert small_targets(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
