"""A coordinator's limits as two columns keep them; all abilities are null, and so include new ones."""

from typing import Any

from sqlalchemy import Row

from bot.core.people import UNLIMITED, Ability, Limits


def limits_kept(limits: Limits) -> dict[str, str | None]:
    """The columns' values."""
    kept = limits.answers
    everything = limits.abilities == UNLIMITED.abilities
    return {"abilities": None if everything else kept["abilities"], "provinces": kept["provinces"]}


def limits_in(row: Row[*tuple[Any, ...]]) -> Limits:
    """The limits in a row that has the columns; none where it was joined without any."""
    known = frozenset(Ability)
    abilities = known if row.abilities is None else known.intersection(row.abilities.split())
    return Limits(frozenset(map(Ability, abilities)), frozenset((row.provinces or "").split()))
