"""The chat on somebody else's site: a page of another origin with one script tag, in a real browser."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser_product import CHROMIUM, CONFIG, Faults, Product, agent_page, chromium, desktop, phone
from tests.journeys.test_browser_access import faults_by_axe, small_targets

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FrameLocator, Page, Route

KEY = "a-secret-that-the-site-knows-too"
UNKNOWN = "The heron in the aquarium has eaten my ergonomic chair"
LOUD = "* { color: red !important; font-size: 40px !important; } button, iframe { display: none !important; }"


@dataclass
class Site:
    """A shop with the widget in it, at an address that browsers take for another site than ours. attributes: of the script tag."""

    port: int = 0
    script: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    style: str = ""
    policy: str = ""
    language: str = "en"

    @property
    def base(self) -> str:
        return f"http://localhost:{self.port}"

    def page(self) -> str:
        """As a shop would write it."""
        given = " ".join(f'{name}="{escape(value)}"' for name, value in self.attributes.items())
        return (
            f'<!doctype html><html lang="{self.language}"><head><meta charset="utf-8"><title>Shop</title>'
            f'<meta name="viewport" content="width=device-width"><style>body {{ background: #fff; color: #111 }} {self.style}</style></head>'
            f'<body><main><h1>Shop</h1><p>Umbrellas for herons.</p><a href="/more">More</a></main>'
            f'<script src="{self.script}" async {given}></script></body></html>'
        )


@contextmanager
def served(site: Site) -> Iterator[Site]:
    """On a port of its own."""

    class Shop(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = site.page().encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            if site.policy:
                self.send_header("Content-Security-Policy", site.policy)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    site.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()


class WithWidget(Product):
    """The product, its widget held by one site."""

    secret = ""

    def held_by(self, site: Site) -> None:
        """From the next start on."""
        held = f'[channels.web]\nsign_in = "link"\nwidget_sites = ["{site.base}"]\nwidget_identity = "hash"\n'
        (self.folder / "firstline.toml").write_text(CONFIG + held, encoding="utf-8")
        self.secret = KEY

    @property
    def _environment(self) -> dict[str, str]:
        return super()._environment | {"WIDGET_SECRET": self.secret}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """As people have it: no cookies of other sites, and storage of frames kept apart for each site (playwright switches that off; the last switch counts)."""
    with chromium("--test-third-party-cookie-phaseout", "--disable-features=MediaRouter") as made:
        yield made


@pytest.fixture(scope="module")
def shop() -> Iterator[Site]:
    with served(Site()) as made:
        yield made


@pytest.fixture(scope="module")
def product(browser: Browser, shop: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    made = WithWidget(tmp_path_factory.mktemp("product"))
    made.held_by(shop)
    made.start()
    shop.script = f"{made.base}/widget.js"
    yield made
    made.stop()


@pytest.fixture
def site(shop: Site, product: Product) -> Iterator[Site]:
    """The shop, with a plain tag again after each test."""
    yield shop
    shop.attributes, shop.style, shop.policy, shop.language = {}, "", "", "en"


def signed(user: str) -> str:
    return hmac.new(KEY.encode(), user.encode(), hashlib.sha256).hexdigest()


def opened(page: Page, label: str = "Chat with IT help") -> FrameLocator:
    """Press the button, and look into the frame once one can write there: what is typed sooner goes to whatever has the focus then."""
    page.get_by_role("button", name=label).click()
    frame = page.frame_locator("firstline-chat iframe")
    frame.locator("#text:focus").wait_for()
    return frame


def asks(frame: FrameLocator, words: str) -> None:
    """Type and send; returns when one's own words stand in the talk."""
    own = frame.locator(".line.requester")
    before = own.count()
    frame.get_by_label("Your message").fill(words)
    frame.get_by_role("button", name="Send").click()
    own.nth(before).wait_for()


def row(agent: Page, words: str) -> Any:
    return agent.locator("#cards > li").filter(has_text=words)


