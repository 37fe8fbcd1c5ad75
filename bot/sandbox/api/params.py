"""The parameters of one call, however they arrived: form fields, multipart, query or JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bot.sandbox.api.errors import bad_request


class Upload(NamedTuple):
    """A file sent with a call."""

    name: str
    content: bytes
    mime: str


@dataclass(frozen=True)
class Params:
    """Typed reading of parameters; a value is text (JSON for what is not text) or already a JSON value."""

    values: Mapping[str, Any]
    files: Mapping[str, Upload] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None

    def text(self, name: str) -> str:
        """A string, "" when absent."""
        value = self.values.get(name)
        return "" if value is None else str(value)

    def number(self, name: str, default: int = 0) -> int:
        """An integer; what is not one counts as absent, as Telegram has it."""
        try:
            return int(self.values.get(name, default))
        except (TypeError, ValueError):
            return default

    def decimal(self, name: str) -> float:
        """A float; 400 when it is none."""
        try:
            return float(self.values.get(name, ""))
        except ValueError:
            raise bad_request(f"{name} is invalid") from None

    def flag(self, name: str) -> bool:
        """True for true, yes and 1."""
        return str(self.values.get(name, "")).lower() in {"true", "yes", "1"}

    def json(self, name: str, what: str = "") -> Any:
        """A JSON value, None when absent."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {what or name} JSON object") from None

    def upload(self, name: str) -> Upload | None:
        """The file of a parameter: sent under its name, or elsewhere as attach://…"""
        if name in self.files:
            return self.files[name]
        reference = self.text(name)
        return (
            self.files.get(reference.removeprefix("attach://")) if reference.startswith("attach://") else None
        )
