"""In a real browser: an admin signs in at a provider, makes a webhook, sees that it works, and signs out."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

from tests.browser_product import Faults, Product, chromium, desktop
from tests.clouds.oidc import CLIENT, SECRET, OidcCloud, oidc_cloud
from tests.clouds.receiver import Receiver, receiver
from tests.journeys.test_browser_access import faults_by_axe

SETTINGS = "\n[channels.webhooks]\nallow_private = true\n"


class SignedInProduct(Product):
    """With a provider of sign-ins, of which it knows an admin by mail."""

    issuer = ""

    @property
    def _environment(self) -> dict[str, str]:
        return {**super()._environment, "OIDC_ISSUER": self.issuer, "OIDC_CLIENT_ID": CLIENT, "OIDC_CLIENT_SECRET": SECRET}


@contextmanager
def clouds() -> Iterator[tuple[OidcCloud, Receiver]]:
    """The provider, and a program that is told, in a thread of their own."""
    loop, stack = asyncio.new_event_loop(), AsyncExitStack()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def begin() -> tuple[OidcCloud, Receiver]:
        return await stack.enter_async_context(oidc_cloud()), await stack.enter_async_context(receiver())

    try:
        yield asyncio.run_coroutine_threadsafe(begin(), loop).result(10)
    finally:
        asyncio.run_coroutine_threadsafe(stack.aclose(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


def test_an_admin_signs_in_at_a_provider_makes_a_webhook_that_works_and_signs_out(tmp_path: Path) -> None:
    with chromium() as browser, clouds() as (provider, program):
        provider.claims |= {"email": "ana@example.org", "name": "Ana Admin"}
        SignedInProduct.issuer = provider.issuer
        product = SignedInProduct(tmp_path)
        described = tmp_path / "firstline.toml"
        described.write_text(described.read_text().replace("[desk]", '[desk]\nadmins = ["mail:ana@example.org"]') + SETTINGS)
        product.start()
        try:
            faults = Faults()
            page = faults.watch(desktop(browser, bypass_csp=False).new_page())
            page.goto(f"{product.base}/admin/webhooks")
            page.get_by_role("link", name="Sign in with 127.0.0.1").click()
            page.wait_for_url("**/admin/webhooks")
            page.get_by_text("Ana Admin").wait_for()

            page.get_by_label("What is it called?").fill("crm")
            page.get_by_label("Which address is called?").fill(program.url)
            page.get_by_role("button", name="Make a webhook").click()
            assert page.get_by_label("The secret; it is shown only now").input_value().startswith("whsec_")
            page.locator("#made").get_by_role("link", name="crm").click()
            page.get_by_role("button", name="Send a ping").click()
            page.locator("#deliveries").get_by_text("Ping").wait_for()
            while not page.locator("tr", has_text="Ping").get_by_text("arrived").count():
                page.reload()
            assert "Ping" in [one.body["type"] for one in program.heard]

            page.get_by_role("button", name="Sign out").click()
            page.wait_for_url(f"{product.base}/")
            page.goto(f"{product.base}/admin/webhooks")
            page.get_by_role("heading", name="Sign in to IT help").wait_for()
            assert faults == []
            looked = desktop(browser, bypass_csp=True).new_page()
            looked.goto(f"{product.base}/sign-in")
            assert faults_by_axe(looked) == []
        finally:
            product.stop()
