"""Logs for whoever runs the bot: plain lines on stderr, without the token and without personal data.

What happened is said in our own words, with numbers of updates and broadcasts, never of people. Of an error
its kind and its place are told, never its text; of what a library logs its sentence, never the values in it.
What slips through all the same is looked for in the finished line: tokens, telephone numbers, addresses.
"""

import errno
import logging
import re
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator, Mapping
from copy import copy
from datetime import date, timedelta
from typing import Any, Final, TextIO

import structlog

# A token may stand in an address or an exception's text, whoever logs it.
_TOKEN: Final = re.compile(r"\d{3,15}(?::|%3A)[A-Za-z0-9_-]{10,}")
_EMAIL: Final = re.compile(r"[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+")
_USERNAME: Final = re.compile(r"(?<![\w.])@[A-Za-z]\w{4,31}")
# How people write a telephone number; what else could be one is the number of an update, a line or seconds.
_TELEPHONE: Final = re.compile(r"(?!\d\.\d+\Z)(?:[+(0០]|.+[ -]).*", re.DOTALL)
# These log addresses with the token in them, or every update, below WARNING.
_NOISY: Final = ("httpx", "httpcore", "telegram", "apscheduler", "alembic", "aiosqlite", "asyncio")

log = structlog.get_logger()


def set_up_logs(level: str) -> None:
    """Send all that is logged, by whomever, through one formatter that takes personal data out."""
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, *_COMMON],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.ExceptionRenderer(lambda told: _place_and_kind(told[1])),
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
    # What Python would write by itself, texts included.
    sys.excepthook = lambda _, error, __: _note_end(error)
    threading.excepthook = lambda told: _note_end(told.exc_value)
    sys.unraisablehook = lambda told: _note_end(told.exc_value)
    warnings.showwarning = _note_warning


def _note_end(error: BaseException | None) -> None:
    """What nobody caught."""
    log.critical("the bot failed", error=kind_of(error), trace=trace_of(error))


def _note_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """What Python or a library warns of, without its words."""
    log.warning("a library warns", warning=category.__name__, place=f"{filename}:{lineno}")


class _Redacting(logging.Formatter):
    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        return redact(self._inner.format(record if _is_ours(record) else _without_values(record)))


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether it came through structlog, which keeps what happened as a dictionary."""
    return isinstance(record.msg, dict)


def _without_values(record: logging.LogRecord) -> logging.LogRecord:
    """What a library logged: its sentence with numbers, and without any text that was put into it."""
    told, args = copy(record), record.args
    sentence = record.msg if isinstance(record.msg, str) else str(_harmless(record.msg))
    try:
        if isinstance(args, Mapping):
            sentence %= {name: _harmless(value) for name, value in args.items()}
        elif args:
            sentence %= tuple(map(_harmless, args))
    except (TypeError, ValueError):
        pass  # a number was to be there: then the sentence without it
    # asyncio tells the task, its result and its error's text in further lines.
    told.msg = sentence.partition("\n")[0] if record.name == "asyncio" else sentence
    told.args = None
    return told


def _harmless(value: object) -> object:
    """What may be told of a value in a library's sentence."""
    match value:
        case bool() | int() | float() | date() | timedelta() | None:
            return value
        case BaseException():
            return kind_of(value)
        case _:
            return f"<{type(value).__name__}>"


def redact(text: str) -> str:
    """The text with every bot token, e-mail address, username and telephone number taken out."""
    named = _USERNAME.sub("<username>", _EMAIL.sub("<e-mail>", _TOKEN.sub("<token>", text)))
    for telephone in sorted(_telephones(named), key=len, reverse=True):
        named = named.replace(telephone, "<telephone>")
    return named


def _telephones(text: str) -> Iterator[str]:
    from phonenumbers import Leniency, PhoneNumberMatcher  # noqa: PLC0415 (a wrong setting is told before it loads)

    for found in PhoneNumberMatcher(text, "KH", leniency=Leniency.VALID, max_tries=1000):
        if _TELEPHONE.match(found.raw_string):
            yield found.raw_string


def kind_of(error: BaseException | None) -> str:
    """Which error it is, with the code that the machine or the database gave, and what caused it."""
    return " < ".join(_kind(one) for one in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__


def _kind(error: BaseException) -> str:
    number = error.errno if isinstance(error, OSError) else None
    code = getattr(error, "sqlite_errorname", None) or getattr(error, "sqlstate", None)
    code = code or errno.errorcode.get(number or 0)
    return f"{type(error).__name__}({code})" if code else type(error).__name__


def trace_of(error: BaseException | None) -> str:
    """Where an error arose, without its text: that may hold what a person wrote."""
    return "".join(traceback.format_tb(error.__traceback__)) if error else ""


def _place_and_kind(error: BaseException) -> str:
    return trace_of(error) + kind_of(error)


_COMMON: Final[list[Any]] = [
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
