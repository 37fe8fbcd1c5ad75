"""A wrong setting is explained in one sentence that a person can act on, and every setting is documented."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined

import bot.config
from bot.config import DatabaseSettings, Settings, SettingsError, read_settings

ROOT = Path(bot.config.__file__).parent.parent
TOKEN = "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"
SUGGESTED = re.compile(r"^#\s*(?=[A-Z][A-Z0-9_]+=)", re.MULTILINE)
NAMES = [name.upper() for name in Settings.model_fields]


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty working directory; no setting comes from the developer's environment or .env file."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def put(monkeypatch: pytest.MonkeyPatch) -> Callable[[Mapping[str, str]], None]:
    """Sets settings in the environment."""

    def put(environment: Mapping[str, str]) -> None:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)

    return put


Put = Callable[[Mapping[str, str]], None]


def explained() -> list[str]:
    """The sentences about settings that are wrong."""
    with pytest.raises(SettingsError) as caught:
        read_settings(Settings)
    return str(caught.value).splitlines()


def default_of(name: str) -> str:
    """A setting's default as it would be written, "" when there is none."""
    default = Settings.model_fields[name.lower()].default
    if default is PydanticUndefined:
        return ""
    if isinstance(default, frozenset):
        return ",".join(map(str, sorted(default)))
    return str(default).lower() if isinstance(default, bool) else str(default)


def test_only_the_token_is_needed(put: Put) -> None:
    """With a token alone the bot can run: everything else has a default."""
    put({"BOT_TOKEN": TOKEN})
    settings = read_settings(Settings)
    assert settings.bot_token.get_secret_value() == TOKEN
    assert settings.bot_api_url == "https://api.telegram.org"
    assert settings.database_url.startswith("sqlite+aiosqlite:///")
    assert settings.admin_ids == frozenset()
    assert str(settings.zone) == "Asia/Phnom_Penh"
    assert settings.office_hours == "Mo-Fr 08:00-12:00,13:30-17:00"
    assert (settings.broadcast_rate, settings.paid_broadcasts) == (25, False)
    assert settings.log_level == "INFO"


@pytest.mark.parametrize("environment", [{}, {"BOT_TOKEN": ""}])
def test_missing_token(environment: dict[str, str], put: Put) -> None:
    """A missing token is explained with where to get one, and how to try the bot without."""
    put(environment)
    (sentence,) = explained()
    assert sentence.startswith("BOT_TOKEN is missing")
    assert "@BotFather" in sentence
    assert "make try" in sentence


def test_the_database_alone_needs_no_token(put: Put) -> None:
    """Where only the database is needed, no token is, and a wrong token does no harm."""
    assert read_settings(DatabaseSettings).database_url == default_of("DATABASE_URL")
    put({"BOT_TOKEN": "abc"})
    assert read_settings(DatabaseSettings).database_url == default_of("DATABASE_URL")


@pytest.mark.parametrize("name", [name for name in NAMES if name != "BOT_TOKEN"])
def test_empty_means_not_set(name: str, put: Put) -> None:
    """An empty value counts as not set."""
    put({"BOT_TOKEN": TOKEN})
    without = read_settings(Settings)
    put({name: ""})
    assert read_settings(Settings) == without


