"""A rolling update: two instances of the service behind nginx, and a worker, replaced one by one."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from workshop.jobs.rig import Rig as Jobs
from workshop.rigs.nginx import Proxy
from workshop.rigs.service import Service

STOP_SECONDS = 60

type Start = Callable[[Path], AbstractAsyncContextManager[Service]]


@dataclass
class Rollout:
    start: Start
    """Starts an instance of a release."""
    jobs: Jobs
    stack: AsyncExitStack
    """Ends the instances that are left."""
    instances: list[Service] = field(default_factory=list)
    replaced: int = 0

    async def begin(self, tree: Path, instances: int) -> list[int]:
        """Start a release, and return the ports of its instances."""
        self.instances = [await self._started(tree) for _ in range(instances)]
        await self.jobs.work("--grace", "2", tree=tree)
        return [each.port for each in self.instances]

    async def replace_all(self, tree: Path, proxy: Proxy) -> None:
        """Replace each instance, one after the other, and the worker."""
        for old in [*self.instances]:
            new = await self._started(tree)
            self.instances = [*(each for each in self.instances if each is not old), new]
            await proxy.send_to(*(each.port for each in self.instances))
            # uvicorn ends well, and then hands on the signal that it has obeyed.
            assert await _ended(old.process) == -signal.SIGTERM
            self.replaced += 1
        (worker,) = self.jobs.workers
        await self.jobs.work("--grace", "2", tree=tree)
        assert await _ended(worker) == 0
        self.jobs.workers.remove(worker)

    async def _started(self, tree: Path) -> Service:
        return await self.stack.enter_async_context(self.start(tree))


async def _ended(process: asyncio.subprocess.Process) -> int:
    process.terminate()
    async with asyncio.timeout(STOP_SECONDS):
        return await process.wait()
