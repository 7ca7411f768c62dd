"""A headless Chromium that takes pictures: of what the chats show, drawn by us, and of the product's own pages."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from tests.browser_product import CHROMIUM

PHONE, DESK = 390, 1280  # pixels of a screen


@dataclass
class Studio:
    """Where pictures are put."""

    browser: Browser
    folder: Path

    async def drawn(self, name: str, html: str, width: int) -> None:
        """What the chats show: the whole page, as long as it is."""
        page = await self.browser.new_page(viewport={"width": width, "height": 100}, device_scale_factor=1.25)
        await page.set_content(html)
        await self._keep(page, name, full_page=True)
        await page.close()

    @contextlib.asynccontextmanager
    async def screen(self, width: int = DESK, dark: bool = False, **more: Any) -> AsyncIterator[Page]:
        """A browser of somebody's, with nothing open yet."""
        context = await self.browser.new_context(
            viewport={"width": width, "height": 844 if width == PHONE else 860}, device_scale_factor=1.5 if width == PHONE else 1, locale="en",
            is_mobile=width == PHONE, has_touch=width == PHONE, color_scheme="dark" if dark else "light", reduced_motion="reduce", bypass_csp=True, **more,
        )  # fmt: skip
        try:
            yield await context.new_page()
        finally:
            await context.close()

    async def seen(self, page: Page, name: str, whole: bool = False) -> None:
        """What the screen shows now. whole: with what one would have to scroll to."""
        await page.wait_for_load_state()
        await page.add_style_tag(content='body { font-family: "Liberation Sans", "DejaVu Sans", "Noto Color Emoji", sans-serif; }')  # the same on every machine
        await self._keep(page, name, full_page=whole)

    async def _keep(self, page: Page, name: str, full_page: bool) -> None:
        path = self.folder / f"{name}.png"
        await page.screenshot(path=path, full_page=full_page)


@contextlib.asynccontextmanager
async def studio(folder: Path) -> AsyncIterator[Studio]:
    """Open until left. folder: it is there."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--font-render-hinting=none"])
        yield Studio(browser, folder)
        await browser.close()
