"""Codes that are told at the door: short, and without letters or figures that look or sound alike."""

import secrets
from typing import Final

ALPHABET: Final = "34679ACDEFGHJKMNPRTWXY"
"""Without 0 O Q, 1 I L, 2 Z, 5 S, 8 B and U V."""
LENGTH: Final = 6


def new_code() -> str:
    """A code that nobody can guess; whoever keeps it sees to it that no other seat has it."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
