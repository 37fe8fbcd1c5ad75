"""Numbers that stand where a person's number stood: nobody's, and a stranger's."""

from typing import Any, Final

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

NOBODY: Final = 0
"""The author of what has to have one, when its author is forgotten. Telegram gives nobody this number."""
LEAST_STRANGER: Final = -(2**53)
"""Telegram's numbers fit into 52 bits: whatever is not above this is no chat that a message could go to."""


class stranger(FunctionElement[int]):  # noqa: N801 (reads as a function of SQL, which it is)
    """The number of a chat that there never was, another in every row: they stay apart and tell of nobody."""

    type = BigInteger()
    inherit_cache = True


@compiles(stranger, "sqlite")
def _on_sqlite(_element: Any, _compiler: Any, **_: Any) -> str:
    return f"({LEAST_STRANGER} - abs(random() % {2**52}))"


@compiles(stranger, "postgresql")
def _on_postgresql(_element: Any, _compiler: Any, **_: Any) -> str:
    return f"({LEAST_STRANGER} - floor(random() * {2**52})::bigint)"
