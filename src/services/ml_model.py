from src.models.ml_model import MlModel
from src.schemas.ml_model import MlModelCreate, MlModelResponse, MlModelUpdate
from src.services.owned import OwnedService


class MlModelService(OwnedService[MlModel, MlModelCreate, MlModelUpdate, MlModelResponse]):
    model = MlModel
    response = MlModelResponse
