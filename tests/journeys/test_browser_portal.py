"""The portal in a real browser: answers while one types, a form with a fault in it, and signing in by a link that a real mail brings."""

from __future__ import annotations

import email
import email.policy
import re
import smtplib
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller

from tests.browser_product import PATIENCE, Faults, Product, desktop, phone
from tests.journeys.test_browser_access import faults_by_axe, small_targets
from tests.servers.kinds import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

UNKNOWN = "The heron in the aquarium has eaten my ergonomic chair"
FORMS = """
[[fields]]
name = "device"
label = {en = "Device", es = "Equipo"}
kind = "choice"
options = {laptop = {en = "Laptop", es = "Portátil"}, phone = {en = "Phone", es = "Teléfono"}}
required = true
[[fields]]
name = "serial"
label = {en = "Serial number", es = "Número de serie"}
hint = {en = "On the back, it begins with SN", es = "Está detrás y empieza por SN"}
pattern = "SN[0-9]+"
required = true
show = "device=laptop"
[[fields]]
name = "photo"
label = {en = "Photo", es = "Foto"}
kind = "file"
[[forms]]
kind = "incident"
label = {en = "Something is broken", es = "Algo no funciona"}
question = {en = "What is broken?", es = "¿Qué no funciona?"}
fields = ["device", "serial", "photo"]
faq = false
[[forms]]
kind = "purchase"
label = {en = "Buy something", es = "Comprar algo"}
fields = ["device"]
"""
PAGES = ("/kb/en?q=printer", "/kb/en?topic=email", "/kb/de/printer-add", "/new", "/new?kind=incident", "/tickets", "/sign-in", "/sign-in/sent")


