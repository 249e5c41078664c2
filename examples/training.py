"""Classifiers of handwritten digits, which the examples register."""

import pickle
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

EPOCHS = 20

type Point = dict[str, Any]


class Training:
    """Trains a network with one hidden layer."""

    def __init__(self, units: int) -> None:
        self.network = MLPClassifier((units,), random_state=0)
        self.measures: dict[str, float] = {}

    def epochs(self) -> Iterator[list[Point]]:
        """Train, and yield the points of each epoch."""
        seen, unseen, digits, expected = train_test_split(
            *load_digits(return_X_y=True), random_state=0
        )
        for step in range(EPOCHS):
            self.network.partial_fit(seen, digits, classes=range(10))
            accuracy = float(self.network.score(unseen, expected))
            self.measures = {"accuracy": accuracy, "loss": float(self.network.loss_)}
            yield [{"key": k, "step": step, "value": v} for k, v in self.measures.items()]

    def artefact(self) -> dict[str, Any]:
        """Store the network; return its address, checksum and size."""
        content = pickle.dumps(self.network)
        path = Path(tempfile.mkdtemp(prefix="digits-")) / "network.pickle"
        path.write_bytes(content)
        return {
            "storage_uri": path.as_uri(),
            "checksum": f"sha256:{sha256(content).hexdigest()}",
            "size_bytes": len(content),
        }
