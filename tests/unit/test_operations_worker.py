"""Numbers of the workers in Kubernetes that follow from their command and their settings."""

from tests.unit.test_operations import (
    DRIVER_SECONDS,
    SPARE_SECONDS,
    USABLE,
    command_of_image,
    connections_of_api,
    connections_of_server,
    option,
    pod_of,
    read,
)

LANES = 1
"""Without `--queues` there is the one of `--concurrency`."""


def test_jobs_have_the_time_that_they_are_promised() -> None:
    (container,) = pod_of("worker/deployment.yaml")["containers"]
    needed = option(container["command"], "--grace") + DRIVER_SECONDS + SPARE_SECONDS

    assert pod_of("worker/deployment.yaml")["terminationGracePeriodSeconds"] == needed


def test_workers_obey_a_stop_as_early_as_the_image_does() -> None:
    (container,) = pod_of("worker/deployment.yaml")["containers"]
    command = command_of_image("worker")

    assert container["command"][: len(command)] == command


def test_workers_find_connections_beside_the_api() -> None:
    (container,) = pod_of("worker/deployment.yaml")["containers"]
    (size,) = [
        int(each["value"]) for each in container["env"] if each["name"] == "DATABASE_POOL_SIZE"
    ]
    most = read("worker/scaling.yaml")["spec"]["maxReplicas"]
    connections = most * (2 * size + 1 + 3 * LANES)

    assert 2 * (connections_of_api() + connections) <= USABLE * connections_of_server()
