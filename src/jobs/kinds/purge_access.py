from src.jobs.handlers import Handler
from src.jobs.purging import Purged, purged
from src.jobs.schedules import Nothing
from src.jobs.work import Work
from src.schemas.job import Kind
from src.services.accounts import AccountService
from src.services.attempts import AttemptService


async def purge_access(work: Work[Nothing]) -> Purged:
    tokens = await purged(work, lambda session: AccountService(session).purge_tokens())
    attempts = await purged(work, lambda session: AttemptService(session).purge())
    return Purged(rows=tokens.rows + attempts.rows)


handler = Handler(Kind("purge-access", Nothing), purge_access, schedule="27 3 * * *")
