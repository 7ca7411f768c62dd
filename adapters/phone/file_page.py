"""The page behind a link to a file: what it is, and the one thing to press. Nothing is loaded from anywhere. Pure."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from html import escape

from bot.domain.messages import Attachment
from bot.engine.tongue import Tongue

STYLE = """:root{color-scheme:light dark}
body{margin:0;padding:24px 16px;background:#f4f6f4;color:#1b2420;font:17px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',Arial,sans-serif}
main{max-width:440px;margin:0 auto;padding:24px;background:#fff;border:1px solid #d4dcd7;border-radius:12px;overflow-wrap:anywhere}
h1{margin:0 0 4px;font-size:20px}p{margin:0 0 16px}.desk{color:#55625b;margin-bottom:16px}
a,button{display:inline-block;padding:12px 20px;border:0;border-radius:8px;background:#1f6b5a;color:#fff;font:inherit;font-weight:600;
text-decoration:none;cursor:pointer}
a:focus-visible,button:focus-visible{outline:3px solid #1b2420;outline-offset:2px}
@media (prefers-color-scheme:dark){body{background:#111614;color:#e5ebe8}main{background:#1a211e;border-color:#303b36}.desk{color:#a3b1aa}
a,button{background:#84d3bc;color:#111614}a:focus-visible,button:focus-visible{outline-color:#e5ebe8}}"""
POLICY = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
LARGE = 1_000_000  # bytes


def safe(text: str) -> str:
    """Somebody's words in HTML."""
    return escape(text, quote=True)


@dataclass(frozen=True, slots=True)
class FilePage:
    """In one language. desk: whose file it is."""

    t: Tongue
    desk: str

    def there(self, file: Attachment, where: str, time: str) -> str:
        """It can be got now, at that address."""
        about = self.t.say("It can be opened for {time} from when the message was sent.", time=time)
        told = " · ".join(filter(None, (_size(file), about)))
        return self._page(file.name, told, f'<a href="{safe(where)}" download>{safe(self.t.say("Get the file"))}</a>')

    def late(self, file: Attachment, time: str) -> str:
        """The link opens it no more: one press sends a new one."""
        t = self.t
        why = t.say("A link opens the file for {time} only, so that nobody else gets it. A new link comes as a text message to the same number.", time=time)
        return self._page(file.name, why, self._press())

    def sent(self, file: Attachment) -> str:
        """It is on its way."""
        return self._page(file.name, self.t.say("A new link is on its way, as a text message to the number that got this one."))

    def not_sent(self, file: Attachment) -> str:
        """The network did not take it."""
        return self._page(file.name, self.t.say("The new link could not be sent just now. Please try again in a minute."), self._press())

    def too_often(self, file: Attachment) -> str:
        """Enough for now."""
        return self._page(file.name, self.t.say("Several new links were sent already. Look among your messages, or try again in an hour."))

    def gone(self) -> str:
        """There is nothing here, or no longer."""
        t = self.t
        why = t.say("This link leads nowhere any more: links to files are kept for a week. Write to the desk, and the file is sent again.")
        return self._page(t.say("No file"), why)

    def _press(self) -> str:
        return f'<form method="post"><button>{safe(self.t.say("Send me a new link"))}</button></form>'

    def _page(self, title: str, told: str, press: str = "") -> str:
        head = f'<!doctype html><html lang="{self.t.language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        body = f'<main><h1>{safe(title)}</h1><p class="desk">{safe(self.desk)}</p><p>{safe(told)}</p>{press}</main>'
        return f"{head}<title>{safe(title)}</title><style>{STYLE}</style>{body}</html>"


def _size(file: Attachment) -> str:
    if not file.size:
        return ""
    return f"{file.size / LARGE:.1f} MB" if file.size >= LARGE else f"{max(1, round(file.size / 1000))} kB"
