from functools import lru_cache
from pathlib import Path

from src.files.folder import Folder
from src.files.store import Store

S3_SCHEME = "s3://"


@lru_cache(maxsize=4)
def store_of(url: str) -> Store:
    """Return the store at an address of S3 or in a folder."""
    if not url.startswith(S3_SCHEME):
        return Folder(Path(url))
    from src.files.s3 import S3  # needs a package of its own

    return S3(url)