def test_a_visitor_asks_on_the_site_is_answered_by_the_bot_and_by_a_person_and_finds_it_all_again(
    browser: Browser, product: Product, site: Site, state: Path, faults: Faults
) -> None:
    page = faults.watch(desktop(browser).new_page())
    page.goto(site.base)
    frame = opened(page)
    asks(frame, "VPN keps dropping")
    frame.get_by_text("choose another gateway").wait_for()
    frame.get_by_role("button", name="Yes, solved").click()
    frame.get_by_text("is resolved").first.wait_for()
    asks(frame, UNKNOWN)
    frame.get_by_text("Service desk").first.wait_for()
    agent = faults.watch(agent_page(browser, product, state=state))
    assert "unverified" in row(agent, UNKNOWN).inner_text()
    row(agent, UNKNOWN).get_by_role("button", name="Take it").click()
    frame.get_by_text("Ann Agent has taken").wait_for()

    page.get_by_role("button", name="Close the chat").first.click()
    agent.get_by_label("What shall the requester read?").fill("Another chair comes at ten.")
    agent.get_by_role("button", name="Send").click()
    page.get_by_role("button", name="Chat with IT help, 1 new message").wait_for()
    page.goto(f"{site.base}/more")
    page.get_by_role("button", name="Chat with IT help, 1 new message").wait_for()
    frame = opened(page)
    frame.get_by_text("Another chair comes at ten.").wait_for()
    frame.get_by_text("choose another gateway").wait_for()
    page.get_by_role("button", name="Close the chat").first.click()
    page.get_by_role("button", name="Chat with IT help", exact=True).wait_for()

    assert page.context.cookies() == []


def test_the_site_reads_nothing_of_the_talk_and_neither_side_changes_how_the_other_looks(
    browser: Browser, product: Product, site: Site, faults: Faults
) -> None:
    site.style = LOUD
    page = faults.watch(desktop(browser).new_page())
    page.goto(site.base)
    before = page.locator("p").evaluate("p => getComputedStyle(p).fontFamily + getComputedStyle(p).color")
    frame = opened(page)
    asks(frame, "a matter between us")

    read = page.evaluate("""() => {
        const frame = document.querySelector("firstline-chat").shadowRoot.querySelector("iframe");
        try { return [frame.contentDocument, frame.contentWindow.document.body.innerText]; } catch (error) { return [frame.contentDocument, error.name]; }
    }""")

    assert read == [None, "SecurityError"]
    assert not any("a matter between us" in str(value) for value in page.evaluate("() => Object.entries(localStorage)"))
    assert page.get_by_role("button", name="Close the chat").first.is_visible()
    assert frame.locator(".line.requester .own").evaluate("line => getComputedStyle(line).fontSize") != "40px"
    assert page.locator("p").evaluate("p => getComputedStyle(p).fontFamily + getComputedStyle(p).color") == before


def test_whom_the_site_proves_agents_see_as_proved_and_a_wrong_proof_is_a_stranger(browser: Browser, product: Product, site: Site, state: Path) -> None:
    site.attributes = {"data-user": "42", "data-name": "Ana Ruiz", "data-email": "ana@example.com", "data-hash": signed("42")}
    page = desktop(browser).new_page()
    page.goto(site.base)
    asks(opened(page), "The flamingo of Ana sings")
    site.attributes |= {"data-hash": signed("43")}
    warned: list[str] = []
    other = desktop(browser).new_page()
    other.on("console", lambda message: warned.append(message.text))
    other.goto(site.base)
    frame = opened(other)
    asks(frame, "The flamingo of a liar sings")

    agent = agent_page(browser, product, state=state)

    assert "✓ Ana Ruiz (ana@example.com)" in row(agent, "flamingo of Ana").inner_text()
    assert "Ana Ruiz (ana@example.com) · unverified" in row(agent, "flamingo of a liar").inner_text()
    assert frame.get_by_text("flamingo of Ana").count() == 0
    assert any("data-hash does not prove data-user" in text for text in warned)
    row(agent, "flamingo of Ana").get_by_role("link").first.click()
    agent.locator("#facts").get_by_text("vouched for by a site of yours").wait_for()


