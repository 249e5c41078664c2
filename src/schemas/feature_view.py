from typing import Literal

from pydantic import MISSING

from src.models.feature_view import Features, FeatureViewBase, FeatureViewName, TtlSeconds
from src.models.types import BoolQuery, Int32Query
from src.schemas.base import EntityResponse, Payload
from src.schemas.page import PageQuery, Several


class FeatureViewCreate(FeatureViewBase, Payload):
    pass


class FeatureViewUpdate(Payload):
    """An absent field stays as it is; a null one is cleared, where that is allowed.

    Once the view has values, features can only be added. Name and entity never change, so that
    each version of a view is another meaning of its values.
    """

    features: Features | MISSING = MISSING
    ttl_seconds: TtlSeconds | MISSING = MISSING


class FeatureViewResponse(FeatureViewBase, EntityResponse):
    pass


class FeatureViewQuery(PageQuery):
    sort: Literal["id", "-id", "name", "-name"] = "-id"
    name: FeatureViewName | MISSING = MISSING
    name_in: Several[FeatureViewName] | MISSING = MISSING
    entity: FeatureViewName | MISSING = MISSING
    entity_in: Several[FeatureViewName] | MISSING = MISSING
    ttl_seconds_min: Int32Query | MISSING = MISSING
    ttl_seconds_max: Int32Query | MISSING = MISSING
    ttl_seconds_null: BoolQuery | MISSING = MISSING
