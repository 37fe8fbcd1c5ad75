"""The knowledge as files: out to a spreadsheet or to TOML, and what was edited in them back in."""

from bot.exchange.rows import LARGEST, REASONS, Fault
from bot.exchange.toml import to_toml
from bot.exchange.upload import Imported, read_upload
from bot.exchange.workbook import to_workbook

__all__ = ["LARGEST", "REASONS", "Fault", "Imported", "read_upload", "to_toml", "to_workbook"]
