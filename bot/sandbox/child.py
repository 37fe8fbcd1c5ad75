"""The real bot as the launcher's child: it ends when the launcher does, even by a kill."""

import os
import signal
from threading import Thread

from bot.config import Settings, read_settings
from bot.run import run


def main() -> None:
    """Run the bot until told to stop, or until standard input closes."""
    Thread(target=_stop_when_input_closes, daemon=True).start()
    run(read_settings(Settings))


def _stop_when_input_closes() -> None:
    while os.read(0, 4096):  # not sys.stdin: its lock would be held at the interpreter's end
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
