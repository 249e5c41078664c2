"""Print what a change of the template should make smaller, or at least no larger."""

import asyncio
import os

os.environ["DATABASE_URL"] = "sqlite://"
os.environ["ENVIRONMENT"] = "development"

from workshop.figures import journeys, sizes, times

sizes.show()
asyncio.run(journeys.show())
times.show()