def test_when_the_site_signs_somebody_else_in_the_talk_is_theirs_at_once(browser: Browser, product: Product, site: Site, faults: Faults) -> None:
    page = faults.watch(desktop(browser).new_page())
    site.attributes = {"data-user": "a", "data-hash": signed("a")}
    page.goto(site.base)
    frame = opened(page)
    asks(frame, "of the first user")

    page.evaluate("hash => Object.assign(document.querySelector('script').dataset, { user: 'b', hash })", signed("b"))

    frame.locator("#welcome").wait_for()
    frame.locator("#text:focus").wait_for()
    assert frame.get_by_text("of the first user").count() == 0
    asks(frame, "of the second user")
    page.evaluate("hash => Object.assign(document.querySelector('script').dataset, { user: 'a', hash })", signed("a"))
    frame.get_by_text("of the first user").wait_for()
    assert frame.get_by_text("of the second user").count() == 0
    assert page.frames[-1].evaluate("() => localStorage.getItem('firstline')") is None, "nothing by which they could be taken for somebody stays here"


def test_a_site_that_is_not_named_gets_no_frame(browser: Browser, product: Product, site: Site) -> None:
    with served(Site(script=site.script)) as stranger:
        refused: list[str] = []
        page = desktop(browser).new_page()
        page.on("console", lambda message: refused.append(message.text))
        page.goto(stranger.base)
        page.get_by_role("button", name="Chat with IT help").click()
        if not refused:
            page.wait_for_event("console", predicate=lambda message: "frame-ancestors" in message.text)

        assert any("frame-ancestors" in text for text in refused)
        assert page.frame_locator("firstline-chat iframe").locator("#text").count() == 0


def test_words_for_the_frame_from_any_other_window_do_nothing(browser: Browser, product: Product, site: Site, faults: Faults) -> None:
    page = faults.watch(desktop(browser).new_page())
    page.goto(site.base)
    frame = opened(page)
    frame.locator("#welcome").wait_for()

    page.evaluate("""() => {
        const other = document.body.appendChild(document.createElement("iframe"));
        const sends = other.contentWindow.document.createElement("script");
        sends.textContent = `parent.postMessage({ firstline: "close" }, "*"); parent.postMessage({ firstline: "news", count: 7 }, "*");
            const frame = parent.document.querySelector("firstline-chat").shadowRoot.querySelector("iframe");
            frame.contentWindow.postMessage({ firstline: "closed" }, "*");`;
        other.contentWindow.document.body.append(sends);
    }""")
    asks(frame, "The heron is mine")

    assert page.get_by_role("button", name="Close the chat").first.is_visible()


def test_it_works_on_a_site_with_a_strict_content_policy(browser: Browser, product: Product, site: Site, faults: Faults) -> None:
    site.policy = f"default-src 'none'; script-src {product.base}; frame-src {product.base}; style-src 'unsafe-hashes'"
    page = faults.watch(desktop(browser).new_page())
    page.goto(site.base)
    faults.clear()  # the shop's own style is refused, as it asked for

    asks(opened(page), "Is it strict here?")

    assert page.get_by_role("button", name="Close the chat").first.evaluate("button => getComputedStyle(button).borderRadius") == "50%"


def test_by_keyboard_it_opens_takes_words_and_closes_with_escape(browser: Browser, product: Product, site: Site, faults: Faults) -> None:
    page = faults.watch(desktop(browser).new_page())
    page.goto(site.base)
    button = page.get_by_role("button", name="Chat with IT help")
    button.wait_for()
    page.get_by_role("link", name="More").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    frame = page.frame_locator("firstline-chat iframe")
    frame.locator("#text:focus").wait_for()

    page.keyboard.type("the VPN keeps dropping")
    page.keyboard.press("Enter")
    frame.locator(".line.desk").first.wait_for()
    page.keyboard.press("Escape")

    button.wait_for()
    assert page.evaluate("() => document.querySelector('firstline-chat').shadowRoot.activeElement.tagName") == "BUTTON"
    assert button.get_attribute("aria-expanded") == "false"


def test_on_a_phone_it_fills_the_screen_and_says_so_in_the_language_of_the_page(browser: Browser, product: Product, site: Site, faults: Faults) -> None:
    site.language = "es-MX"
    page = faults.watch(phone(browser, reduced_motion="reduce").new_page())
    page.goto(site.base)
    frame = opened(page, "Chat con IT help")
    frame.locator("#text").wait_for()

    box = page.locator("firstline-chat iframe").bounding_box()

    assert box is not None
    assert (box["x"], box["y"], box["width"]) == (0, 0, 390)
    assert box["height"] >= 840
    assert page.locator("firstline-chat iframe").evaluate("frame => getComputedStyle(frame).animationName") == "none"
    assert frame.locator("html").get_attribute("lang") == "es"
    frame.locator("#minimise").click()
    page.get_by_role("button", name="Chat con IT help").wait_for()


