"""The pages for everybody: axe finds nothing, nothing is wider than a phone, and what is pressed is large enough for a finger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser_product import ROOT, Product, agent_page, ask, desktop, phone

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

AXE = ROOT / "tests" / "vendor" / "axe-core" / "axe.min.js"
REQUESTER = ["/", "/tickets", "/tickets/IT-1", "/tickets/IT-999"]
STAFF = [
    "/agent", "/agent?view=open", "/agent?view=mine&q=tag:vpn&tier=2", "/agent?view=breached", "/admin/audit", "/admin/audit?act=nothing",
    "/agent/tickets/IT-1", "/agent/tickets/IT-2", "/admin", "/admin?state=draft", "/admin/entries/vpn-slow", "/admin/drafts/1",
    "/admin/entries/vpn-slow/history", "/admin/entries/new", "/admin/people", "/admin/learning", "/admin/learning/link/IT-1",
    "/admin/reports", "/admin/reports/matching",
    "/admin/reports/volume", "/admin/import", "/admin/api", "/admin/webhooks",
]  # fmt: skip
SMALLEST = 24  # CSS pixels, WCAG 2.2 target size; buttons have 44


@pytest.fixture(scope="module")
def states(browser: Browser, product: Product) -> dict[str, Path]:
    """A requester with an answered and a handed-over request, and an admin who took the latter, wrote a note, and began to change an entry."""
    kept = {"requester": product.folder / "requester.json", "agent": product.folder / "agent.json"}
    page = desktop(browser).new_page()
    page.goto(product.base)
    ask(page, "the VPN keeps dropping")
    page.get_by_role("button", name="Not what I need").click()
    page.get_by_text("Service desk").first.wait_for()
    page.get_by_role("button", name="New question").click()
    page.locator(".line.desk").nth(2).wait_for()
    ask(page, "how do I add a printer")
    page.get_by_role("button", name="Yes, solved").wait_for()
    page.context.storage_state(path=str(kept["requester"]))
    agent = agent_page(browser, product, state=kept["agent"])
    agent.goto(f"{product.base}/agent/tickets/IT-1")
    agent.get_by_role("button", name="Take it").click()
    agent.locator("#press-release").wait_for()
    agent.locator("#move-note summary").click()
    agent.get_by_label("What should the team know?").fill("ask the network people")
    agent.get_by_role("button", name="Save", exact=True).click()
    agent.locator(".line.note").wait_for()
    agent.goto(f"{product.base}/admin/entries/vpn-slow")
    agent.get_by_role("button", name="Edit: Español").click()
    agent.get_by_label("Answer", exact=True).fill("Reinicie.")
    agent.get_by_role("button", name="Save draft").click()
    agent.get_by_text("Saved as a draft.").wait_for()
    return kept


@pytest.mark.parametrize(("who", "path"), [("requester", path) for path in REQUESTER] + [("agent", path) for path in STAFF])
def test_axe_finds_nothing_by_day_and_by_night(browser: Browser, product: Product, states: dict[str, Path], who: str, path: str) -> None:
    page = desktop(browser, storage_state=str(states[who]), color_scheme="light", bypass_csp=True).new_page()
    page.goto(product.base + path)
    assert faults_by_axe(page) == []
    page.emulate_media(color_scheme="dark")
    assert faults_by_axe(page, ["color-contrast"]) == []
    page.context.close()


@pytest.mark.parametrize(("who", "path"), [("requester", path) for path in REQUESTER] + [("agent", path) for path in STAFF])
def test_a_phone_shows_it_all_without_scrolling_sideways(browser: Browser, product: Product, states: dict[str, Path], who: str, path: str) -> None:
    page = phone(browser, storage_state=str(states[who])).new_page()
    page.goto(product.base + path)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    assert small_targets(page) == []
    page.context.close()


def test_a_page_for_a_stranger_and_a_sign_in_page_are_for_everybody_too(browser: Browser, product: Product, states: dict[str, Path]) -> None:
    admin = desktop(browser, storage_state=str(states["agent"])).new_page()
    admin.goto(f"{product.base}/admin/people")
    admin.get_by_role("button", name="Make a link").click()
    link = admin.locator("#link").input_value()
    stranger = desktop(browser, bypass_csp=True).new_page()
    for address in (f"{product.base}/", f"{product.base}/agent", link):
        stranger.goto(address)
        assert faults_by_axe(stranger) == []


def faults_by_axe(page: Page, rules: list[str] | None = None) -> list[str]:
    """What axe has against a page: rule and element. rules: only these."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run(document, {resultTypes: ['violations'], ...(rules ? {runOnly: rules} : {})})", rules)
    assert found["passes"], "axe looked at nothing"
    return [f"{fault['id']}: {node['html'][:120]}" for fault in found["violations"] for node in fault["nodes"]]


def small_targets(page: Page) -> list[str]:
    """Buttons, links outside of sentences and fields that are too small to be pressed by a finger."""
    return [
        str(found)
        for found in page.evaluate(
            """smallest => [...document.querySelectorAll("button, select, input:not([type=hidden]), textarea, nav a, .button, summary")]
                .map(node => [node.outerHTML.slice(0, 80), node.getBoundingClientRect()])
                .filter(([, box]) => box.width > 1 && box.height > 1 && (box.height < smallest || box.width < smallest))
                .map(([html]) => html)""",
            SMALLEST,
        )
    ]
