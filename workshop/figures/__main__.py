"""Print what a change of the template should make smaller, or at least no larger."""

import asyncio

import tests.environment  # noqa: F401  # before all else
from workshop.figures import journeys, sizes, times

sizes.show()
asyncio.run(journeys.show())
times.show()
