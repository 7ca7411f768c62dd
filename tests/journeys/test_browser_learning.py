"""A curator teaches the FAQ in a browser: one press on a proposal, and the same question is answered alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser_product import Faults, Product, agent_page, ask, desktop, phone, product_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HOSTILE = "<img src=x onerror=alert(1)> the {{ gadget }} & the 'badge\" gate squeal"
OTHER = "who repairs the espresso machine on floor nine"


@pytest.fixture
def product(browser: Browser, tmp_path: Path) -> Iterator[Product]:
    with product_in(tmp_path) as made:
        yield made


def asked(browser: Browser, product: Product, words: str) -> Page:
    """A newcomer asks what nothing answers, or wants a person."""
    page = desktop(browser).new_page()
    page.goto(product.base)
    ask(page, words)
    page.locator(".line.desk").first.wait_for()
    person = page.locator(".line.desk").first.get_by_role("button", name="Talk to a person")
    if person.count():
        person.click()
    page.get_by_text("I passed it on").wait_for()
    return page


def resolved(admin: Page, product: Product, number: str, entry: str) -> None:
    admin.goto(f"{product.base}/agent/tickets/{number}")
    admin.locator("#move-resolve summary").click()
    admin.locator("#resolve-words").fill("told them")
    admin.locator("#resolve-entry").select_option(entry)
    admin.get_by_role("button", name="Resolve", exact=True).click()
    admin.locator("#press-reopen").wait_for()


def test_a_proposal_is_approved_with_one_press_and_answers_alone_on_a_phone(browser: Browser, product: Product) -> None:
    faults = Faults()
    asked(browser, product, HOSTILE)
    admin = faults.watch(agent_page(browser, product))
    resolved(admin, product, "IT-1", "printer-add")
    on_phone = faults.watch(phone(browser, storage_state=admin.context.storage_state()).new_page())
    on_phone.goto(f"{product.base}/admin/learning")
    assert HOSTILE in (on_phone.locator("#proposal-1 blockquote").text_content() or "")

    on_phone.locator("#proposal-1").get_by_role("button", name="Approve").first.click()
    on_phone.get_by_text("is known from now on").wait_for()
    page = faults.watch(desktop(browser).new_page())
    page.goto(product.base)
    ask(page, HOSTILE)

    page.get_by_role("button", name="Yes, solved").wait_for()
    assert "How do I add a printer?" in (page.locator(".line.desk").first.text_content() or "")
    assert faults == []


def test_what_nothing_answered_is_linked_or_marked_and_the_mark_taken_back(browser: Browser, product: Product) -> None:
    asked(browser, product, OTHER)
    asked(browser, product, "will it snow in the canteen tomorrow")
    admin = agent_page(browser, product)
    admin.goto(f"{product.base}/admin/learning")

    admin.locator("#asked-IT-2").get_by_role("button", name="Not for this FAQ").click()
    mark = admin.locator("[id^=mark-]")
    mark.wait_for()
    assert "snow" in (mark.text_content() or "")
    admin.locator("#asked-IT-1").get_by_role("link", name="Link to an entry").click()
    admin.get_by_role("button", name="Link to an entry").click()
    admin.get_by_text("Please choose an entry.").wait_for()
    admin.get_by_label("Another entry").fill("printer-problem")
    admin.get_by_role("button", name="Link to an entry").click()
    admin.get_by_text("Every question is sorted.").wait_for()
    mark.get_by_role("button", name="Take it back").click()
    admin.get_by_text("may be answered again").wait_for()
    assert mark.count() == 0

    page = desktop(browser).new_page()
    page.goto(product.base)
    ask(page, OTHER)
    page.get_by_role("button", name="Yes, solved").wait_for()
