"""Logs for whoever runs the bot: plain lines on stderr, without the token and without personal data."""

import logging
import re
import sys
import traceback
from typing import Any, Final

import structlog

# A token may stand in an address or an exception's text, whoever logs it.
_TOKEN: Final = re.compile(r"\d{3,15}(?::|%3A)[A-Za-z0-9_-]{10,}")
# These log addresses with the token in them, or every update, below WARNING.
_NOISY: Final = ("httpx", "httpcore", "telegram", "apscheduler", "alembic", "aiosqlite", "asyncio")


def set_up_logs(level: str) -> None:
    """Send structlog and the standard library's loggers through one formatter that takes tokens out."""
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_COMMON,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Redacting(formatter))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _NOISY:
        logging.getLogger(name).setLevel(max(logging.getLevelName(level), logging.WARNING))
    structlog.configure(
        processors=[*_COMMON, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=False,
    )


class _Redacting(logging.Formatter):
    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        return redact(self._inner.format(record))


def redact(text: str) -> str:
    """The text with every bot token taken out."""
    return _TOKEN.sub("<token>", text)


def trace_of(error: BaseException | None) -> str:
    """Where an error arose, without its text: that may hold what a person wrote."""
    return "".join(traceback.format_tb(error.__traceback__)) if error else ""


_COMMON: Final[list[Any]] = [
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
