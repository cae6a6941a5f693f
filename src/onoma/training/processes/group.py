"""One of several processes that train together, over ``torch.distributed``.

Gradients are added up here, in flat buckets, and not by ``DistributedDataParallel``: that one averages the
gradients of equal shares of equally weighed losses, and wants every parameter to have one. Here losses are
means over tokens, sentences, spans or annotated documents, of which shares have different numbers; several
tasks share a network; some weights get no gradient from some batches; tables of words give rows. What DDP is
quicker by, sending while gradients are still computed, is nothing on a CPU, which is busy with either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn

from onoma.errors import ProcessError, StoppedError, excerpt
from onoma.training.processes.world import World

Result = TypeVar("Result")

_BUCKET = 1 << 22
"""Numbers that are sent at once: few calls, little memory."""

_CPU = torch.device("cpu")


class Group(World):
    """This process among others; ``torch.distributed`` has been started.

    Every method but `own` and `stops` is to be called by all processes, at the same place.

    Args:
        local_rank: of this process on its machine.
        local_size: how many there are on this machine.

    Raises:
        ProcessError: by any method: another process has ended, or does not answer.
    """

    def __init__(self, local_rank: int, local_size: int) -> None:
        self.rank, self.size = dist.get_rank(), dist.get_world_size()
        self.local_rank, self.local_size = local_rank, local_size
        self._stopping = False

    def weigh(
        self, losses: Mapping[str, Tensor], counts: Callable[[], Mapping[str, float]]
    ) -> Mapping[str, Tensor]:
        """As in `World`: a task's loss by its share of what all shares together are a mean over."""
        own = counts()
        totals = self._sum([own[task] for task in losses])
        return {
            # Times the size, since a mean over the processes follows.
            task: loss * (self.size * own[task] / total if total else 0.0)
            for (task, loss), total in zip(losses.items(), totals, strict=True)
        }

    @torch.no_grad()
    def merge(self, parameters: Iterable[nn.Parameter], value: float, stopping: bool = False) -> float:
        """As in `World`."""
        learned = [one for one in parameters if one.requires_grad]
        there = [float(one.grad is not None) for one in learned]
        value, wishes, *counts = self._sum([value, float(stopping), *there])
        self._stopping = self._stopping or wishes > 0
        shared = [one for one, count in zip(learned, counts, strict=True) if count]
        for one in shared:
            if one.grad is None:
                one.grad = torch.zeros_like(one)
        for bucket in _buckets([one.grad for one in shared if one.grad is not None]):
            flat = torch.cat([gradient.reshape(-1) for gradient in bucket])
            self._add_up(flat)
            flat /= self.size
            for gradient, part in zip(
                bucket, torch.split(flat, [one.numel() for one in bucket]), strict=True
            ):
                gradient.copy_(part.view_as(gradient))
        return value / self.size

    @torch.no_grad()
    def merge_rows(self, rows: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """As in `World`."""
        counts = [int(count) for count in self._sum([float(len(rows)) * (r == self.rank) for r in self._all])]
        if not any(counts):
            return rows, values
        padded = rows.new_zeros(max(counts))
        padded[: len(rows)] = rows
        found = [torch.empty_like(padded) for _ in self._all]
        with in_touch():
            dist.all_gather(found, padded)
        union = torch.unique(torch.cat([one[:count] for one, count in zip(found, counts, strict=True)]))
        merged = values.new_zeros(len(union), *values.shape[1:])
        merged[torch.searchsorted(union, rows)] = values
        self._add_up(merged)
        return union, merged.div_(self.size)

    def begin_step(self, seed: int, epoch: int, step: int) -> None:
        """As in `World`; those of the first process go on as they would if it were alone."""
        if self.rank:
            rng = np.random.default_rng((seed, epoch, step, self.rank))
            torch.manual_seed(int(rng.integers(2**63)))

    @torch.no_grad()
    def spread(self, network: nn.Module) -> None:
        """As in `World`."""
        for parameter in network.parameters():
            with in_touch():
                dist.broadcast(parameter.detach(), 0)

    def lead(self, work: Callable[[], Result]) -> Result:
        """As in `World`; the others wait as long as it takes, up to the time after which all is given up."""
        said: list[Any] = [None]
        if self.leads:
            try:
                said = [(work(),)]
            except StoppedError:
                self._stopping = True
                self._say(said)
                raise
        self._say(said)
        if said[0] is None:
            self._stopping = True
            raise StoppedError
        result: Result = said[0][0]
        return result

    def of_first(self, value: float) -> float:
        """As in `World`."""
        return self._sum([value if self.leads else 0.0])[0]

    def agree(self, facts: Mapping[str, Any]) -> None:
        """As in `World`."""
        first = self.lead(lambda: dict(facts))
        for name in dict.fromkeys((*first, *facts)):
            if first.get(name) != facts.get(name):
                raise ProcessError(
                    f"process {self.rank} has another {name} than the first one: give all the same files, "
                    "settings and version"
                )
        self._sum([0.0])  # nobody goes on before all have agreed

    def stops(self, own: bool) -> bool:
        """As in `World`: what came of the last update, or of the work of the first process."""
        return self._stopping

    @property
    def _all(self) -> range:
        return range(self.size)

    def _sum(self, values: Sequence[float]) -> list[float]:
        """Add numbers up over the processes."""
        flat = torch.tensor(values, dtype=torch.float64)
        self._add_up(flat)
        summed: list[float] = flat.tolist()
        return summed

    def _add_up(self, flat: Tensor) -> None:
        with in_touch():
            dist.all_reduce(flat)

    def _say(self, said: list[Any]) -> None:
        with in_touch():
            dist.broadcast_object_list(said, 0, device=_CPU)


def _buckets(gradients: Sequence[Tensor]) -> Iterator[list[Tensor]]:
    """Yield gradients that are sent together."""
    bucket: list[Tensor] = []
    size = 0
    for gradient in gradients:
        if bucket and size + gradient.numel() > _BUCKET:
            yield bucket
            bucket, size = [], 0
        bucket.append(gradient)
        size += gradient.numel()
    if bucket:
        yield bucket


@contextmanager
def in_touch() -> Iterator[None]:
    """Say in one line what torch says at length where another process cannot be reached."""
    try:
        yield
    except RuntimeError as error:
        said = excerpt(str(error).strip().partition("\n")[0].rpartition("] ")[2], 120)
        raise ProcessError(
            "another of the processes has ended, or does not answer, so that all end "
            f"({said}); what was saved goes on with --resume"
        ) from error
