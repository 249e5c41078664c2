import os
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from src.core.settings import Settings
from src.files.stores import S3_SCHEME

MOST_BYTES = 1_000_000_000_000
"""Highest setting of the size of a file."""
S3_BYTES = 5_368_709_120
"""Most that S3 copies, or takes in one PUT."""
_PLACE = re.compile(rf"{S3_SCHEME}[a-z0-9][a-z0-9.-]+[a-z0-9](/[A-Za-z0-9._-]+)*/?|(?!\w+:)[^:]+")


def _place(url: str) -> str:
    if not _PLACE.fullmatch(url) or url.startswith("~"):
        msg = "write the path of a folder, without ~, or s3://bucket/prefix"
        raise ValueError(msg)
    return url


def _is_writable(folder: Path) -> bool:
    """Return whether files can be stored in a folder that may have to be made."""
    try:
        there = next(each for each in (folder, *folder.parents) if each.exists())
        return there.is_dir() and os.access(there, os.W_OK | os.X_OK)
    except OSError:  # such as a name that is too long
        return False


class FilesSettings(Settings):
    files_url: Annotated[str, AfterValidator(_place)] = "files"
    """A folder, or `s3://bucket/prefix`, for the contents of files."""
    max_file_size: Annotated[int, Field(gt=0, le=MOST_BYTES)] = 5_000_000_000
    """Largest file in bytes; a larger one gets a 413."""
    file_quota: Annotated[int, Field(gt=0, le=1000 * MOST_BYTES)] = 100_000_000_000
    """Bytes that the files of one owner may have together; beyond it there is a 507."""

    def hazards(self) -> Iterator[str]:
        yield from super().hazards()
        if self.files_url.startswith(S3_SCHEME):
            yield from self._hazards_of_s3()
        elif self.in_production and "files_url" not in self.model_fields_set:
            yield "FILES_URL is not set: files would be stored where the service happens to run"
        elif not _is_writable(Path(self.files_url).absolute()):
            yield "FILES_URL has to name a folder in which the service can write"

    def _hazards_of_s3(self) -> Iterator[str]:
        if find_spec("obstore") is None:
            yield "FILES_URL=s3://... needs the package obstore: pip install 'obstore>=0.12.1'"
        if self.max_file_size > S3_BYTES:
            yield f"MAX_FILE_SIZE is above {S3_BYTES}, the most that S3 copies at once"
