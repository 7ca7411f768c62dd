"""The agents' lists in a real browser: by keyboard, live, on a phone, and without JavaScript."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser_product import Faults, Product, agent_page, ask, desktop, phone

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


def asked(browser: Browser, product: Product, words: str) -> None:
    """Somebody asks what no entry answers."""
    page = desktop(browser).new_page()
    page.goto(product.base)
    ask(page, words)
    page.get_by_text("Service desk").first.wait_for()
    page.context.close()


def unclaimed(page: Page, product: Product) -> None:
    page.goto(f"{product.base}/agent?view=unclaimed")


def test_an_agent_moves_takes_and_answers_by_letters_alone(browser: Browser, product: Product, state: Path, faults: Faults) -> None:
    from playwright.sync_api import expect

    asked(browser, product, "The stork on floor nine hums")
    asked(browser, product, "The crane in the lobby sings")
    page = faults.watch(agent_page(browser, product, state=state))
    unclaimed(page, product)
    crane, stork = (page.locator("#cards > li").filter(has_text=words) for words in ("crane", "stork"))
    stork.wait_for()

    page.keyboard.press("j")
    expect(crane.locator("a")).to_be_focused()
    page.keyboard.press("j")
    expect(stork.locator("a")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("t")
    page.locator("#head").wait_for()
    page.goto(f"{product.base}/agent?view=mine")
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.locator("#head").wait_for()
    page.keyboard.press("r")
    page.keyboard.type("jkt? is what it sings")
    expect(page.get_by_label("What shall the requester read?")).to_have_value("jkt? is what it sings")


def test_help_lists_the_letters_and_they_can_be_turned_off(browser: Browser, product: Product, state: Path, faults: Faults) -> None:
    from playwright.sync_api import expect

    asked(browser, product, "The plover in the shaft whistles")
    page = faults.watch(agent_page(browser, product, state=state))
    unclaimed(page, product)
    page.locator("#cards > li").first.wait_for()

    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()
    page.get_by_label("Use these keys").uncheck()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("/")

    expect(page.get_by_label("Search in tickets")).not_to_be_focused()
    page.keyboard.press("?")
    page.get_by_label("Use these keys").check()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("/")
    expect(page.get_by_label("Search in tickets")).to_be_focused()


def test_a_tick_stays_while_the_list_changes_and_one_act_is_done_to_all_that_are_ticked(
    browser: Browser, product: Product, state: Path, faults: Faults
) -> None:
    from playwright.sync_api import expect

    asked(browser, product, "The egret by the door barks")
    page = faults.watch(agent_page(browser, product, state=state))
    unclaimed(page, product)
    first = page.locator("#cards > li").filter(has_text="egret")
    first.get_by_role("checkbox").check()

    asked(browser, product, "The bittern by the door barks")
    second = page.locator("#cards > li").filter(has_text="bittern")
    second.wait_for()
    expect(first.get_by_role("checkbox")).to_be_checked()
    second.get_by_role("checkbox").check()
    page.get_by_label("With the ticked ones").select_option("take")
    page.get_by_role("button", name="Do it").click()

    page.get_by_text("2 of 2 done").wait_for()
    first.wait_for(state="detached")


def test_without_javascript_and_on_a_phone_the_lists_are_narrowed_ticked_and_read_back(browser: Browser, product: Product, state: Path) -> None:
    asked(browser, product, "The ibis in the cellar snores")
    kept = agent_page(browser, product, state=state).context.storage_state()
    page = phone(browser, java_script_enabled=False, storage_state=kept).new_page()
    unclaimed(page, product)

    page.get_by_label("Search in tickets").fill("ibis")
    page.get_by_role("button", name="Search").click()
    assert page.locator("#cards > li").count() == 1
    page.get_by_role("checkbox").check()
    page.get_by_label("With the ticked ones").select_option("tag")
    page.get_by_label("Words, a tag or a priority").fill("birds")
    page.get_by_role("button", name="Do it").click()
    assert page.get_by_text("1 of 1 done").is_visible()
    page.goto(f"{product.base}/agent?view=open&tag=birds")
    assert page.locator("#cards > li").count() == 1
    page.goto(f"{product.base}/admin/audit")
    assert page.locator("tbody tr").first.get_by_role("link", name="Ann Agent").is_visible()
