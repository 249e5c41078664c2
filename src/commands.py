"""What an operator runs by hand or by a timer: ``python -m src.commands --help``."""

import sys
from argparse import ArgumentParser
from datetime import timedelta
from getpass import getpass

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.exc import DBAPIError

from src.core.blocking import blocking
from src.core.errors import DomainError
from src.core.passwords import HASHER
from src.models.user import UserEmail, UserName
from src.schemas.access import PasswordSet
from src.schemas.user import UserCreate
from src.services.accounts import AccountService
from src.services.idempotency import IdempotencyService


def create_admin(email: str, name: str) -> None:
    """Make a user an active administrator with a new password, whether or not they exist."""
    password = PasswordSet.model_validate({"password": _ask_for_password()}).password
    password_hash = HASHER.hash(password.get_secret_value())
    with blocking(AccountService) as accounts:
        is_new = accounts.make_admin(UserCreate(email=email, name=name), password_hash)
    print(f"{email} {'was created as' if is_new else 'existed, and is now'} an administrator.")


def _ask_for_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().removesuffix("\n")
    password = getpass()
    if getpass("Again: ") != password:
        sys.exit("The passwords differ.")
    return password


def purge_access(days: float) -> None:
    """Forget tokens that ended longer ago, and attempts to log in that count no more."""
    with blocking(AccountService) as accounts:
        tokens, attempted = accounts.purge(older_than=timedelta(days=days))
    print(f"Purged {tokens} tokens that ended over {days:g} days ago.")
    print(f"Purged the attempts at {attempted} accounts.")


def purge_answers(hours: float) -> None:
    """Forget the answers to POSTs with an Idempotency-Key that are older."""
    with blocking(IdempotencyService) as answers:
        purged = answers.purge(older_than=timedelta(hours=hours))
    print(f"Purged {purged} answers older than {hours:g} hours.")


# argparse says "invalid email value": it takes the word from here.
def email(text: str) -> str:
    return TypeAdapter[str](UserEmail).validate_python(text)


def name(text: str) -> str:
    return TypeAdapter[str](UserName).validate_python(text)


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m src.commands")
    commands = parser.add_subparsers(required=True, metavar="command")
    admin = commands.add_parser("create-admin", help=create_admin.__doc__)
    admin.add_argument("--email", type=email, required=True)
    admin.add_argument("--name", type=name, required=True, help="of a user who does not exist yet")
    admin.set_defaults(run=create_admin)
    access = commands.add_parser("purge-access", help=purge_access.__doc__)
    access.add_argument("--days", type=float, default=30, help="the age to keep (30)")
    access.set_defaults(run=purge_access)
    answers = commands.add_parser("purge-answers", help=purge_answers.__doc__)
    answers.add_argument("--hours", type=float, default=24, help="the age to keep (24)")
    answers.set_defaults(run=purge_answers)
    return parser


def main(arguments: list[str] | None = None) -> None:
    options = vars(_parser().parse_args(arguments))
    try:
        options.pop("run")(**options)
    except ValidationError as error:
        first = error.errors()[0]
        sys.exit(f"{first['loc'][0]}: {first['msg']}")
    except DomainError as error:
        sys.exit(str(error))
    except DBAPIError as error:  # such as a table that is missing
        sys.exit(str(error.orig).partition("\n")[0])


if __name__ == "__main__":
    main()
