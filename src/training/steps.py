"""Makes the steps of a request into a transformer. Only child processes import this."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.base import TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from src.jobs.errors import JobError
from src.schemas.preprocessing import Drop, Encode, Impute, Scale, Select
from src.training.tables import Column, ColumnType, type_of
from src.training.transformers import ColumnStep, transformer_of

type Chain = tuple[int, ...]
"""The numbers of the steps that a column passes, from 0."""
type Matrix = NDArray[np.float64] | NDArray[np.object_]


@dataclass(frozen=True)
class Preparation:
    """What steps do with the columns of a table."""

    steps: Sequence[ColumnStep]
    given: Mapping[str, ColumnType]
    """The columns that are prepared, in the order of the file, with their types before."""
    chains: Mapping[str, Chain]
    types: Mapping[str, ColumnType]
    """Their types afterwards."""

    def transformer(self) -> TransformerMixin:
        """Return the steps, to be fitted on a matrix of the columns that are given.

        Columns that all pass the same steps are not taken apart: a matrix with another order in
        memory has other last digits.
        """
        places: dict[tuple[ColumnType, Chain], list[int]] = {}
        for place, (name, kind) in enumerate(self.given.items()):
            places.setdefault((kind, self.chains[name]), []).append(place)
        parts = [(_name_of(*key), self._part(*key), them) for key, them in places.items()]
        if len(parts) == 1:
            return parts[0][1]
        return ColumnTransformer(parts, sparse_threshold=0, verbose_feature_names_out=False)

    def _part(self, kind: ColumnType, chain: Chain) -> TransformerMixin:
        made: list[TransformerMixin] = []
        for step in (self.steps[number] for number in chain):
            made.append(transformer_of(step, None if kind == "text" else np.nan))
            kind = "number" if isinstance(step, Encode) else kind
        return make_pipeline(*made or [FunctionTransformer(feature_names_out="one-to-one")])

    def matrix(self, columns: Mapping[str, Column]) -> Matrix:
        """Join columns in the order in which the transformer takes them."""
        return joined(self.given, columns)

    def leaves_missing(self, name: str) -> bool:
        """Return whether a missing value of the column is still missing afterwards."""
        passed = (self.steps[number] for number in self.chains[name])
        return not any(isinstance(each, Impute | Encode) for each in passed)


def joined(types: Mapping[str, ColumnType], columns: Mapping[str, Column]) -> Matrix:
    dtype = object if "text" in types.values() else np.float64
    matrix: Matrix = np.empty((len(next(iter(columns.values()))), len(types)), dtype)
    for place, name in enumerate(types):
        matrix[:, place] = columns[name]
    return matrix


def prepare(steps: Sequence[ColumnStep], columns: Mapping[str, Column]) -> Preparation:
    """Apply the steps to the columns' names and types. Raises `JobError` if one does not fit."""
    given = {name: type_of(column) for name, column in columns.items()}
    types = dict(given)
    chains: dict[str, Chain] = dict.fromkeys(given, ())
    for number, step in enumerate(steps):
        names = [*_names(number, step, types)]
        if isinstance(step, Drop | Select):
            stays = isinstance(step, Select)
            types = {name: kind for name, kind in types.items() if (name in names) == stays}
            continue
        for name in names:
            chains[name] += (number,)
            types[name] = "number" if isinstance(step, Encode) else types[name]
    if not types:
        raise JobError("steps", "The steps leave no column.")
    left = {name: given[name] for name in types}
    return Preparation(steps, left, {name: chains[name] for name in left}, types)


def _names(number: int, step: ColumnStep, types: Mapping[str, ColumnType]) -> Iterator[str]:
    fitting = _types_for(step)
    for name in step.columns or types:
        if name not in types:
            reason = f"Step {number + 1} names {name}, which is no column, or none any more."
            raise JobError("steps", reason)
        if types[name] in fitting:
            yield name
        elif step.columns:
            reason = f"Step {number + 1} does not fit {name}, which has {types[name]}s."
            raise JobError("steps", reason)


def _types_for(step: ColumnStep) -> set[ColumnType]:
    match step:
        case Scale() | Impute(strategy="mean" | "median"):
            return {"number"}
        case Encode() | Impute(value=str()):
            return {"text"}
        case Impute(strategy="constant"):
            return {"number"}
    return {"number", "text"}


def _name_of(kind: ColumnType, chain: Chain) -> str:
    numbers = ", ".join(str(number + 1) for number in chain)
    return f"{kind}s: {f'steps {numbers}' if chain else 'no steps'}"
