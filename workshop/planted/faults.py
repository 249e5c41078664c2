"""Mistakes that people make, each as a replacement of a text that stands in one place only."""

from workshop.planted.files import FILES
from workshop.planted.kinds import KINDS
from workshop.planted.metrics import METRICS
from workshop.planted.runner import Fault

JSON_TESTS = ("tests/integration/test_things.py", "tests/unit/test_types.py")
VALUES = [
    Fault(
        "name of 1,000 characters taken",
        "ProjectName = Annotated[NonBlank, Field(min_length=1, max_length=500)",
        "ProjectName = Annotated[NonBlank, Field(min_length=1, max_length=1000)",
    ),
    Fault(
        "description of 2,000 characters refused",
        "ProjectDescription = Annotated[Text | None, Field(max_length=2000)]",
        "ProjectDescription = Annotated[Text | None, Field(max_length=1999)]",
    ),
    Fault(
        "blank name taken",
        'NonBlank = Annotated[str, StringConstraints(pattern=rf"^[^\\x00]*{VISIBLE}[^\\x00]*$")]',
        'NonBlank = Annotated[str, StringConstraints(pattern=r"^[^\\x00]*$")]',
    ),
    Fault(
        "NUL in a text taken",
        'Text = Annotated[str, StringConstraints(pattern=r"^[^\\x00]*$")]',
        "Text = Annotated[str, StringConstraints()]",
    ),
    Fault("white space kept", "lambda text: text and text.strip()", "lambda text: text"),
    Fault("JSON of 40 levels taken", "JSON_DEPTH = 32", "JSON_DEPTH = 40", JSON_TESTS),
    Fault(
        "JSON of 100 bytes too many taken", "JSON_BYTES = 65_536", "JSON_BYTES = 65_636", JSON_TESTS
    ),
    Fault(
        "JSON of 100 bytes too few refused",
        "JSON_BYTES = 65_536",
        "JSON_BYTES = 65_436",
        JSON_TESTS,
    ),
    Fault(
        "NUL in a key of JSON taken",
        "[*value.keys(), *value.values()]",
        "[*value.values()]",
    ),
    Fault(
        "null for hyperparameters taken in PATCH",
        "    hyperparameters: Parameters | MISSING = MISSING",
        "    hyperparameters: Parameters | None | MISSING = MISSING",
    ),
    Fault(
        "null for an optional number refused in PATCH",
        "    count: Int32 | None | MISSING = MISSING",
        "    count: Int32 | MISSING = MISSING",
    ),
    Fault(
        "null for a required date taken",
        "    made: Date\n",
        "    made: Date | None\n",
    ),
    Fault(
        "optional time required",
        "    seen_at: Timestamp | None = None",
        "    seen_at: Timestamp | None",
    ),
    Fault(
        "unknown fields taken",
        "class ProjectCreate(ProjectBase, Payload):",
        "class ProjectCreate(ProjectBase):",
    ),
    Fault(
        "another default of tags",
        "    tags: Tags = Field(default_factory=dict, sa_type=JsonColumn)\n    status",
        '    tags: Tags = Field(default_factory=lambda: {"a": "b"}, sa_type=JsonColumn)\n    status',
    ),
    Fault("another default of a flag", "    ready: Bool = True", "    ready: Bool = False"),
    Fault(
        "number in a text taken",
        "Int32 = Annotated[int, Field(strict=True, ge",
        "Int32 = Annotated[int, Field(ge",
    ),
    Fault(
        "number of 33 bits taken",
        "Int32 = Annotated[int, Field(strict=True, ge=-(2**31), le=2**31 - 1)]",
        "Int32 = Annotated[int, Field(strict=True, ge=-(2**31), le=2**32)]",
    ),
    Fault(
        "1 taken for true",
        "Bool = Annotated[bool, Field(strict=True)]",
        "Bool = Annotated[bool, Field()]",
    ),
    Fault("decimal of three places taken", "Digits(12, 2)]", "Digits(13, 3)]"),
    Fault("negative decimal taken", "Annotated[Decimal, Field(ge=0), ", "Annotated[Decimal, "),
    Fault(
        "last digit of decimals lost",
        "return int(value.scaleb(self.places))",
        "return int(value.scaleb(self.places - 1)) * 10",
    ),
    Fault(
        "decimals sorted as text",
        "from sqlalchemy import BigInteger, Dialect, Numeric, TypeDecorator",
        "from sqlalchemy import Dialect, Numeric, TypeDecorator, String as BigInteger",
    ),
    Fault(
        "time taken for a date",
        '_DATE = re.compile(r"\\d{4}-\\d\\d-\\d\\d", re.ASCII)',
        '_DATE = re.compile(r"\\d{4}-\\d\\d-\\d\\d.*", re.ASCII)',
    ),
    Fault(
        "fractions of seconds lost",
        "return value.astimezone(UTC)",
        "return value.astimezone(UTC).replace(microsecond=0)",
    ),
    Fault(
        "member of an enum refused",
        'Literal["new", "used", "lost"]',
        'Literal["new", "used"]',
    ),
    Fault(
        "text that is no member of an enum taken",
        '    state: ThingPartState = Field(default="new", sa_type=String)',
        '    state: str = Field(default="new", sa_type=String)',
    ),
    Fault("address without a top-level domain taken", r"@({_LABEL}\.)+", r"@({_LABEL}\.)*"),
]
ROWS = [
    Fault(
        "fields in another order",
        "    made: Date\n    seen_at: Timestamp | None = None\n",
        "    seen_at: Timestamp | None = None\n    made: Date\n",
    ),
    Fault(
        "fields with a default shown first",
        "response.model_construct(**dict.fromkeys(response.model_fields))",
        "response.model_construct()",
    ),
    Fault(
        "ids of another version",
        "default_factory=uuid7, primary_key=True)\n    version",
        "default_factory=lambda: UUID(int=uuid7().int ^ 3 << 76), primary_key=True)\n    version",
    ),
    Fault(
        "clock of another year",
        "return datetime.now(UTC)",
        "return datetime.now(UTC).replace(year=2020)",
    ),
    Fault(
        "two times in a new row",
        'dict.fromkeys(("created_at", "updated_at"), now or utc_now()) |',
        '{"created_at": now or utc_now(), "updated_at": utc_now()} |',
    ),
    Fault(
        "created with 200",
        '@router.post("", status_code=HTTPStatus.CREATED)\nasync def create_project',
        '@router.post("")\nasync def create_project',
    ),
    Fault(
        "deleted with 200",
        '@router.delete("/{project_id}", status_code=HTTPStatus.NO_CONTENT)',
        '@router.delete("/{project_id}")',
    ),
    Fault(
        "Location of the collection",
        'f"{_collection_of(request, returned)}/{returned.id}"',
        'f"{_collection_of(request, returned)}"',
    ),
    Fault(
        "field forgotten in PATCH",
        "    ready: Bool | MISSING = MISSING\n",
        "",
    ),
]
CHANGES = [
    Fault("ETag of the first version", '"{shown.version}{digest}"', '"1{digest}"'),
    Fault("ETag of the row alone", '"{shown.version}{digest}"', '"{shown.version}"'),
    Fault("ETag of what is included refused", "{0,8})(-[0-9a-f]{16})?", "{0,8})"),
    Fault("null included for a row", "made.get(target)", "made.get(row_id)"),
    Fault(
        "If-Match ignored by DELETE",
        "projects.delete(project_id, if_match)",
        "projects.delete(project_id)",
    ),
    Fault(
        "If-Match ignored by PATCH",
        "projects.update(project_id, changes, if_match)",
        "projects.update(project_id, changes)",
    ),
    Fault(
        "version counted without a change",
        "case((differs, 1), else_=0)",
        "case((differs, 1), else_=1)",
    ),
    Fault(
        "version not counted",
        "case((differs, 1), else_=0)",
        "case((differs, 0), else_=0)",
    ),
    Fault(
        "time of change kept",
        "case((differs, now), else_=table.c.updated_at)",
        "table.c.updated_at",
    ),
    Fault(
        "time of change without a change",
        "case((differs, now), else_=table.c.updated_at)",
        "now",
    ),
    Fault("no ETag", 'headers["ETag"] = etag = etag_of(returned)', "etag = etag_of(returned)"),
    Fault("never 304", 'request.method == "GET" and is_not', 'request.method == "PUT" and is_not'),
    Fault(
        "Idempotency-Key ignored",
        "await (_once.answer(handle) if _once else handle())",
        "await handle()",
    ),
    Fault(
        "answer of a key not kept",
        "if given := await self.answers.claim(self.digest, self.fingerprint):",
        "if (given := await self.answers.claim(self.digest, self.fingerprint)) and not given:",
    ),
    Fault("taken value taken", 'UniqueConstraint("email"),', 'UniqueConstraint("email", "name"),'),
]
LISTS = [
    Fault(
        "cursor repeats a row",
        "row < values if self._descending else row > values",
        "row <= values if self._descending else row >= values",
    ),
    Fault("cursor skips equal values", 'else [name, "id"]', "else [name]"),
    Fault("no second page", "if len(rows) > query.limit else None", "if not rows else None"),
    Fault(
        "item too many",
        "self._response(row) for row in rows[: query.limit]",
        "self._response(row) for row in rows",
    ),
    Fault(
        "sort turned",
        "c.desc() if self._descending else c.asc()",
        "c.asc() if self._descending else c.desc()",
    ),
    Fault("sort by id alone", 'names = [name] if name == "id"', 'names = ["id"] if name'),
    Fault(
        "total ignores filters",
        "counted.where(*self._scope, *map(self._passes, filters))",
        "counted.where(*self._scope)",
    ),
    Fault(
        "filter by another value", "return columns[name] == value", "return columns[name] != value"
    ),
    Fault("least value left out", "return column >= value", "return column > value"),
    Fault("greatest value left out", "return column <= value", "return column < value"),
    Fault(
        "one of several values forgotten",
        "zip(_values_of(name), cycle(value),",
        "zip(_values_of(name), cycle(value[:1]),",
    ),
    Fault(
        "rows with a value for those without",
        "column.is_(None) == bind",
        "column.is_not(None) == bind",
    ),
    Fault("nulls first", "each.nulls_last() for each", "each.nulls_first() for each"),
    Fault("nulls skipped", "nulls.limit(missing)", "nulls.limit(0)"),
    Fault("nulls repeated", "others, after_null)", "others, False)"),
    Fault("filter forgotten", "    ready: BoolQuery | MISSING = MISSING\n", ""),
]
REFERENCES = [
    Fault(
        "cascade forgotten",
        '(["thing_id"], ["things.id"], ondelete="CASCADE")',
        '(["thing_id"], ["things.id"])',
    ),
    Fault(
        "cascade for set-null",
        '["things.id"], ondelete="SET NULL")',
        '["things.id"], ondelete="CASCADE")',
    ),
    Fault(
        "reference to itself unchecked",
        '        ForeignKeyConstraint(["within_id"], ["thing_parts.id"]),\n',
        "",
    ),
    Fault(
        "cascade for restrict",
        'ForeignKeyConstraint(["within_id"], ["thing_parts.id"])',
        'ForeignKeyConstraint(["within_id"], ["thing_parts.id"], ondelete="CASCADE")',
    ),
    Fault(
        "reference to another user's row",
        '        ForeignKeyConstraint(["project_id", "owner_id"], ["projects.id", "projects.owner_id"]),\n'
        '        Index(None, "project_id"),\n        Index(None, "model_type"),\n',
        '        ForeignKeyConstraint(["project_id"], ["projects.id"]),\n'
        '        Index(None, "project_id"),\n        Index(None, "model_type"),\n',
    ),
    Fault(
        "reference never cleared",
        "    spare_id: UUID | None | MISSING = MISSING",
        "    spare_id: UUID | MISSING = MISSING",
    ),
]
LINKS = [
    Fault(
        "link made twice",
        "upsert(table).values(row).on_conflict_do_nothing()",
        "upsert(table).values(row)",
    ),
    Fault("missing row conflicts with a link", "except MissingReferenceError", "except KeyError"),
    Fault(
        "link taken back that was none",
        "if not await _queries_of(self.link).remove",
        "if None is await _queries_of(self.link).remove",
    ),
    Fault(
        "links of all rows taken back",
        "is_it = [column == bindparam(column.name) for column in key]",
        "is_it = [column == bindparam(column.name) for column in key[1:]]",
    ),
    Fault(
        "links of all rows listed",
        "select(target).where(source == value, *own)",
        "select(target).where(*own)",
    ),
    Fault(
        "links of no row listed",
        "if not page.items:\n            await _Rows",
        "if page.total:\n            await _Rows",
    ),
    Fault(
        "first of several links alone filters",
        "is_one = target == value if name == target.name else among(target, name)",
        "is_one = target == bindparam(f'_{name}_0') if name != target.name else target == value",
    ),
    Fault(
        "links of any kind filter",
        "select(source).where(is_one)",
        "select(source)",
    ),
]
OWNERS = [
    Fault(
        "another user's rows listed",
        "select(*self._columns).where(*self._scope, *map(self._passes, filters))",
        "select(*self._columns).where(*map(self._passes, filters))",
    ),
    Fault(
        "another user's rows counted",
        "counted.where(*self._scope, *map(self._passes, filters))",
        "counted.where(*map(self._passes, filters))",
    ),
    Fault(
        "another user's row shown",
        '[columns.id == bindparam("_id"), *self._scope, *version]',
        '[columns.id == bindparam("_id"), *version]',
    ),
    Fault(
        "value taken by another user refused",
        'UniqueConstraint("owner_id", "name"),\n        one_of("status", ProjectStatus)',
        'UniqueConstraint("name"),\n        one_of("status", ProjectStatus)',
    ),
]
MEMORY_TESTS = ("tests/integration/test_caller_memory.py",)
MEMORY = [
    Fault(
        "revoked token remembered in its own process",
        "                self._tell(each)",
        "                pass",
        MEMORY_TESTS,
    ),
    Fault(
        "look-up remembered after a change",
        "if begun.changes != self._changes or not self._listener.is_alive:",
        "if not self._listener.is_alive:",
        MEMORY_TESTS,
    ),
    Fault(
        "callers remembered while nothing is heard",
        "monotonic() >= entry[1] or not self._listener.is_alive",
        "monotonic() >= entry[1]",
        MEMORY_TESTS,
    ),
    Fault(
        "expired token remembered",
        "min(self._seconds, lasts.total_seconds())",
        "self._seconds",
        MEMORY_TESTS,
    ),
    Fault(
        "role changed without an announcement",
        "        announce_change(self._session, entity_id)\n        return await",
        "        return await",
        MEMORY_TESTS,
    ),
    Fault(
        "callers remembered over a gap in what is heard",
        "each.missed()",
        "pass",
        ("tests/integration/test_listening.py", "--postgres"),
    ),
]
RULES = [
    Fault(
        "broken rule taken in PATCH",
        '        CheckConstraint("count <= most", name="count_le_most"),\n',
        "",
    ),
    Fault(
        "broken rule not named before the database",
        "and self.count > self.most:",
        "and self.count > self.most + 9:",
    ),
    Fault("broken rule not named by the database", "if held == 0]", "if held == 1]"),
    Fault("null breaks a rule", "self.most is not None and self.count", "self.count"),
]

