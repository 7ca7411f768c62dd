"""An answer that nobody needs so much of."""

from __future__ import annotations

from bot.errors import DirectoryAway

MOST_BYTES = 1_000_000  # of one answer: a person has a few hundred or thousand


class TooLong(DirectoryAway):
    """The directory sends more than MOST_BYTES about one person."""

    def __init__(self) -> None:
        super().__init__(f"its answer is longer than {MOST_BYTES:,} bytes; see what answers at DIRECTORY_URL")
