"""Who sends: of all processes that were started on one database, by mistake or not, one."""

import fcntl
import os
from io import FileIO

from storage.database import Database


class Duty:
    """The right to send from a database, held by one process at a time.

    It is a lock on a file beside the database. The kernel frees it when its holder ends, however that ends: a
    start after a kill never waits for it. The file stays, with the number of the process in it: whoever
    deleted it would let a second process in.
    """

    def __init__(self, database: Database) -> None:
        self._path = database.file.with_name(f"{database.file.name}-duty")
        self._held: FileIO | None = None

    def take(self) -> bool:
        """Take it if nobody else has it, without waiting; whether it is held here now."""
        if self._held:
            return True
        file = self._path.open("ab", buffering=0)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._held = file
        file.truncate(0)
        file.write(str(os.getpid()).encode())
        return True

    def holder(self) -> str:
        """The number of the process that holds it, or held it last; empty when that is not known."""
        return self._path.read_text() if self._path.exists() else ""

    def give_back(self) -> None:
        """Let another take it."""
        if self._held:
            self._held.close()
            self._held = None
