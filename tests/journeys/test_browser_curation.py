"""A curator looks after the FAQ in a browser: writes, sees what each channel will show, publishes; two at once lose nothing; the phone and the keyboard do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser_product import Faults, Product, agent_page, ask, desktop, phone

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def ada(browser: Browser, product: Product) -> Page:
    return agent_page(browser, product)


def write(page: Page, field: str, words: str) -> None:
    page.get_by_label(field, exact=True).fill(words)


def test_a_new_entry_is_written_seen_saved_by_keyboard_published_and_answers(browser: Browser, product: Product, ada: Page) -> None:
    faults = Faults()
    faults.watch(ada)
    ada.goto(f"{product.base}/admin")
    ada.get_by_role("link", name="New entry").click()
    write(ada, "Question", "Where is the lost property box?")
    write(ada, "Answer", "Behind the **reception**, see [the plan](https://example.com/plan).")
    ada.get_by_role("button", name="Preview").click()
    ada.get_by_text("As Telegram shows it").click()
    assert ada.locator(".bubble.telegram").inner_text().splitlines() == ["Where is the lost property box?", "Behind the reception, see the plan."]

    ada.get_by_role("button", name="Save draft").click()
    ada.wait_for_url("**/admin/drafts/*")
    write(ada, "Other ways to ask", "lost my umbrella")
    ada.keyboard.press("Control+s")
    ada.get_by_text("Saved as a draft.").wait_for()
    ada.get_by_role("button", name="Save and publish").click()
    ada.get_by_text("Published. The next question is answered with it.").wait_for()

    requester = desktop(browser).new_page()
    requester.goto(product.base)
    ask(requester, "lost my umbrella")
    requester.get_by_role("link", name="the plan").wait_for()
    assert faults == []


def test_words_that_are_not_saved_are_not_left_by_mistake(product: Product, ada: Page) -> None:
    ada.goto(f"{product.base}/admin/entries/printer-add")
    ada.get_by_role("button", name="Edit: English").click()
    ada.wait_for_url("**/admin/drafts/*")
    write(ada, "Answer", "Precious words.")
    asked: list[str] = []
    ada.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))

    ada.get_by_role("link", name="FAQ", exact=True).first.click(no_wait_after=True)

    ada.wait_for_function("() => true")
    assert asked == ["beforeunload"]
    assert ada.get_by_label("Answer", exact=True).input_value() == "Precious words."
    ada.get_by_role("button", name="Save draft").click()
    ada.get_by_text("Saved as a draft.").wait_for()


def test_on_a_phone_entries_are_found_ticked_and_archived_together(browser: Browser, product: Product, ada: Page) -> None:
    on_phone = phone(browser, storage_state=ada.context.storage_state()).new_page()
    on_phone.goto(f"{product.base}/admin")
    on_phone.get_by_label("Search in entries").fill("wi-fi")
    on_phone.get_by_role("button", name="Search").click()
    on_phone.get_by_label("Choose wifi-guest").check()
    on_phone.get_by_label("Choose wifi-office").check()
    on_phone.locator("#many").get_by_role("button", name="Apply").click()

    on_phone.get_by_text("2 entries changed.").wait_for()
    on_phone.get_by_role("link", name="Archived").click()
    assert on_phone.locator("#cards > li").count() == 2


def test_letters_go_through_the_list(product: Product, ada: Page) -> None:
    ada.goto(f"{product.base}/admin")
    ada.locator("h1").click()
    for key in ("j", "j", "x"):
        ada.keyboard.press(key)
    assert ada.locator("#cards > li").nth(1).locator("input[type=checkbox]").is_checked()
    ada.keyboard.press("o")
    ada.wait_for_url("**/admin/entries/*")
    ada.keyboard.press("u")
    ada.wait_for_url("**/admin")