WRONG: list[tuple[str, str]] = [
    ("BOT_TOKEN", " "),
    ("BOT_TOKEN", "abc"),
    ("BOT_TOKEN", "123456789"),
    ("BOT_TOKEN", "123456789:"),
    ("BOT_TOKEN", ":AAEhBOweik6ad9r"),
    ("BOT_TOKEN", "១២៣:AAEhBOweik6ad9r"),
    ("BOT_TOKEN", f"{TOKEN} {TOKEN}"),
    ("BOT_TOKEN", f"https://api.telegram.org/bot{TOKEN}/getMe"),
    ("BOT_API_URL", "api.telegram.org"),
    ("BOT_API_URL", "ftp://telegram"),
    ("BOT_API_URL", "https://"),
    ("BOT_API_URL", "http://[localhost"),
    ("DATABASE_URL", "data/wgpd.db"),
    ("DATABASE_URL", "sqlite:///data/wgpd.db"),
    ("DATABASE_URL", "mysql://root:hunter2@localhost/wgpd"),
    ("DATABASE_URL", "sqlite+aiosqlite:///"),
    ("DATABASE_URL", "sqlite+aiosqlite:///:memory:"),
    ("ADMIN_IDS", "@sokha"),
    ("ADMIN_IDS", "1;2"),
    ("ADMIN_IDS", "1 2"),
    ("ADMIN_IDS", "-1"),
    ("ADMIN_IDS", "1.5"),
    ("ADMIN_IDS", "១២៣"),
    ("ADMIN_IDS", "9" * 30),
    ("ADMIN_IDS", "[1, 2]"),
    ("TIMEZONE", "Phnom Penh"),
    ("TIMEZONE", "Asia"),
    ("TIMEZONE", "../../etc/passwd"),
    ("TIMEZONE", "+7"),
    ("OFFICE_HOURS", "8-17"),
    ("OFFICE_HOURS", "Mo-Fr 8-17"),
    ("OFFICE_HOURS", "ច-សុ 08:00-17:00"),
    ("OFFICE_HOURS", "Mo-Fr 08:00-17:00; PH 08:00-12:00"),
    ("BROADCAST_RATE", "0"),
    ("BROADCAST_RATE", "31"),
    ("BROADCAST_RATE", "-1"),
    ("BROADCAST_RATE", "12.5"),
    ("BROADCAST_RATE", "២៥"),
    ("KEEP_ASKERS", "0"),
    ("KEEP_DRAFTS", "3651"),
    ("KEEP_NAMES", "a year"),
    ("KEEP_TALKS", "៩០"),
    ("PAID_BROADCASTS", "perhaps"),
    ("LOG_LEVEL", "LOUD"),
    ("LOG_LEVEL", "10"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_wrong_setting(name: str, value: str, put: Put) -> None:
    """A wrong setting gives one sentence that begins with its name."""
    put({"BOT_TOKEN": TOKEN, name: value})
    (sentence,) = explained()
    assert sentence.split()[0] == name
    assert sentence.endswith(".")
    assert len(sentence) > len(name) + 20
    assert TOKEN not in sentence
    assert "hunter2" not in sentence


@pytest.mark.parametrize("name", NAMES)
def test_a_token_in_the_wrong_place(name: str, put: Put) -> None:
    """A token that was pasted into another setting, or beside something else, is not repeated."""
    put({"BOT_TOKEN": TOKEN, name: f"x{TOKEN}"})
    sentences = explained()
    assert [sentence.split()[0] for sentence in sentences] == [name]
    assert "AAEhBOweik6ad9r_QXMENQjcrGbqCr4K" not in sentences[0]


def test_every_wrong_setting_is_told(put: Put) -> None:
    """Several wrong settings give a sentence each, so that one start is enough to see all."""
    put({"BOT_TOKEN": "x", "ADMIN_IDS": "y", "TIMEZONE": "z", "LOG_LEVEL": "w"})
    names = [sentence.split()[0] for sentence in explained()]
    assert sorted(names) == ["ADMIN_IDS", "BOT_TOKEN", "LOG_LEVEL", "TIMEZONE"]


def test_nothing_else_is_shown(put: Put) -> None:
    """The error hides pydantic's own, which repeats what was found."""
    put({"BOT_TOKEN": f"x{TOKEN}"})
    with pytest.raises(SettingsError) as caught:
        read_settings(Settings)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_the_token_is_not_printed(put: Put) -> None:
    """Whoever prints the settings does not print the token."""
    put({"BOT_TOKEN": TOKEN})
    settings = read_settings(Settings)
    for shown in (repr(settings), str(settings), str(settings.model_dump()), settings.model_dump_json()):
        assert "AAEhBOweik6ad9r" not in shown


@pytest.mark.parametrize(
    ("written", "ids"),
    [
        (" ", set()),
        ("1004", {1004}),
        ("1004,1005", {1004, 1005}),
        (" 1004 , 1005 ,", {1004, 1005}),
        (",,1004,,1004", {1004}),
        ("5000000000", {5_000_000_000}),
    ],
)
def test_admin_ids(written: str, ids: set[int], put: Put) -> None:
    """Administrators are numbers with commas between; spaces and empty places do no harm."""
    put({"BOT_TOKEN": TOKEN, "ADMIN_IDS": written})
    assert read_settings(Settings).admin_ids == ids


def test_small_slips_are_forgiven(put: Put) -> None:
    """Spaces around the token, a slash after the address and a level in small letters do no harm."""
    put({"BOT_TOKEN": f" {TOKEN}\n", "BOT_API_URL": "http://localhost:8081/", "LOG_LEVEL": "debug"})
    settings = read_settings(Settings)
    assert settings.bot_token.get_secret_value() == TOKEN
    assert (settings.bot_api_url, settings.log_level) == ("http://localhost:8081", "DEBUG")


def test_paid_rate(put: Put) -> None:
    """The rate of paid broadcasts may be up to a thousand a second, and no more."""
    put({"BOT_TOKEN": TOKEN, "PAID_BROADCASTS": "True", "BROADCAST_RATE": "1000"})
    assert read_settings(Settings).broadcast_rate == 1000
    put({"BROADCAST_RATE": "1001"})
    assert "from 1 to 1000" in explained()[0]


def test_env_file(folder: Path, put: Put) -> None:
    """Settings are read from .env, the environment counts more, and what is no setting does no harm."""
    lines = [f"BOT_TOKEN={TOKEN}", "ADMIN_IDS=1004,1005", "LOG_LEVEL=ERROR", "# ភាសាខ្មែរ", "OTHER=1"]
    (folder / ".env").write_text("\n".join(lines), encoding="utf-8")
    put({"LOG_LEVEL": "WARNING"})
    settings = read_settings(Settings)
    assert settings.bot_token.get_secret_value() == TOKEN
    assert settings.admin_ids == {1004, 1005}
    assert settings.log_level == "WARNING"


# The documents.


def example_lines() -> dict[str, str]:
    """What .env.example sets, also where it stands behind a # as a suggestion."""
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    return dict(re.findall(r"^([A-Z][A-Z0-9_]+)=(.*)$", SUGGESTED.sub("", text), re.MULTILINE))


def test_env_example_names_every_setting() -> None:
    """.env.example names every setting, and nothing that is no setting."""
    assert set(example_lines()) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_env_example_shows_defaults(name: str) -> None:
    """.env.example shows each setting's default, and no token."""
    assert example_lines()[name].strip() == default_of(name)


def test_env_example_works(folder: Path, put: Put) -> None:
    """A copy of .env.example with a token filled in is a working .env, also with its suggestions taken up."""
    put({"BOT_TOKEN": TOKEN})
    expected = read_settings(Settings)
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    for taken_up in (text, SUGGESTED.sub("", text)):
        (folder / ".env").write_text(taken_up, encoding="utf-8")
        assert read_settings(Settings) == expected


def test_readme_names_every_setting() -> None:
    """README.md names every setting with its default, and no setting that there is not."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in NAMES:
        rows = [line for line in text.splitlines() if f"`{name}`" in line]
        assert any(default_of(name) in row for row in rows), name
    assert set(re.findall(r"`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)=?`", text)) <= set(NAMES)
