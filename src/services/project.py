from src.models.project import Project
from src.schemas.project import ProjectCreate, ProjectResponse, ProjectUpdate
from src.services.owned import OwnedService


class ProjectService(OwnedService[Project, ProjectCreate, ProjectUpdate, ProjectResponse]):
    model = Project
    response = ProjectResponse
