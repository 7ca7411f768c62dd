"""The chat on somebody else's site: a shop with one script tag in it, on a wide screen, on a phone, and at night."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from playwright.async_api import FrameLocator, Page

from tests.pictures.desk import Desk
from tests.pictures.studio import DESK, PHONE, Studio

SHOP = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Umbrellas</title><meta name="viewport" content="width=device-width">
<style>body {{ margin: 0; font: 17px/1.6 "Liberation Sans", sans-serif; color: #222; background: #fbf7f2 }}
header {{ background: #7a0019; color: #fff; padding: 1rem 2rem; font-weight: 700 }} main {{ max-width: 42rem; padding: 1rem 2rem }}</style>
<header>Heron &amp; Daughters</header><main><h1>Umbrellas since 1911</h1><p>Hand-made in our own house, for rain from any side.</p>
<p>An umbrella of ours is mended for as long as you have it: send it to us, and write down what happened.</p></main>
<script src="{base}/widget.js" async data-accent="#7a0019"></script></html>"""


@contextmanager
def shop() -> Iterator[str]:
    """Its address; what stands behind ? in it is where the script comes from."""

    class Shop(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(SHOP.format(base=self.path.partition("?")[2]).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()


def held_by(site: str) -> str:
    """Of firstline.toml."""
    return f'[channels.web]\nwidget_sites = ["{site}"]\n'


async def tell(desk: Desk, shots: Studio, site: str) -> None:
    """Closed and open, by day on a wide screen; on a phone; at night."""
    async with shots.screen(DESK) as page:
        frame = await opened(f"{site}/?{desk.base}", page, shots, "widget-wide-1-closed")
        await frame.get_by_text("How can we help").wait_for()
        await asks(frame, "the printer says there is a paper jam")
        await shots.seen(page, "widget-wide-2-answered")
    async with shots.screen(PHONE) as page:
        frame = await opened(f"{site}/?{desk.base}", page, shots, "widget-phone-1-closed")
        await asks(frame, "the printer says there is a paper jam")
        await shots.seen(page, "widget-phone-2-answered")
    async with shots.screen(DESK, dark=True) as page:
        frame = await opened(f"{site}/?{desk.base}", page, shots, "widget-dark-1-closed")
        await asks(frame, "the printer says there is a paper jam")
        await shots.seen(page, "widget-dark-2-answered")


async def opened(site: str, page: Page, shots: Studio, name: str) -> FrameLocator:
    """The shop, and the widget in it once it was pressed."""

    await page.goto(site)
    button = page.get_by_role("button", name="Chat with")
    await button.wait_for()
    await shots.seen(page, name)
    await button.click()
    return page.frame_locator("firstline-chat iframe")


async def asks(frame: FrameLocator, words: str) -> None:
    """Until the desk has answered."""
    await frame.get_by_label("Your message").fill(words)
    await frame.get_by_role("button", name="Send").click()
    await frame.locator(".line.desk").first.wait_for()
