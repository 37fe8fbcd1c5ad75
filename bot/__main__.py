"""`python -m bot COMMAND`: one call each."""

import argparse
import asyncio
import sys
from pathlib import Path

from bot.config import DatabaseSettings, Settings, SettingsError, read_settings
from bot.knowledge import KnowledgeError


def main() -> int:
    """Run one command; 1 after a fault that the person who started it can mend."""
    arguments = _parser().parse_args()
    try:
        arguments.command(arguments)
    except (SettingsError, KnowledgeError) as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130  # what a shell reports for Ctrl+C
    return 0


def _run(_: argparse.Namespace) -> None:
    settings = read_settings(Settings)  # a wrong one is told before the slow imports

    from bot.run import run  # noqa: PLC0415 (loads the language tools)

    run(settings)


def _try(arguments: argparse.Namespace) -> None:
    from bot.sandbox.launcher import launch  # noqa: PLC0415 (only this command needs the sandbox)

    asyncio.run(launch(arguments.port, arguments.data))


def _migrate(_: argparse.Namespace) -> None:
    settings = read_settings(DatabaseSettings)

    from bot.run import migrate  # noqa: PLC0415 (as above)

    asyncio.run(migrate(settings))


def _forget(arguments: argparse.Namespace) -> None:
    settings = read_settings(DatabaseSettings)

    from bot.run import forget  # noqa: PLC0415 (as above)

    asyncio.run(forget(settings, arguments.number))


def _ask(arguments: argparse.Namespace) -> None:
    from bot.ask import ask, ask_jsonl  # noqa: PLC0415 (as above)
    from bot.run import phrases  # noqa: PLC0415 (as above)

    if arguments.jsonl:
        ask_jsonl(
            sys.stdin.buffer,
            sys.stdout,
            knowledge=arguments.knowledge,
            phrases=phrases(),
            language=arguments.language,
        )
    else:
        question = " ".join(arguments.question)
        ask(question, knowledge=arguments.knowledge, phrases=phrases(), language=arguments.language)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot", description="The WGPD bot.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    running = commands.add_parser("run", help="run the bot for real (needs BOT_TOKEN)")
    running.set_defaults(command=_run)

    trying = commands.add_parser("try", help="chat with the bot in a browser; no token needed")
    trying.add_argument("--port", type=int, default=8765, help="the page's port; 0 takes a free one")
    trying.add_argument("--data", type=Path, default=Path("data/sandbox"), help="where it keeps everything")
    trying.set_defaults(command=_try)

    migrating = commands.add_parser("migrate", help="bring the database up to date")
    migrating.set_defaults(command=_migrate)

    forgetting = commands.add_parser("forget", help="forget people again whom a restored backup brought back")
    forgetting.add_argument("number", type=int, nargs="+", help="a person's Telegram number")
    forgetting.set_defaults(command=_forget)

    asking = commands.add_parser("ask", help="answer questions in the terminal")
    asking.add_argument("question", nargs="*")
    asking.add_argument("--jsonl", action="store_true", help="a question a line in, a JSON object a line out")
    asking.add_argument("--language", choices=("km", "en"), help="answer in this language")
    asking.add_argument(
        "--knowledge",
        type=Path,
        default=Path(__file__).parent.parent / "messages" / "knowledge",
        help="a folder of knowledge in TOML",
    )
    asking.set_defaults(command=_ask)
    return parser


if __name__ == "__main__":
    sys.exit(main())
