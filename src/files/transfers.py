"""Bounds on uploads and downloads of a process: each holds an open file and some memory."""

from src.core.places import Places
from src.files.errors import TooManyTransfersError, TransfersError

# With those to S3, connections and files stay below `src.api.connections.SPARE_FILES`.
MOST_UPLOADS, OWN_UPLOADS = 8, 4
MOST_DOWNLOADS, OWN_DOWNLOADS = 24, 8

UPLOADS = Places(MOST_UPLOADS, OWN_UPLOADS, TransfersError, TooManyTransfersError)
DOWNLOADS = Places(MOST_DOWNLOADS, OWN_DOWNLOADS, TransfersError, TooManyTransfersError)
