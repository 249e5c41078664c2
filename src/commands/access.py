import sys
from datetime import timedelta
from getpass import getpass

import click

from src.capabilities import safe_settings
from src.commands.batches import in_batches
from src.commands.bounds import age
from src.core.blocking import blocking
from src.schemas.access import PasswordSet
from src.schemas.user import UserCreate
from src.services.accounts import KEPT, AccountService
from src.services.attempts import AttemptService
from src.services.passwords import HASHER


@click.command
@click.option("--email", required=True)
@click.option("--name", required=True, help="Ignored if the user exists.")
def create_admin(email: str, name: str) -> None:
    """Make a user an active administrator with a new password, creating them if needed."""
    settings = safe_settings()
    user = UserCreate.model_validate({"email": email, "name": name})
    password = PasswordSet.model_validate({"password": _ask_for_password()}).password
    password_hash = HASHER.hash(password.get_secret_value())
    with blocking(AccountService, settings) as accounts:
        is_new = accounts.make_admin(user, password_hash)
    click.echo(
        f"{user.email} {'was created as' if is_new else 'existed, and is now'} an administrator."
    )


def _ask_for_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().removesuffix("\n")
    password = getpass()
    if getpass("Again: ") != password:
        sys.exit("The passwords differ.")
    return password


@click.command
@age("days", KEPT)
def purge_access(days: float) -> None:
    """Delete tokens that ended longer ago, and login attempts that no longer count."""
    older_than = timedelta(days=days)
    what = f"tokens that ended over {days:g} days ago"
    in_batches(AccountService, lambda accounts: accounts.purge_tokens(older_than=older_than), what)
    in_batches(AttemptService, lambda attempts: attempts.purge(), "accounts' attempts")
