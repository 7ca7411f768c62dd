"""Logs on standard error: ids, never what people wrote, never a secret, whoever logs.

Everything goes through the standard library's loggers, ours and those of the libraries, and leaves through one formatter that redacts.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Iterator
from traceback import walk_tb
from types import TracebackType
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.errors import FirstlineError
from bot.redaction import Redactor, one_line

OURS = ("bot", "adapters", "kb")
MAX_TEXT = 2000  # characters of one value; libraries put whole payloads into a warning
MAX_FRAMES = 15
MAX_CHAIN = 6


def set_up(level: str, style: Literal["console", "json"], redactor: Redactor, stream: TextIO | None = None) -> None:
    """Send all logging there. level: ours; libraries speak from WARNING on (INFO at DEBUG: below that they log what people wrote)."""
    out = stream or sys.stderr
    renderer: Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if style == "console":
        colors = out.isatty()
        renderer = structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback, pad_event_to=0)
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.add_log_level,
                structlog.stdlib.ExtraAdder(),
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _Traces(level == "DEBUG"), _Redaction(redactor), renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level="INFO" if level == "DEBUG" else "WARNING", force=True)
    logging.captureWarnings(True)
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    logging.getLogger("uvicorn.access").disabled = True


class _Redaction:
    """The last step before rendering: every text of a line, cleaned and on one line."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        trace = event.pop("exception", None)
        cleaned = {one_line(str(key)): self._clean(value) for key, value in event.items() if key != "color_message"}  # uvicorn says all twice
        if trace:
            cleaned["exception"] = self._redactor.clean(trace)
        return cleaned

    def _clean(self, value: object) -> object:
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, dict):
            return {one_line(str(key)): self._clean(item) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._clean(item) for item in value]
        text = one_line(self._redactor.clean(value if isinstance(value, str) else repr(value)))
        return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}… ({len(text)} characters)"


class _Traces:
    """Exceptions as their types and places. Their messages may quote people: only those of our own errors and of the system stay, or at DEBUG all."""

    def __init__(self, with_messages: bool) -> None:
        self._with_messages = with_messages

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        info = event.pop("exc_info", None)
        error = info[1] if isinstance(info, tuple) else info if isinstance(info, BaseException) else None
        if error is not None:
            event["exception"] = "\n".join(self._lines(error))
        return event

    def _lines(self, error: BaseException) -> Iterator[str]:
        for number, one in enumerate(_chain(error)):
            message = str(one)
            told = message and (self._with_messages or isinstance(one, FirstlineError | OSError))
            yield f"{'caused by ' if number else ''}{type(one).__module__}.{type(one).__qualname__}{f': {one_line(message)[:MAX_TEXT]}' if told else ''}"
            yield from _places(one.__traceback__)


def _chain(error: BaseException) -> list[BaseException]:
    """The error, its parts if it is a group, and what it came from; each once."""
    found: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting and len(found) < MAX_CHAIN:
        one = waiting.pop(0)
        if one is None or one in found:
            continue
        found.append(one)
        if isinstance(one, BaseExceptionGroup):
            waiting.extend(one.exceptions)
        waiting.append(one.__cause__ or (None if one.__suppress_context__ else one.__context__))
    return found


def _places(trace: TracebackType | None) -> Iterable[str]:
    places = [f"  {frame.f_code.co_filename}:{line} in {frame.f_code.co_name}" for frame, line in walk_tb(trace)]
    return places[-MAX_FRAMES:]
