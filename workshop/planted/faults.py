"""Mistakes that people make, each as a replacement of a text that stands in one place only."""

from workshop.planted.runner import Fault

VALUES = [
    Fault(
        "name of 1,000 characters taken",
        "ProjectName = Annotated[NonBlank, Field(min_length=1, max_length=100)",
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
    Fault("JSON of 40 levels taken", "JSON_DEPTH = 32", "JSON_DEPTH = 40"),
    Fault("JSON of 100 bytes too many taken", "JSON_BYTES = 65_536", "JSON_BYTES = 65_636"),
    Fault("JSON of 100 bytes too few refused", "JSON_BYTES = 65_536", "JSON_BYTES = 65_436"),
    Fault(
        "NUL in a key of JSON taken",
        "[*value.keys(), *value.values()]",
        "[*value.values()]",
    ),
    Fault(
        "null for settings taken in PATCH",
        "    settings: JsonObject | MISSING = MISSING",
        "    settings: JsonObject | None | MISSING = MISSING",
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
        "another default of settings",
        "    settings: JsonObject = Field(default_factory=dict, sa_type=JsonColumn)",
        '    settings: JsonObject = Field(default_factory=lambda: {"a": 1}, sa_type=JsonColumn)',
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
        "default_factory=uuid7",
        "default_factory=lambda: UUID(int=uuid7().int ^ 3 << 76)",
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
        'f"{path_of(request.scope)}/{returned.id}"',
        'f"{path_of(request.scope)}"',
    ),
    Fault(
        "field forgotten in PATCH",
        "    ready: Bool | MISSING = MISSING\n",
        "",
    ),
]
CHANGES = [
    Fault("ETag of the first version", "return f'\"{version}\"'", "return '\"1\"'"),
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
    Fault("no ETag", 'headers["ETag"] = etag_of(returned.version)', "etag_of(returned.version)"),
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
        "columns < values if self._descending else columns > values",
        "columns <= values if self._descending else columns >= values",
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
    Fault(
        "least value left out", 'removesuffix("_min")] >= value', 'removesuffix("_min")] > value'
    ),
    Fault(
        "greatest value left out", 'removesuffix("_max")] <= value', 'removesuffix("_max")] < value'
    ),
    Fault("filter forgotten", "    ready: BoolQuery | MISSING = MISSING\n", ""),
]
REFERENCES = [
    Fault("cascade forgotten", '["things.id"], ondelete="CASCADE")', '["things.id"])'),
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
        'UniqueConstraint("owner_id", "id"), UniqueConstraint("owner_id", "name")',
        'UniqueConstraint("owner_id", "id"), UniqueConstraint("name")',
    ),
]
FAULTS = [*VALUES, *ROWS, *CHANGES, *LISTS, *REFERENCES, *OWNERS]
