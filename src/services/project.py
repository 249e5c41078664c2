from src.models.project import Project
from src.schemas.document import DocumentCreate
from src.schemas.project import ProjectCreate, ProjectResponse, ProjectUpdate
from src.services.document import DocumentService
from src.services.owned import OwnedService


class ProjectService(OwnedService[Project, ProjectCreate, ProjectUpdate, ProjectResponse]):
    model = Project
    response = ProjectResponse

    async def create(self, data: ProjectCreate) -> ProjectResponse:
        """Create a project, and the document with its configuration."""
        project = await super().create(data)
        config = DocumentCreate(project_id=project.id, body={"kind": "project_config"})
        await DocumentService(self._session, self._owner_id).create(config)
        return project
