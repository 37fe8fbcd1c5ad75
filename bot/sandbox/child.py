"""The real bot as the launcher's child: it ends when the launcher does, even by a kill."""

import os
import signal
import sys
from threading import Thread

from bot.config import Settings, read_settings
from bot.run import run


def main() -> None:
    """Run the bot until told to stop, or until standard input closes."""
    Thread(target=_stop_when_input_closes, daemon=True).start()
    run(read_settings(Settings))


def _stop_when_input_closes() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
