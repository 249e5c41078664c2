"""What an operator runs by hand or by a timer: ``python -m src.commands --help``."""

from argparse import ArgumentParser
from datetime import timedelta

from src.core.blocking import blocking
from src.services.idempotency import IdempotencyService


def purge_answers(hours: float) -> None:
    """Forget the answers to POSTs with an Idempotency-Key that are older."""
    with blocking(IdempotencyService) as answers:
        purged = answers.purge(older_than=timedelta(hours=hours))
    print(f"Purged {purged} answers older than {hours:g} hours.")


def main(arguments: list[str] | None = None) -> None:
    parser = ArgumentParser(prog="python -m src.commands")
    commands = parser.add_subparsers(required=True, metavar="command")
    purge = commands.add_parser("purge-answers", help=purge_answers.__doc__)
    purge.add_argument("--hours", type=float, default=24, help="the age to keep (24)")
    purge.set_defaults(run=purge_answers)
    options = vars(parser.parse_args(arguments))
    options.pop("run")(**options)


if __name__ == "__main__":
    main()
