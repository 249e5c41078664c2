"""The whole life of a feature, with the client that openapi-python-client has written.

Checked by mypy in its strict mode, and run: python life.py URL EMAIL PASSWORD
"""

import sys
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from service_client import AuthenticatedClient, Client
from service_client.api.access import log_in
from service_client.api.documents import list_documents, update_document
from service_client.api.projects import (
    create_project,
    delete_project,
    get_project,
    list_projects,
    update_project,
)
from service_client.models import (
    DocumentResponse,
    DocumentUpdate,
    DocumentUpdateBody,
    ListDocumentsKind,
    ListProjectsSort,
    Login,
    LoginForm,
    PageDocumentResponse,
    PageProjectResponse,
    Problem,
    ProblemErrors,
    ProjectConfig,
    ProjectConfigSettings,
    ProjectCreate,
    ProjectResponse,
    ProjectResponseStatus,
    ProjectUpdate,
)

DIRECT = {"trust_env": False}
"""Past the proxy of this machine."""


def of[T](kind: type[T], answer: object) -> T:
    assert isinstance(answer, kind), answer
    return answer


def log_in_as(url: str, email: str, password: str) -> AuthenticatedClient:
    with Client(base_url=url, httpx_args=DIRECT) as client:
        wrong = log_in.sync(client=client, body=LoginForm(email, password[1:]))
        problem = of(Problem, wrong)
        assert (problem.status, problem.title) == (401, "Unauthorized")
        login = of(Login, log_in.sync(client=client, body=LoginForm(email, password)))
        return AuthenticatedClient(base_url=url, token=login.access_token, httpx_args=DIRECT)


def create(client: AuthenticatedClient) -> ProjectResponse:
    new = ProjectCreate(name="Apollo")
    first = create_project.sync_detailed(client=client, body=new, idempotency_key="1")
    again = create_project.sync_detailed(client=client, body=new, idempotency_key="1")
    project = of(ProjectResponse, first.parsed)
    assert first.status_code is HTTPStatus.CREATED
    assert first.headers["Location"].endswith(f"/api/v1/projects/{project.id}")
    assert again.parsed == project
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (project.name, project.description, project.version) == ("Apollo", None, 1)
    assert project.status == ProjectResponseStatus.ACTIVE
    assert isinstance(project.id, UUID)
    assert isinstance(project.created_at, datetime)
    return project


def refuse(client: AuthenticatedClient) -> None:
    taken = of(Problem, create_project.sync(client=client, body=ProjectCreate(name="Apollo")))
    empty = of(Problem, create_project.sync(client=client, body=ProjectCreate(name="")))
    assert (taken.status, empty.status) == (409, 422)
    for problem in (taken, empty):
        assert [*of(ProblemErrors, problem.errors).additional_properties] == ["body.name"]
        assert problem.request_id


def page(client: AuthenticatedClient) -> None:
    for name in ("Gemini", "Mercury"):
        of(ProjectResponse, create_project.sync(client=client, body=ProjectCreate(name=name)))
    by_name = ListProjectsSort.NAME
    first = list_projects.sync(client=client, limit=2, sort=by_name, total=True)
    start = of(PageProjectResponse, first)
    cursor = of(str, start.next_cursor)
    rest = list_projects.sync(client=client, limit=2, sort=by_name, cursor=cursor)
    end = of(PageProjectResponse, rest)
    names = [project.name for project in (*start.items, *end.items)]
    assert names == ["Apollo", "Gemini", "Mercury"]
    assert (start.total, end.total, end.next_cursor) == (3, None, None)


def change(client: AuthenticatedClient, project: ProjectResponse) -> None:
    read = get_project.sync_detailed(project.id, client=client)
    assert read.parsed == project
    tag = read.headers["ETag"]
    moon = ProjectUpdate(description="Moon")
    changed = update_project.sync(project.id, client=client, body=moon, if_match=tag)
    assert of(ProjectResponse, changed).description == "Moon"
    stale = update_project.sync(project.id, client=client, body=moon, if_match=tag)
    assert of(Problem, stale).status == 412
    cleared = update_project.sync(project.id, client=client, body=ProjectUpdate(description=None))
    assert of(ProjectResponse, cleared).description is None
    assert of(ProjectResponse, cleared).status == project.status


def configure(client: AuthenticatedClient, project: ProjectResponse) -> None:
    """Change a body, which is one of a union, and find it by what it contains."""
    kind = ListDocumentsKind.PROJECT_CONFIG
    found = list_documents.sync(client=client, project_id=project.id, kind=kind)
    (document,) = of(PageDocumentResponse, found).items
    assert of(ProjectConfigSettings, of(ProjectConfig, document.body).settings).to_dict() == {}
    body = DocumentUpdateBody.from_dict({"primary_metric": "accuracy", "settings": {"depth": 3}})
    changed = update_document.sync(document.id, client=client, body=DocumentUpdate(body=body))
    config = of(ProjectConfig, of(DocumentResponse, changed).body)
    assert config.primary_metric == "accuracy"
    assert of(ProjectConfigSettings, config.settings)["depth"] == 3
    where = '{"settings": {"depth": 3}}'
    again = of(PageDocumentResponse, list_documents.sync(client=client, where=where))
    assert [each.id for each in again.items] == [document.id]


def delete(client: AuthenticatedClient, project: ProjectResponse) -> None:
    deleted = delete_project.sync_detailed(project.id, client=client)
    assert deleted.status_code is HTTPStatus.NO_CONTENT
    assert of(Problem, get_project.sync(project.id, client=client)).status == 404


if __name__ == "__main__":
    with log_in_as(*sys.argv[1:]) as service:
        created = create(service)
        refuse(service)
        page(service)
        change(service, created)
        configure(service, created)
        delete(service, created)
    print("lived")
