from src.jobs.handlers import Handler
from src.jobs.purging import Purged, purged
from src.jobs.schedules import Nothing
from src.jobs.work import Work
from src.schemas.job import Kind
from src.services.idempotency import IdempotencyService


async def purge_answers(work: Work[Nothing]) -> Purged:
    return await purged(work, lambda session: IdempotencyService(session).purge())


handler = Handler(Kind("purge-answers", Nothing), purge_answers, schedule="7 * * * *")
