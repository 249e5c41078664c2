from src.jobs.handlers import Handler
from src.jobs.purging import Purged, purged
from src.jobs.schedules import Nothing
from src.jobs.work import Work
from src.schemas.job import Kind
from src.services.dead_letter import DeadLetterPurge


async def purge_dead_letters(work: Work[Nothing]) -> Purged:
    return await purged(work, lambda session: DeadLetterPurge(session).purge())


handler = Handler(Kind("purge-dead-letters", Nothing), purge_dead_letters, schedule="47 3 * * *")