class Catcher:
    """Takes every letter."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """As aiosmtpd calls it."""
        self.letters.append(email.message_from_bytes(envelope.content, policy=email.policy.default))  # type: ignore[arg-type]
        return "250 taken"

    def link_to(self, address: str, but_not: str = "") -> str:
        """The newest link that was mailed there."""
        end = time.monotonic() + PATIENCE / 1000
        while time.monotonic() < end:
            for letter in reversed(self.letters):
                body = letter.get_body(("plain",))
                found = re.search(r"http://\S+/sign-in/mail/\S+", body.get_content() if body else "")
                if address in str(letter["To"]) and found and found[0] != but_not:
                    return found[0]
        raise AssertionError(f"no letter to {address}")


class Mailing(Product):
    """With a mail server that takes what it sends, and a door for mail that comes."""

    smtp = lmtp = 0

    @property
    def _environment(self) -> dict[str, str]:
        mail = {"SMTP_URL": f"smtp://127.0.0.1:{self.smtp}", "MAIL_FROM": "IT help <help@example.com>", "LMTP_LISTEN": f"127.0.0.1:{self.lmtp}"}
        return {**super()._environment, **mail}

    def hears(self, sender: str, subject: str, words: str) -> None:
        """A mail comes in."""
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"], letter["Message-ID"] = sender, "help@example.com", subject, f"<{abs(hash(words))}@example.org>"
        letter.set_content(words)
        with smtplib.LMTP("127.0.0.1", self.lmtp) as door:
            door.send_message(letter)


@pytest.fixture(scope="module")
def catcher() -> Iterator[Catcher]:
    made = Catcher()
    server = Controller(made, hostname="127.0.0.1", port=free_port())
    server.start()
    Mailing.smtp, Mailing.lmtp = server.port, free_port()
    yield made
    server.stop()


@pytest.fixture(scope="module")
def product(browser: Browser, catcher: Catcher, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailing]:
    made = Mailing(tmp_path_factory.mktemp("portal"))
    described = made.folder / "firstline.toml"
    described.write_text(described.read_text(encoding="utf-8") + FORMS, encoding="utf-8")
    made.start()
    yield made
    made.stop()


# ------------------------------------------------------------------------------------------------------------- while typing
def test_an_answer_is_offered_while_one_types_and_only_sending_asks(browser: Browser, product: Mailing, faults: Faults) -> None:
    page = faults.watch(desktop(browser).new_page())
    page.goto(product.base)
    field = page.get_by_label("Your message")
    field.press_sequentially("how do I add a printer")
    page.get_by_role("status").get_by_text("1 answer may fit").wait_for()
    offered = page.get_by_role("region", name="Answers that may fit")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    offered.get_by_text("Pick the printer by the name on its label").wait_for()
    assert page.url == f"{product.base}/"
    assert page.get_by_text("Nothing yet. What you ask appears here with its number.").is_visible()
    assert page.locator(".line").count() == 0

    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "text"
    assert offered.get_by_role("listitem").count() == 0
    assert field.input_value() == "how do I add a printer"
    field.fill(UNKNOWN)
    page.get_by_role("button", name="Send").click()
    page.locator(".line.requester").get_by_text(UNKNOWN).wait_for()
    page.locator("#mine-list").get_by_text("IT-").first.wait_for()


# --------------------------------------------------------------------------------------------------------------------- forms
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_form_with_a_fault_says_where_and_loses_nothing(browser: Browser, product: Mailing, faults: Faults, tmp_path: Path, scripts: bool) -> None:
    page = faults.watch(phone(browser, java_script_enabled=scripts).new_page())
    page.goto(f"{product.base}/new")
    page.get_by_role("link", name="Something is broken").click()
    page.get_by_label("What is broken?").fill("The screen <b>stays</b> black")
    page.get_by_label("Device").select_option(label="Laptop")
    page.get_by_label("Serial number").fill("4711")
    page.get_by_role("button", name="Send").click()
    page.get_by_role("alert").get_by_text("Not sent yet").wait_for()
    serial = page.get_by_label("Serial number")
    assert serial.get_attribute("aria-invalid") == "true"
    told = str(serial.get_attribute("aria-describedby")).split()
    assert "This does not look right" in page.locator(f"#{told[0]}").inner_text()
    assert page.get_by_label("What is broken?").input_value() == "The screen <b>stays</b> black"
    assert page.get_by_label("Device").locator("option:checked").inner_text() == "Laptop"
    assert serial.input_value() == "4711"

    photo = tmp_path / "black.png"
    photo.write_bytes(b"\x89PNG" + bytes(2 * 1024 * 1024))  # larger than any event of a platform
    page.get_by_label("Photo").set_input_files(photo)
    serial.fill("SN4711")
    page.get_by_role("button", name="Send").click()
    page.locator(".line.desk").first.wait_for()
    page.goto(f"{product.base}/tickets")
    page.locator(".card").first.click()
    page.get_by_text("The screen <b>stays</b> black").first.wait_for()
    page.get_by_role("link", name="black.png").wait_for()
    page.context.close()


# ------------------------------------------------------------------------------------------------------------------- entrance
def test_who_wrote_a_mail_signs_in_by_mail_and_goes_on_on_the_phone(browser: Browser, product: Mailing, catcher: Catcher, faults: Faults) -> None:
    product.hears("Alice Archer <alice@example.org>", "My chair is gone", UNKNOWN)
    context = phone(browser)
    page = faults.watch(context.new_page())
    signs_in(page, product, catcher, "alice@example.org")
    page.get_by_text("Everything that was asked by alice@example.org").wait_for()
    seen(page, UNKNOWN)
    page.locator(".card").filter(has_text=UNKNOWN).first.click()
    page.get_by_label("Add details").fill("It was the blue one")
    page.locator("#add button.primary").click()
    page.locator("#talk").get_by_text("It was the blue one").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.goto(f"{product.base}/tickets")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{product.base}/")
    page.goto(f"{product.base}/tickets")
    assert page.get_by_text(UNKNOWN).count() == 0
    context.close()


def signs_in(page: Page, product: Mailing, catcher: Catcher, address: str) -> None:
    """From "My requests" to "My requests"."""
    before = next((catcher.link_to(address) for letter in catcher.letters if address in str(letter["To"]) and "Sign in" in str(letter["Subject"])), "")
    page.goto(f"{product.base}/tickets")
    page.get_by_role("link", name="Sign in to see those from mail and chat, too.").click()
    page.get_by_label("Mail address").fill(address)
    page.get_by_role("button", name="Send me a link").click()
    page.get_by_role("heading", name="Look into your mail").wait_for()
    page.goto(catcher.link_to(address, before))
    page.get_by_text(f"You sign in as {address}").wait_for()
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/tickets")


def seen(page: Page, text: str) -> None:
    """It stands there; the mail may still be on its way in."""
    end = time.monotonic() + PATIENCE / 1000
    while not page.get_by_text(text).count() and time.monotonic() < end:
        page.reload()
    assert page.get_by_text(text).count()


# --------------------------------------------------------------------------------------------------------------- for everybody
def test_axe_finds_nothing_by_day_and_by_night_and_a_phone_shows_it_all(browser: Browser, product: Mailing) -> None:
    wide, small = desktop(browser, color_scheme="light", bypass_csp=True).new_page(), phone(browser).new_page()
    small.set_viewport_size({"width": 375, "height": 812})
    found: dict[str, list[str]] = {}
    for path in PAGES:
        wide.emulate_media(color_scheme="light")
        wide.goto(product.base + path)
        found[path] = faults_by_axe(wide)
        wide.emulate_media(color_scheme="dark")
        found[path] += faults_by_axe(wide, ["color-contrast"])
        small.goto(product.base + path)
        found[path] += small_targets(small)
        found[path] += ["wider than the phone"] if small.evaluate("document.documentElement.scrollWidth") > 375 else []
    assert found == {path: [] for path in PAGES}
    wide.context.close()
    small.context.close()


def test_axe_finds_nothing_with_an_answer_offered_and_open(browser: Browser, product: Mailing) -> None:
    page = desktop(browser, bypass_csp=True).new_page()
    page.goto(product.base)
    page.get_by_label("Your message").fill("how do I add a printer")
    page.locator(".offered summary").first.click()
    assert faults_by_axe(page) == []
    page.emulate_media(color_scheme="dark")
    assert faults_by_axe(page, ["color-contrast"]) == []


def test_axe_finds_nothing_where_an_address_is_wrong_and_behind_a_mailed_link(browser: Browser, product: Mailing, catcher: Catcher) -> None:
    page = desktop(browser, bypass_csp=True).new_page()
    page.goto(f"{product.base}/sign-in")
    page.get_by_label("Mail address").fill("bob@localhost")
    page.get_by_role("button", name="Send me a link").click()
    page.get_by_role("alert").wait_for()
    assert page.get_by_label("Mail address").input_value() == "bob@localhost"
    assert faults_by_axe(page) == []
    page.get_by_label("Mail address").fill("bob@example.org")
    page.get_by_role("button", name="Send me a link").click()
    page.goto(catcher.link_to("bob@example.org"))
    assert faults_by_axe(page) == []
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/tickets")
    assert faults_by_axe(page) == []


def test_answers_are_read_searched_and_asked_for_without_scripts(browser: Browser, product: Mailing) -> None:
    context = desktop(browser, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{product.base}/")
    page.get_by_role("link", name="Look through all answers").click()
    page.get_by_label("Search the answers").fill("printer")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="How do I add a printer?").click()
    page.get_by_role("heading", name="How do I add a printer?").wait_for()
    page.get_by_role("link", name="Español").click()
    page.get_by_role("heading", name="¿Cómo agrego una impresora?").wait_for()
    page.goto(f"{product.base}/")
    page.get_by_label("Your message").fill("how do I add a printer")
    page.get_by_role("button", name="Send").click()
    page.get_by_role("button", name="Yes, solved").wait_for()
    context.close()


@pytest.mark.parametrize("path", ["/kb/en/printer-add", "/"])
def test_a_page_asks_this_site_alone_and_for_little(browser: Browser, product: Mailing, faults: Faults, path: str) -> None:
    context: BrowserContext = desktop(browser)
    page = faults.watch(context.new_page())
    asked: list[str] = []
    weight: list[int] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("response", lambda answer: weight.append(len(answer.body()) if answer.ok and "/events" not in answer.url else 0))
    page.goto(product.base + path, wait_until="load")
    assert asked
    assert not [url for url in asked if not url.startswith(product.base) and not url.startswith("data:")]
    assert sum(weight) < 100_000
    context.close()
