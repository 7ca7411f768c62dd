"""`python -m adapters.web.reporting.press`: HTML from standard input, PDF to standard output."""

from __future__ import annotations

import sys


def main() -> None:
    """All at once: a report is some pages."""
    from weasyprint import HTML  # type: ignore[import-not-found,import-untyped,unused-ignore]  # an extra, without types
    from weasyprint.urls import URLFetcher  # type: ignore[import-not-found,import-untyped,unused-ignore]

    class Nothing(URLFetcher):  # type: ignore[misc,unused-ignore]
        """What requesters wrote stands in reports, and must not make this computer call somebody, or read its files."""

        def fetch(self, url: str, headers: object = None) -> object:
            """Refused, whatever it is."""
            raise ValueError("nothing is fetched")

    document = HTML(string=sys.stdin.buffer.read().decode(), url_fetcher=Nothing())
    document.write_pdf(sys.stdout.buffer, pdf_variant="pdf/ua-1")


if __name__ == "__main__":
    main()
