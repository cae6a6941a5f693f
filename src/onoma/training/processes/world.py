"""The processes that train together, as one of them sees them; here the usual case, that it is alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from torch import Tensor, nn

    from onoma.features.batches import Indices

Result = TypeVar("Result")


class World:
    """One process by itself: nothing is shared out, and nothing is waited for.

    Of several (`onoma.training.processes.group.Group`) each has all the data and the whole network, and goes
    through the same batches. Of each it learns from its own share, the gradients become those of the whole
    batch, and all make the same update. So nothing but the random numbers of dropout differs, and a
    checkpoint is that of the first process.

    Attributes:
        rank: of this process, from 0.
        size: how many there are.
        local_rank: of this process on its machine.
        local_size: how many there are on this machine.
    """

    rank, size = 0, 1
    local_rank, local_size = 0, 1

    @property
    def leads(self) -> bool:
        """Whether this is the first one: it alone writes, scores and decides."""
        return self.rank == 0

    def own(self, batch: Indices) -> Indices:
        """Return this process's share of a batch: every so manieth unit, so that lengths are alike in all."""
        return batch if self.size == 1 else batch[self.rank :: self.size]

    def weigh(
        self, losses: Mapping[str, Tensor], counts: Callable[[], Mapping[str, float]]
    ) -> Mapping[str, Tensor]:
        """Return the losses of a share so weighed that their mean over the processes is that of the whole.

        Args:
            losses: of this process's share, by task; each a mean. []
            counts: says what each of them is a mean over.
        """
        return losses

    def merge(self, parameters: Iterable[nn.Parameter], value: float, stopping: bool = False) -> float:
        """Make gradients the mean over the processes; one that no process has stays None.

        Args:
            parameters: the same in all processes, in one order.
            value: a number that goes along, such as the loss.
            stopping: whether this process was asked to stop; see `stops`.

        Returns:
            The mean of the value.
        """
        return value

    def merge_rows(self, rows: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Return the mean over the processes of a gradient that has few rows.

        Args:
            rows: those that this process has, each once. [N]
            values: [N, D]

        Returns:
            All that any process has, in ascending order, and the mean.
        """
        return rows, values

    def begin_step(self, seed: int, epoch: int, step: int) -> None:
        """Let random numbers be this process's own: a function of seed, epoch, step and rank."""

    def spread(self, network: nn.Module) -> None:
        """Give all processes the weights that the first one has."""

    def lead(self, work: Callable[[], Result]) -> Result:
        """Let the first process work, and return what came of it in all.

        Raises:
            StoppedError: it was stopped.
        """
        return work()

    def of_first(self, value: float) -> float:
        """Return the first process's number, such as what its clock says."""
        return value

    def agree(self, facts: Mapping[str, Any]) -> None:
        """Refuse to go on where a process knows other facts than the first one.

        Raises:
            ProcessError: names the first fact that differs.
        """

    def stops(self, own: bool) -> bool:
        """Return whether the processes are to stop: all say the same, at the same place.

        Args:
            own: whether this one was asked to.
        """
        return own
