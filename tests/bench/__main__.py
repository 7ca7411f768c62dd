"""`make bench`: the figures, each as a ratio to a baseline measured in the same run. No test depends on them."""

from __future__ import annotations

import argparse
import json
import os

from tests.bench import events, faq


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("events", "faq", "cold"))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found: dict[str, object] = {"load_average": os.getloadavg()[0]}
    if options.only in (None, "faq"):
        found["faq"] = faq.measure()
    if options.only in (None, "cold"):
        found["cold_start_s"] = round(events.cold_start(), 2)
    if options.only in (None, "events"):
        found["events"] = {mode: _compared(**pair) for mode, pair in events.measure().items()}
    print(json.dumps(found, indent=None if options.json else 2))


def _compared(bare: events.Figures, firstline: events.Figures) -> dict[str, float]:
    own, floor = (min(figures.steady, key=lambda took: events.percentile(took, 0.5)) for figures in (firstline, bare))
    return {
        "firstline_events_per_s": round(firstline.rate),
        "bare_events_per_s": round(bare.rate),
        "ratio": round(firstline.rate / bare.rate, 2),
        "firstline_cpu_us": round(min(firstline.cpu_us)),
        "bare_cpu_us": round(min(bare.cpu_us)),
        "firstline_p50_ms": round(events.percentile(own, 0.5) * 1000, 1),
        "firstline_p99_ms": round(events.percentile(own, 0.99) * 1000, 1),
        "bare_p50_ms": round(events.percentile(floor, 0.5) * 1000, 1),
        "bare_p99_ms": round(events.percentile(floor, 0.99) * 1000, 1),
        "p99_ratio": round(events.percentile(own, 0.99) / events.percentile(floor, 0.99), 2),
        "firstline_rss_mb": round(firstline.rss_mb),
    }


if __name__ == "__main__":
    main()
