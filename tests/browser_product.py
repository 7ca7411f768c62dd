"""The product in a process of its own and a headless Chromium in front of it. Without a Chromium these journeys are skipped, by name."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.servers.kinds import free_port
from tests.servers.session import share

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable") if (found := shutil.which(name))), None)
CONFIG = """
[desk]
name = "IT help"
prefix = "IT"
[[tiers]]
level = 2
name = "Service desk"
[[tiers]]
level = 3
name = "Specialists"
[thread]
take_back = "0s"
"""
PATIENCE = 45_000  # milliseconds for anything to appear; it comes within a hundredth of that


class Product:
    """`firstline run` in a folder of its own, on a free port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "firstline.toml").write_text(CONFIG, encoding="utf-8")
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.sign_in = ""
        self._process: subprocess.Popen[str] | None = None
        shutil.copytree(_with_articles(), folder, dirs_exist_ok=True)

    def start(self) -> None:
        """Until it says where to go."""
        process = subprocess.Popen(self._line("run"), cwd=self.folder, env=self._environment, stdout=subprocess.PIPE, text=True)
        self._process = process
        assert process.stdout
        for line in process.stdout:
            if link := re.search(r"http://\S+/agent/sign-in/\S+", line):
                self.sign_in = link[0]
                threading.Thread(target=process.stdout.read, daemon=True).start()
                return
        raise AssertionError("it ended before it was up")

    def stop(self) -> None:
        """As an operator would."""
        if self._process:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def _line(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "bot", *words]

    @property
    def _environment(self) -> dict[str, str]:
        return {**_environment(), "PORT": str(self.port)}


def _environment() -> dict[str, str]:
    known = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    # What is looked at is the pages, and words find the sample entries: each start is a second shorter.
    return {**known, "PYTHONPATH": str(ROOT), "LOG_LEVEL": "ERROR", "ENCODER": "off"}


@cache
def _with_articles() -> Path:
    """The folder with the file that the import of the sample articles leaves: made once by each testing process."""
    made = Path(tempfile.mkdtemp(prefix="articles-", dir=share()))
    line = [sys.executable, "-m", "bot", "kb", "import", str(ROOT / "kb" / "articles")]
    subprocess.run(line, cwd=made, env=_environment(), check=True, capture_output=True, timeout=60)
    (made / "firstline.db.lock").unlink(missing_ok=True)
    return made


@contextmanager
def product_in(folder: Path) -> Iterator[Product]:
    """The product, running."""
    made = Product(folder)
    made.start()
    try:
        yield made
    finally:
        made.stop()


@contextmanager
def chromium(*switches: str) -> Iterator[Browser]:
    """A headless Chromium, with more of its switches if needed; skips when there is none."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: the browser journeys are not run")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: the browser journeys are not run")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", *switches])
        try:
            yield browser
        finally:
            browser.close()


class Faults(list[str]):
    """What went wrong in pages: uncaught errors, refusals of the content policy, and windows that a script opened."""

    def watch(self, page: Page) -> Page:
        """Collect from this page."""
        page.on("pageerror", lambda error: self.append(str(error)))
        page.on("dialog", lambda dialog: (self.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("console", lambda message: self.append(message.text) if "Content Security Policy" in message.text else None)
        return page


def phone(browser: Browser, **more: Any) -> BrowserContext:
    """A phone in portrait."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True, locale="en", **more)
    context.set_default_timeout(PATIENCE)
    return context


def desktop(browser: Browser, **more: Any) -> BrowserContext:
    """A wide screen."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en", **more)
    context.set_default_timeout(PATIENCE)
    return context


def ask(page: Page, words: str) -> None:
    """Type and send; returns when one's own words stand in the talk."""
    own = page.locator(".line.requester")
    before = own.count()
    page.get_by_label("Your message").fill(words)
    page.get_by_role("button", name="Send").click()
    own.nth(before).wait_for()


def agent_page(browser: Browser, product: Product, name: str = "Ann Agent", state: Path | None = None) -> Page:
    """Signed in through the printed link, or as before by what was kept in `state`."""
    if state and state.exists():
        page = desktop(browser, storage_state=str(state)).new_page()
        page.goto(f"{product.base}/agent")
        return page
    page = desktop(browser).new_page()
    page.goto(product.sign_in)
    page.get_by_label("Your name").fill(name)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/agent")
    if state:
        page.context.storage_state(path=str(state))
    return page
