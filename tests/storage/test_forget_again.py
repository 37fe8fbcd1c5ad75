"""After a backup was restored, whoever was forgotten since is forgotten again."""

import re
import shutil
import sqlite3
from pathlib import Path

import pytest

import bot.run
from bot.config import DatabaseSettings
from bot.core.personal import Forgotten
from storage.database import Database
from storage.personal.forgetting import StoredPersonalData
from tests.storage.records import NOW, meet, subscribe

OPERATIONS = Path(bot.run.__file__).parent.parent / "docs" / "operations.md"


async def test_forgotten_again(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The query of docs/operations.md finds them in the database put aside, and the command forgets them."""
    await subscribe(database, 7001, 7002)
    backup, aside = tmp_path / "backup.db", tmp_path / "data" / "aside.db"
    aside.parent.mkdir()
    await database.scrub()
    shutil.copy(database.file, backup)
    personal = StoredPersonalData(database, ())
    told = await personal.farewell(7001, NOW)
    assert isinstance(await personal.forget(7001, told.digest, NOW), Forgotten)
    await meet(database, 7003)  # somebody new, whom the backup does not know
    await database.scrub()
    shutil.copy(database.file, aside)
    shutil.copy(backup, aside.with_name("wgpd.db"))

    command = re.search(r'sqlite3 data/wgpd.db "(ATTACH.*?)"', OPERATIONS.read_text(encoding="utf-8"))
    assert command
    monkeypatch.chdir(tmp_path)
    restored = sqlite3.connect("data/wgpd.db")
    attach, query = command[1].split(";")
    restored.execute(attach)
    found = [number for (number,) in restored.execute(query)]
    restored.close()
    assert found == [7001]
    settings = DatabaseSettings(database_url="sqlite+aiosqlite:///data/wgpd.db")
    await bot.run.forget(settings, [7001, 7009])
    assert capsys.readouterr().out.splitlines() == ["7001: forgotten", "7009: nothing is kept"]
    assert b"person 7001" not in Path("data/wgpd.db").read_bytes()
