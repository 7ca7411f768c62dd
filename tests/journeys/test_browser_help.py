"""Whole conversations in a real browser: asked, answered, not answered, taken, replied to, resolved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser_product import Faults, Product, agent_page, ask, desktop, phone

if TYPE_CHECKING:
    from playwright.sync_api import Browser

UNKNOWN = "The heron in the aquarium has eaten my ergonomic chair"
HOSTILE = '<img src=x onerror=alert(1)><script>alert(2)</script>"><svg/onload=alert(3)>[x](javascript:alert(4))'


def test_a_newcomer_is_answered_at_once_and_says_that_it_helped(browser: Browser, product: Product, faults: Faults) -> None:
    page = faults.watch(phone(browser).new_page())
    page.goto(product.base)
    page.get_by_label("Your name, if you like").fill("Ana")
    ask(page, "VPN keps dropping")
    page.get_by_text("choose another gateway").wait_for()
    page.get_by_role("button", name="Yes, solved").click()
    page.get_by_text("is resolved").first.wait_for()
    page.get_by_role("link", name="My requests").first.click()
    page.get_by_role("link", name="VPN keps dropping").wait_for()
    assert page.locator(".badge.resolved").is_visible()


def test_what_the_bot_cannot_answer_an_agent_takes_answers_and_resolves_and_both_see_it_happen(
    browser: Browser, product: Product, state: Path, faults: Faults
) -> None:
    page = faults.watch(phone(browser).new_page())
    page.goto(product.base)
    agent = faults.watch(agent_page(browser, product, state=state))
    ask(page, UNKNOWN)
    row = agent.locator("#cards > li").filter(has_text=UNKNOWN)
    row.wait_for()
    row.get_by_role("button", name="Take it").click()
    agent.locator("#head").wait_for()
    page.get_by_text("Ann Agent has taken").wait_for()
    agent.locator("#press-release").wait_for()
    assert agent.get_by_role("button", name="Take it").count() == 0

    agent.get_by_label("What shall the requester read?").fill("Another chair comes at ten.")
    agent.get_by_role("button", name="Send").click()
    page.get_by_text("Another chair comes at ten.").wait_for()
    ask(page, "A red one, please")
    agent.get_by_text("A red one, please").wait_for()

    agent.locator("#move-note summary").click()
    agent.get_by_label("What should the team know?").fill("Storage room 3, behind the heron")
    agent.get_by_role("button", name="Save", exact=True).click()
    agent.locator(".line.note").wait_for()
    agent.locator("#move-resolve summary").click()
    agent.get_by_label("What solved it?").fill("A new chair")
    agent.get_by_role("button", name="Resolve", exact=True).click()
    page.get_by_text("is resolved").first.wait_for()
    assert page.get_by_text("Storage room 3").count() == 0

    page.get_by_role("button", name="Reopen").click()
    agent.locator("#move-reply").wait_for()
    agent.locator(".head .badge.taken").wait_for()


def test_what_comes_after_a_press_is_in_view_on_a_phone(browser: Browser, product: Product, faults: Faults) -> None:
    from playwright.sync_api import expect

    page = faults.watch(phone(browser).new_page())
    page.goto(product.base)
    ask(page, "How do I reset my password?")
    page.get_by_text("self-service portal").wait_for()

    page.get_by_role("button", name="Not what I need").click()

    expect(page.get_by_text("I passed it on")).to_be_in_viewport()


def test_talk_to_a_person_is_one_press_away_from_the_first_moment(browser: Browser, product: Product, faults: Faults) -> None:
    page = faults.watch(phone(browser).new_page())
    page.goto(product.base)
    page.get_by_role("button", name="Talk to a person").click()
    page.get_by_text("Service desk").first.wait_for()


def test_without_javascript_everything_works_the_same_way(browser: Browser, product: Product, state: Path) -> None:
    page = phone(browser, java_script_enabled=False).new_page()
    page.goto(product.base)
    ask(page, "The flamingo on the roof smells of fish without a script")
    page.get_by_text("Service desk").first.wait_for()
    kept = agent_page(browser, product, state=state).context.storage_state()
    agent = desktop(browser, java_script_enabled=False, storage_state=kept).new_page()
    agent.goto(f"{product.base}/agent")
    agent.locator("#cards > li").filter(has_text="smells of fish").get_by_role("button", name="Take it").click()
    agent.get_by_label("What shall the requester read?").fill("Unplug it, please.")
    agent.get_by_role("button", name="Send").click()
    agent.get_by_text("Unplug it, please.").wait_for()
    page.get_by_role("link", name="Look for new messages").click()
    page.reload()
    page.get_by_text("Unplug it, please.").wait_for()


def test_by_keyboard_alone_one_asks_and_reads_the_answer(browser: Browser, product: Product, faults: Faults) -> None:
    page = faults.watch(desktop(browser).new_page())
    page.goto(product.base)
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the content"
    for _ in range(15):
        page.keyboard.press("Tab")
        if page.locator(":focus").get_attribute("name") == "text":
            break
    page.keyboard.type("the VPN keeps dropping")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("since Monday")
    page.keyboard.press("Enter")
    page.locator(".line.desk").wait_for()
    assert page.locator(".line.requester .own").inner_text() == "the VPN keeps dropping\nsince Monday"


def test_what_people_write_runs_nowhere(browser: Browser, product: Product, state: Path, faults: Faults) -> None:
    page = faults.watch(desktop(browser).new_page())
    page.goto(product.base)
    page.get_by_label("Your name, if you like").fill(HOSTILE[:80])
    ask(page, HOSTILE)
    agent = faults.watch(agent_page(browser, product, state=state))
    agent.get_by_text("onerror=alert(1)").first.wait_for()
    agent.locator("#cards a").filter(has_text="onerror").first.click()
    agent.get_by_label("What shall the requester read?").fill(HOSTILE)
    agent.get_by_role("button", name="Send").click()
    page.locator("blockquote").filter(has_text="onerror").wait_for()
    page.goto(f"{product.base}/tickets")
    page.get_by_text("onerror").first.wait_for()


def test_what_one_is_typing_survives_news_and_a_server_that_is_away(browser: Browser, product: Product, faults: Faults) -> None:
    page = faults.watch(desktop(browser).new_page())
    page.goto(product.base)
    page.get_by_label("Your message").fill("long and precious words")
    other_tab = faults.watch(page.context.new_page())
    other_tab.goto(product.base)
    ask(other_tab, "the VPN keeps dropping")
    page.locator(".line.desk").first.wait_for()
    assert page.get_by_label("Your message").input_value() == "long and precious words"
    product.stop()
    page.get_by_role("button", name="Send").click()
    page.get_by_text("Your words are still here").wait_for()
    assert page.get_by_label("Your message").input_value() == "long and precious words"
    product.start()
    page.get_by_role("button", name="Send").click()
    page.locator(".line.requester").filter(has_text="long and precious words").wait_for()


def test_a_file_goes_to_the_agent_and_one_comes_back(browser: Browser, product: Product, state: Path, tmp_path: Path, faults: Faults) -> None:
    picture = tmp_path / "broken screen.txt"
    picture.write_text("a picture of a heron", encoding="utf-8")
    page = faults.watch(desktop(browser).new_page())
    page.goto(product.base)
    page.locator("#files").set_input_files(picture)
    ask(page, "Look at what the heron did to my ergonomic umbrella")
    agent = faults.watch(agent_page(browser, product, state=state))
    agent.locator("#cards a").filter(has_text="umbrella").first.click()
    with agent.expect_download() as download:
        agent.get_by_role("link", name="broken screen.txt").click()
    assert Path(download.value.path()).read_text(encoding="utf-8") == "a picture of a heron"
    agent.locator("#files-reply").set_input_files({"name": "how to.txt", "mimeType": "text/plain", "buffer": b"feed it"})
    agent.get_by_label("What shall the requester read?").fill("Read this")
    agent.get_by_role("button", name="Send").click()
    with page.expect_download() as answer:
        page.get_by_role("link", name="how to.txt").click()
    assert Path(answer.value.path()).read_text(encoding="utf-8") == "feed it"
