"""Mistakes in the uploads, the downloads and the purge of files."""

from workshop.planted.runner import Fault

_TESTS = tuple(f"tests/integration/test_files_{part}.py" for part in ("rules", "bounds", "purge"))

FILES = [
    Fault(
        "bytes of a purge deleted beside its transaction",
        "        await store.delete(md5)\n    return bool(rows)",
        '        __import__("asyncio").get_running_loop().create_task(store.delete(md5))\n    return bool(rows)',
        _TESTS,
    ),
    Fault(
        "content purged that was claimed lately",
        '        col(Content.claimed_at) < bindparam("before"),\n',
        '        col(Content.claimed_at) != bindparam("before"),\n',
        _TESTS,
    ),
    Fault(
        "content purged that a file has",
        "        ~exists().where(col(StoredFile.md5) == col(Content.md5)),\n",
        "",
        _TESTS,
    ),
    Fault(
        "content replaced by another with its MD5",
        "[0][0] != digest.sha256:",
        "[0][0] is None:",
        _TESTS,
    ),
    Fault(
        "quota not looked at again after the upload",
        "        _refuse_stored(file.status)\n        await self.check_quota(digest.size_bytes, quota)",
        "        _refuse_stored(file.status)",
        _TESTS,
    ),
    Fault(
        "content of a file changed",
        '    if status == "stored":\n        raise ConflictError(HAS_CONTENT)',
        "    pass",
        _TESTS,
    ),
    Fault(
        "announced checksum ignored",
        " or sha256 not in {None, self.sha256}",
        "",
        _TESTS,
    ),
    Fault("part of a broken upload kept", "        await store.drop(part)", "        pass", _TESTS),
    Fault(
        "cancelled caller goes on before its thread",
        "        await _ended(done)\n",
        "",
        _TESTS,
    ),
    Fault("scripts served as such", "if file.media_type in SHOWN else", "if True else", _TESTS),
    Fault(
        "range of one byte too many",
        "min(last + 1, size)",
        "min(last + 2, size)",
        _TESTS,
    ),
    Fault(
        "other uploads of an owner not counted",
        "if owner and self._taken[owner] >= self._most_of_owner:",
        "if False:",
        _TESTS,
    ),
]
