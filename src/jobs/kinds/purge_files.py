from pydantic import BaseModel

from src.files.settings import FilesSettings
from src.files.stores import store_of
from src.jobs.handlers import Handler
from src.jobs.schedules import Nothing
from src.jobs.work import Work
from src.schemas.job import Kind
from src.services.stored_file_purge import purge


class FilesPurged(BaseModel):
    parts: int
    files: int
    contents: int


async def purge_files(work: Work[Nothing]) -> FilesPurged:
    store = store_of(work.settings_of(FilesSettings).files_url)
    purged = await purge(work.database, store, tell=work.progress)
    return FilesPurged(**purged._asdict())


handler = Handler(Kind("purge-files", Nothing), purge_files, schedule="37 3 * * *")
