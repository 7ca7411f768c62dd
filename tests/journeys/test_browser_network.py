"""A page on a poor network: what did not arrive is said, what came late harms nothing, what failed is looked for again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser_product import Faults, Product, ask, phone

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

FIRST, SECOND, THIRD = (f"The {bird} in the aquarium has eaten my chair" for bird in ("heron", "pelican", "flamingo"))


@pytest.fixture
def page(browser: Browser, product: Product) -> Iterator[Page]:
    """A talk that has begun, and its page hears news."""
    faults = Faults()
    shown = faults.watch(phone(browser).new_page())
    shown.goto(product.base)
    ask(shown, FIRST)
    shown.locator("html[data-live=yes]").wait_for()
    yield shown
    shown.context.close()
    assert faults == []


def looks_again(page: Page, meet: Callable[[Route], None]) -> None:
    """Each look of the page at itself from now on is met so."""
    page.route("**/*", lambda route: meet(route) if route.request.headers.get("x-refresh") else route.continue_())


def another_tab(page: Page) -> Page:
    """The same person's."""
    other = page.context.new_page()
    other.goto(page.url)
    return other


def test_a_press_that_does_not_arrive_says_so_and_can_be_pressed_again(page: Page) -> None:
    said = page.get_by_text("That did not arrive. Please try again.")
    page.route("**/new", lambda route: route.abort())
    page.get_by_role("button", name="New question").click()
    said.wait_for()

    page.unroute("**/new")
    page.get_by_role("button", name="New question").click()

    said.wait_for(state="detached")


def test_a_look_that_began_before_ones_words_went_does_not_take_them_off_the_page(page: Page) -> None:
    held: list[tuple[Route, bytes]] = []
    looks_again(page, lambda route: held.append((route, route.fetch().body())) if not held else route.continue_())
    with page.expect_request(lambda request: "x-refresh" in request.headers):
        ask(another_tab(page), THIRD)
    ask(page, SECOND)
    page.evaluate("""() => {
        const lines = document.querySelector("[data-region=lines]"), count = () => lines.querySelectorAll(".line.requester").length;
        window.fewest = count();
        new MutationObserver(() => { window.fewest = Math.min(window.fewest, count()); }).observe(lines, { childList: true });
    }""")

    with page.expect_response(lambda response: "x-refresh" in response.request.headers and response.request != held[0][0].request):
        held[0][0].fulfill(body=held[0][1], content_type="text/html; charset=utf-8")

    assert page.evaluate("() => window.fewest") == 3


def test_a_look_that_fails_is_tried_again(page: Page) -> None:
    failed: list[str] = []

    def meet(route: Route) -> None:
        if len(failed) < 2:
            failed.append("")
            route.fulfill(status=503, body="away") if len(failed) == 1 else route.abort()
        else:
            route.continue_()

    looks_again(page, meet)
    ask(another_tab(page), SECOND)

    page.locator(".line.requester").filter(has_text=SECOND).wait_for()
    assert len(failed) == 2