def test_without_a_network_it_says_so_and_keeps_the_words(browser: Browser, product: Product, site: Site) -> None:
    context = desktop(browser)
    page = context.new_page()
    page.goto(site.base)
    frame = opened(page)
    frame.get_by_label("Your message").fill("long and precious words")

    context.set_offline(True)
    frame.get_by_text("You are offline.").wait_for()
    frame.get_by_role("button", name="Send").click()
    frame.get_by_text("Your words are still here").wait_for()
    assert frame.get_by_label("Your message").input_value() == "long and precious words"
    context.set_offline(False)

    frame.get_by_role("button", name="Send").click()
    frame.locator(".line.requester").filter(has_text="long and precious words").wait_for()


def test_what_is_sent_before_it_is_known_who_asks_is_not_lost(browser: Browser, product: Product, site: Site, faults: Faults) -> None:
    page = faults.watch(desktop(browser).new_page())
    held: list[Route] = []
    page.route("**/widget/hello", lambda route: held.append(route))
    page.goto(site.base)
    with page.expect_request("**/widget/hello"):
        frame = opened(page)
    frame.get_by_label("Your message").fill("in a hurry")
    frame.get_by_role("button", name="Send").click()

    held[0].continue_()

    frame.locator(".line.requester").filter(has_text="in a hurry").wait_for()


def test_a_browser_that_keeps_nothing_for_frames_talks_until_the_page_is_left(browser: Browser, product: Product, site: Site, faults: Faults) -> None:
    bare = browser.browser_type.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])  # as playwright sets it: no storage in frames
    page = faults.watch(desktop(bare).new_page())
    page.goto(site.base)
    frame = opened(page)
    frame.locator("#welcome").wait_for()
    assert page.frames[-1].evaluate("() => { try { return String(localStorage) } catch (error) { return error.name } }") == "SecurityError"

    asks(frame, "VPN keps dropping")
    frame.get_by_role("button", name="Yes, solved").click()
    frame.get_by_text("is resolved").first.wait_for()

    assert frame.locator(".line.requester").count() >= 1
    bare.close()


def test_forms_files_and_links_work_in_the_frame(browser: Browser, product: Product, site: Site, state: Path, faults: Faults) -> None:
    page = faults.watch(desktop(browser).new_page())
    page.goto(site.base)
    frame = opened(page)
    frame.locator("#files").set_input_files({"name": "screen.txt", "mimeType": "text/plain", "buffer": b"a heron on the screen"})
    asks(frame, "Look at what the pelican did to my umbrella stand")
    with page.expect_download() as download:
        frame.get_by_role("link", name="screen.txt").click()
    assert Path(download.value.path()).read_bytes() == b"a heron on the screen"
    agent = faults.watch(agent_page(browser, product, state=state))
    row(agent, "pelican").get_by_role("button", name="Take it").click()
    agent.locator("#move-resolve summary").click()
    agent.get_by_label("What solved it?").fill("A new stand: https://stands.example/new")
    agent.get_by_role("button", name="Resolve", exact=True).click()
    frame.get_by_role("button", name="Reopen").wait_for()
    frame.get_by_role("button", name="Reopen").click()
    agent.locator("#move-reply").wait_for()


def test_axe_finds_nothing_in_the_frame_nor_at_the_button_by_day_and_by_night(browser: Browser, product: Product, site: Site) -> None:
    site.attributes = {"data-accent": "#ffd500"}  # so light that white upon it could not be read
    page = desktop(browser, color_scheme="light", bypass_csp=True).new_page()
    page.goto(site.base)
    page.get_by_role("button", name="Chat with IT help").wait_for()
    assert faults_by_axe(page) == []
    frame = opened(page)
    asks(frame, "the VPN keeps dropping")
    frame.get_by_role("button", name="Not what I need").wait_for()
    inside = page.frames[-1]

    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for looked_at in (page, inside):
            assert faults_by_axe(looked_at) == []  # type: ignore[arg-type]
    assert small_targets(inside) == []  # type: ignore[arg-type]
