from src.jobs.handlers import Handler
from src.jobs.purging import Purged, purged
from src.jobs.schedules import Nothing
from src.jobs.work import Work
from src.schemas.job import Kind
from src.services.job import JobPurge


async def purge_jobs(work: Work[Nothing]) -> Purged:
    return await purged(work, lambda session: JobPurge(session).purge())


handler = Handler(Kind("purge-jobs", Nothing), purge_jobs, schedule="17 3 * * *")