JOB_TESTS = (
    *("tests/integration/test_jobs.py", "tests/integration/test_jobs_running.py"),
    *("tests/integration/test_jobs_schedules.py", "tests/integration/test_jobs_engines.py"),
)
JOBS = [
    Fault(
        "lease not named in what a worker writes",
        ' & (JOB["lease"] == bound("held"))',
        "",
        JOB_TESTS,
    ),
    Fault(
        "job succeeds after its cancellation",
        "    unless_cancelled=True,\n)\nFAIL",
        ")\nFAIL",
        JOB_TESTS,
    ),
    Fault("job taken before its time", "IS_QUEUED & _IS_DUE)", "IS_QUEUED)", JOB_TESTS),
    Fault(
        "jobs run in the order of their ids",
        'order_by(JOB["priority"], JOB["rank"], JOB["id"])',
        'order_by(JOB["id"])',
        JOB_TESTS,
    ),
    Fault(
        "lost worker counts as an attempt",
        '"attempt": JOB["attempt"] - 1,\n        "worker"',
        '"worker"',
        JOB_TESTS,
    ),
    Fault("poison jobs run for ever", '>= bindparam("most_losses")', "< 0", JOB_TESTS),
    Fault("stop counts as an attempt", ', "attempt": JOB["attempt"] - 1}', "}", JOB_TESTS),
    Fault(
        "lease not extended",
        'bookkeeping = {"lease_until": _LEASE, ',
        "bookkeeping = {",
        JOB_TESTS,
    ),
    Fault(
        "attempt goes on without its lease",
        '                attempt.end("lost")',
        "                pass",
        JOB_TESTS,
    ),
    Fault(
        "schedule fires once for each worker",
        "None, dedupe_key=key)",
        "None)",
        JOB_TESTS,
    ),
    Fault(
        "effect kept without the lease",
        "            raise LeaseLostError\n\n    async def fail",
        "            pass\n\n    async def fail",
        JOB_TESTS,
    ),
    Fault("open jobs of an owner unbounded", "if rank >= OPEN:", "if rank < 0:", JOB_TESTS),
    Fault(
        "lost messages not written anew",
        "            await deliver_again(session, Delivery(*each))",
        "            pass",
        (*JOB_TESTS, "--postgres"),
    ),
]

FAULTS = [
    *VALUES,
    *ROWS,
    *CHANGES,
    *LISTS,
    *REFERENCES,
    *LINKS,
    *OWNERS,
    *MEMORY,
    *RULES,
    *FILES,
    *JOBS,
    *KINDS,
    *METRICS,
]
