"""Classifiers of handwritten digits, which the examples register."""

import pickle
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sklearn.datasets import load_digits
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

EPOCHS = 20

type Point = dict[str, Any]


class Training:
    """Trains a network with one hidden layer."""

    def __init__(self, units: int) -> None:
        self.units = units
        self.network = MLPClassifier((units,), random_state=0)
        self.train_metrics: dict[str, float] = {}
        self.test_metrics: dict[str, float] = {}

    def epochs(self) -> Iterator[list[Point]]:
        """Train, and yield the points of each epoch."""
        seen, unseen, digits, expected = train_test_split(
            *load_digits(return_X_y=True), random_state=0
        )
        for step in range(EPOCHS):
            self.network.partial_fit(seen, digits, classes=range(10))
            self.train_metrics = self._measured(seen, digits)
            self.test_metrics = self._measured(unseen, expected)
            yield [{"key": k, "step": step, "value": v} for k, v in self.test_metrics.items()]

    def _measured(self, images: Any, digits: Any) -> dict[str, float]:
        loss = log_loss(digits, self.network.predict_proba(images))
        return {"accuracy": float(self.network.score(images, digits)), "loss": float(loss)}

    def session(self) -> dict[str, Any]:
        """Return the body of a document about the training."""
        return {
            "kind": "model_session",
            "framework": "scikit-learn",
            "hyperparameters": {"units": self.units},
            "packages": {"scikit-learn": version("scikit-learn")},
        }

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
