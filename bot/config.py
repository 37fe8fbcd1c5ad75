"""The settings: read once from the environment and `.env`, checked, and explained when wrong."""

import re
from typing import Annotated, Any, Final, Literal, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.core.retention import Retention
from bot.core.subscribers import Hours, read_quiet_hours
from bot.logs import redact

_TOKEN: Final = re.compile(r"\d+:[\w-]+", re.ASCII)
TELEGRAM: Final = "https://api.telegram.org"


class SettingsError(Exception):
    """A setting is missing or wrong; the message names it, what was found, and what to do."""


class DatabaseSettings(BaseSettings):
    """What is needed where only the database is. An empty value counts as not set."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore"
    )

    database_url: str = "sqlite+aiosqlite:///data/wgpd.db"

    @field_validator("database_url", mode="after")
    @classmethod
    def _database(cls, value: str) -> str:
        # What is found is not repeated: a database address may hold a password.
        path = value.removeprefix("sqlite+aiosqlite:///")
        if path in (value, "", ":memory:"):
            raise ValueError("is no SQLite address; write it as sqlite+aiosqlite:///data/wgpd.db")
        return value


class Settings(DatabaseSettings):
    """Everything that can be set. Each is described in README.md and .env.example."""

    bot_token: SecretStr
    bot_api_url: str = TELEGRAM
    admin_ids: Annotated[frozenset[int], NoDecode] = frozenset()
    timezone: str = "Asia/Phnom_Penh"
    office_hours: str = "Mo-Fr 08:00-12:00,13:30-17:00"
    quiet_hours: str = "20:00-07:00"
    second_pair_of_eyes: bool = False
    seats_per_council: int = 5
    keep_askers: int = 90
    keep_talks: int = 90
    keep_drafts: int = 30
    keep_requests: int = 180
    keep_names: int = 365
    keep_deliveries: int = 365
    keep_invitations: int = 30
    paid_broadcasts: bool = False
    broadcast_rate: int = 25  # after paid_broadcasts, on which its bound depends
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def hours(self) -> Hours:
        """When broadcasts leave people in peace, unless they chose otherwise."""
        return Hours(self.zone, read_quiet_hours(self.quiet_hours))

    @property
    def retention(self) -> Retention:
        """How long personal data is kept."""
        return Retention(
            askers=self.keep_askers,
            talks=self.keep_talks,
            drafts=self.keep_drafts,
            requests=self.keep_requests,
            names=self.keep_names,
            deliveries=self.keep_deliveries,
            invitations=self.keep_invitations,
        )

    @field_validator("bot_token", mode="after")
    @classmethod
    def _token(cls, value: SecretStr) -> SecretStr:
        if not _TOKEN.fullmatch(value.get_secret_value().strip()):
            raise ValueError("is no bot token (123456789:letters): copy it from @BotFather again")
        return SecretStr(value.get_secret_value().strip())

    @field_validator("bot_api_url", mode="after")
    @classmethod
    def _url(cls, value: str) -> str:
        try:
            address = urlsplit(value)
        except ValueError:
            address = urlsplit("")
        if address.scheme not in ("http", "https") or not address.netloc:
            raise ValueError(f"is {value!r}; write it as {TELEGRAM}")
        return value.rstrip("/")

    @field_validator("admin_ids", mode="before")
    @classmethod
    def _ids(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        parts = [part.strip() for part in value.split(",") if part.strip()]
        for part in parts:
            if not (part.isascii() and part.isdigit() and len(part) < 16):
                raise ValueError(f"holds {part!r}; write Telegram user ids (numbers) with commas between")
        return frozenset(int(part) for part in parts)

    @field_validator("timezone", mode="after")
    @classmethod
    def _timezone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"is {value!r}, which is no time zone; for example Asia/Phnom_Penh") from None
        return value

    @field_validator("office_hours", mode="after")
    @classmethod
    def _hours(cls, value: str) -> str:
        from bot.core.office import read_hours  # noqa: PLC0415 (loads the calendars; only `run` needs them)

        try:
            read_hours(value)
        except ValueError as problem:
            raise ValueError(f"is wrong: {problem}") from None
        return value

    @field_validator("quiet_hours", mode="after")
    @classmethod
    def _quiet(cls, value: str) -> str:
        try:
            read_quiet_hours(value)
        except ValueError:
            raise ValueError(f"is {value!r}; write it as 20:00-07:00, or none") from None
        return value

    @field_validator("paid_broadcasts", mode="before")
    @classmethod
    def _yes_or_no(cls, value: Any) -> Any:
        if isinstance(value, str) and value.strip().lower() not in ("true", "false"):
            raise ValueError(f"is {value!r}; write true or false")
        return value.strip() if isinstance(value, str) else value

    @field_validator("broadcast_rate", mode="before")
    @classmethod
    def _rate(cls, value: Any, info: ValidationInfo) -> Any:
        from bot.pacing import PAID_SENDS_A_SECOND, SENDS_A_SECOND  # noqa: PLC0415 (loads PTB; only `run` needs it)

        most = PAID_SENDS_A_SECOND if info.data.get("paid_broadcasts") else SENDS_A_SECOND
        written = str(value).strip()
        if not (written.isascii() and written.isdigit() and len(written) < 5 and 1 <= int(written) <= most):
            raise ValueError(f"is {value!r}; write a whole number of messages a second from 1 to {most}")
        return int(written)

    @field_validator("seats_per_council", mode="before")
    @classmethod
    def _seats(cls, value: Any) -> Any:
        written = str(value).strip()
        if not (written.isascii() and written.isdigit() and len(written) < 4 and 1 <= int(written) <= 100):
            raise ValueError(f"is {value!r}; write a whole number of seats from 1 to 100")
        return int(written)

    @field_validator(
        *("keep_askers", "keep_talks", "keep_drafts", "keep_requests"),
        *("keep_names", "keep_deliveries", "keep_invitations"),
        mode="before",
    )
    @classmethod
    def _days(cls, value: Any) -> Any:
        written = str(value).strip()
        if not (written.isascii() and written.isdigit() and len(written) < 5 and 1 <= int(written) <= 3650):
            raise ValueError(f"is {value!r}; write a whole number of days from 1 to 3650")
        return int(written)

    @field_validator("log_level", mode="before")
    @classmethod
    def _level(cls, value: Any) -> Any:
        level = value.upper() if isinstance(value, str) else value
        if level not in ("DEBUG", "INFO", "WARNING", "ERROR"):
            raise ValueError(f"is {value!r}; use DEBUG, INFO, WARNING or ERROR")
        return level


Kind = TypeVar("Kind", bound=DatabaseSettings)


def read_settings(kind: type[Kind]) -> Kind:
    """The settings of this kind, or SettingsError with one sentence for each that is wrong."""
    try:
        return kind()
    except ValidationError as problem:
        raise SettingsError("\n".join(_sentence(error) for error in problem.errors())) from None


def _sentence(error: Any) -> str:
    name = str(error["loc"][0]).upper()
    if name == "BOT_TOKEN" and error["type"] == "missing":
        return (
            "BOT_TOKEN is missing: get one from @BotFather in Telegram, and put BOT_TOKEN=… into .env "
            "or the environment (or run `make try`, which needs none)."
        )
    reason = error.get("ctx", {}).get("error")
    # A token may have been pasted into the wrong setting.
    return redact(f"{name} {reason}." if reason else f"{name} is wrong: {error['msg']}.")
