"""One's own request on a phone: what is new, details, how the help was; in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browser_product import Faults, Product, agent_page, ask, phone

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

UNKNOWN = "The heron in the aquarium has eaten my ergonomic chair"


def fits(page: Page) -> bool:
    """Nothing has to be pushed sideways to be read."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_a_request_is_followed_added_to_rated_and_reopened_on_a_phone(browser: Browser, product: Product, faults: Faults) -> None:
    page = faults.watch(phone(browser, timezone_id="America/New_York").new_page())
    page.goto(product.base)
    ask(page, UNKNOWN)
    page.get_by_text("You are first in the queue.").wait_for()
    agent = faults.watch(agent_page(browser, product, "Ann"))
    agent.goto(f"{product.base}/agent/tickets/IT-1")
    agent.locator("form[action='/agent/tickets/IT-1/take'] button").click()
    page.get_by_text("It is with Ann now.").wait_for()

    page.goto(f"{product.base}/tickets/IT-1")
    page.get_by_label("Add details").fill("It was the blue one")
    page.locator("#add button.primary").click()
    page.get_by_text("Added to IT-1.").wait_for()
    page.locator("#talk").get_by_text("It was the blue one").wait_for()
    assert fits(page)

    solve = agent.locator("form[action='/agent/tickets/IT-1/resolve']")
    solve.evaluate("form => { for (let e = form; e; e = e.parentElement) if (e.tagName === 'DETAILS') e.open = true }")
    solve.locator("textarea").first.fill("A new chair")
    solve.locator("button").last.click()
    page.locator("#rate").wait_for()
    page.get_by_label("4 ★").check()
    page.get_by_label("What was good, what was not?").fill("Quick")
    page.locator("#rate button").click()
    page.get_by_text("You gave IT-1 4 of 5.").wait_for()
    assert page.get_by_label("4 ★").is_checked()
    assert fits(page)

    page.get_by_role("button", name="Reopen").click()
    page.locator("#waits").get_by_text("It is with Ann now.").wait_for()
    page.get_by_text("Cancel request").click()
    page.get_by_label("Why, if you like to say").fill("found it")
    page.get_by_role("button", name="Cancel it").click()
    page.locator("#head").get_by_text("Closed").wait_for()
    agent.get_by_text("has cancelled IT-1").or_(agent.get_by_text("found it")).first.wait_for()
    assert fits(page)
