"""Tables of which a batch uses few rows: words, and pieces. Only these rows are updated.

A table's gradient is zero but for the rows of the batch. Updating all of it, as torch's optimisers do, takes
a time that grows with the vocabulary. Here a row is caught up with what it has missed when a batch is about
to use it, and all rows before dev is scored. What comes of it is what updating all rows would have come to,
but for rounding (`onoma.training.idle`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from onoma.nn.embedder import HasTables
from onoma.training.idle import IdleAccount
from onoma.training.optim import WeightAverage
from onoma.training.processes.world import World
from onoma.training.row_rules import RowRule, row_rule

SMALLEST = 200_000
"""Numbers in a table that is worth it; updating all of it is quicker below."""

_CHUNK = 2048
"""Rows that are caught up at once where all are: what is computed on the way stays in the cache."""

_NEVER = -1
"""In place of the update that last used a row: it has no momentum, and its average is what it is itself."""


class LazyTable:
    """A table whose rows are updated when they are used, by the rule of the optimiser that it belongs to.

    The optimiser must see no gradient of it: `take_gradient`. Its moments are where that keeps them.

    Args:
        module: the table.
        optimizer: whose moments it shares.
        group: the parameter's group in the optimiser.
        rule: the optimiser's.
        average: the table's running average, if there is one.
        world: the processes whose gradients are one.
    """

    def __init__(
        self,
        module: nn.Embedding,
        optimizer: torch.optim.Optimizer,
        group: int,
        rule: RowRule,
        average: Tensor | None,
        world: World,
    ) -> None:
        self._module, self._optimizer, self._group = module, optimizer, group
        self._rule, self._average, self._world = rule, average, world
        self._table = module.weight.detach()
        self._account = IdleAccount(rule.fade)
        self._last = torch.full((len(self._table),), _NEVER, dtype=torch.int32, device=self._table.device)
        self._rows = torch.zeros(0, dtype=torch.int64, device=self._table.device)
        self._gradient = self._table[:0]
        module.sparse = True
        self._hook = module.register_forward_pre_hook(self._before_use)
        self._complete_moments()

    @torch.no_grad()
    def take_gradient(self) -> Tensor | None:
        """Take the gradient off the parameter; return that of the batch's rows, None without one. [N, D]

        Of several processes all are to call it; the batch is then that of all.

        Raises:
            RuntimeError: the table was not used as one, so that rows were read which had not been caught up.
        """
        gradient, self._module.weight.grad = self._module.weight.grad, None
        if gradient is None:
            self._rows, self._gradient = self._rows[:0], self._gradient[:0]
        elif not gradient.is_sparse:
            raise RuntimeError("a table of words or pieces was used otherwise than by looking rows up")
        else:
            gradient = gradient.coalesce()
            self._rows, self._gradient = gradient.indices()[0], gradient.values()
        if self._world.size > 1:
            # Other processes have used other rows, and each of these is to be caught up in all of them.
            self._rows, self._gradient = self._world.merge_rows(self._rows, self._gradient)
            self._catch_up(self._rows)
            return self._gradient if len(self._rows) else None
        return None if gradient is None else self._gradient

    @torch.no_grad()
    def update(self, keep: float) -> None:
        """Update the rows whose gradient was taken.

        Args:
            keep: decay of the running average in this update.
        """
        account = self._account
        # Optimisers replace their groups and moments when they load a state, so neither is held here.
        rate = float(self._optimizer.param_groups[self._group]["lr"])
        if account.full:
            self.catch_up()
        account.add(self._rule.gain(account.step + 1, rate), keep)
        if len(self._rows):
            weights = self._table[self._rows]  # [N, D]
            moments = [moment[self._rows] for moment in self._moments()]
            self._rule.update(weights, moments, self._gradient, account.step, rate)
            for whole, part in zip((self._table, *self._moments()), (weights, *moments), strict=True):
                whole.index_copy_(0, self._rows, part)
            if self._average is not None:
                part = self._average[self._rows].lerp_(weights, 1 - keep)
                self._average.index_copy_(0, self._rows, part)
            self._last[self._rows] = account.step
        if "step" in (state := self._optimizer.state[self._module.weight]):
            state["step"].fill_(account.step)

    @torch.no_grad()
    def catch_up(self) -> None:
        """Catch all rows up."""
        for rows in torch.split((self._last != _NEVER).nonzero()[:, 0], _CHUNK):
            self._catch_up(rows)
        self._account.restart()

    def release(self) -> None:
        """Leave the table to others."""
        self._hook.remove()
        self._module.sparse = False

    def state(self) -> dict[str, Any]:
        """Return what, beside weights, average and optimiser, updates depend on."""
        return {"last": self._last, "account": self._account.state()}

    def load_state(self, state: dict[str, Any] | None, step: int) -> None:
        """Go on from a `state`, of which the network, the average and the optimiser have theirs already.

        Args:
            state: None where all rows are caught up.
            step: updates made so far.

        Raises:
            KeyError: the state lacks something.
            ValueError: it is of another table.
        """
        self._complete_moments()
        if state is None:
            self._account = IdleAccount(self._rule.fade, step)
            self._last.fill_(step)
            return
        self._account.load_state(state["account"])
        last = state["last"]
        if last.shape != self._last.shape or self._account.step != step:
            raise ValueError("a table's rows are of another table")
        used = last[last != _NEVER]
        if len(used) and not (self._account.start <= int(used.min()) and int(used.max()) <= step):
            raise ValueError("a table's rows are of another time")
        self._last.copy_(last)

    def _before_use(self, module: nn.Module, arguments: tuple[Any, ...]) -> None:
        if module.training:
            with torch.no_grad():
                self._catch_up(torch.unique(arguments[0]))

    def _catch_up(self, rows: Tensor) -> None:
        """Catch rows, each there once, up with all updates made so far. [N]"""
        last, account = self._last[rows], self._account  # [N]
        # What a row that was never used has missed is times zero.
        since = last.clamp_min(account.start)
        missed = account.since(since.cpu().numpy()).astype(np.float32)  # [4, N]
        updates, drift, mix, lag = torch.from_numpy(missed).to(self._table.device).unsqueeze(2)  # [N, 1] each
        wholes = [self._table, *self._moments(), *([] if self._average is None else [self._average])]
        weights, *others = parts = [whole[rows] for whole in wholes]  # [N, D] each
        moments = others[: len(self._rule.moments)]
        pull = self._rule.pull(moments, since.unsqueeze(1))
        if self._average is not None:
            parts[-1].addcmul_(mix, weights - parts[-1]).addcmul_(lag, pull, value=-1)
        weights.addcmul_(drift, pull, value=-1)
        for moment, factor in zip(moments, self._rule.factors(), strict=True):
            moment.mul_(factor**updates)
        for whole, part in zip(wholes, parts, strict=True):
            whole.index_copy_(0, rows, part)
        self._last[rows] = last.masked_fill_(last != _NEVER, account.step)

    def _moments(self) -> list[Tensor]:
        state = self._optimizer.state[self._module.weight]
        return [state[name] for name in self._rule.moments]

    def _complete_moments(self) -> None:
        """Make those that torch would make at its first update."""
        state = self._optimizer.state[self._module.weight]
        for name in self._rule.moments:
            if state.get(name) is None:
                state[name] = torch.zeros_like(self._table)
        if isinstance(self._optimizer, torch.optim.Adam):
            state.setdefault("step", torch.zeros((), device=self._table.device))


def lazy_tables(
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    average: WeightAverage | None,
    world: World | None = None,
) -> list[LazyTable]:
    """Take those tables of a network in hand that are worth it.

    Args:
        network: its tables give gradients of rows from now on, until they are released.
        optimizer: of all its weights.
        average: of all its weights; leaves these tables alone from now on.
        world: the processes that learn together.
    """
    world = world or World()
    return [
        LazyTable(
            module, optimizer, index, rule, average.leave_out(module.weight) if average else None, world
        )
        for module in _tables(network)
        for index, group in enumerate(optimizer.param_groups)
        if any(module.weight is one for one in group["params"])
        and (rule := row_rule(optimizer, group)) is not None
    ]


def _tables(network: nn.Module) -> Iterator[nn.Embedding]:
    """Large tables that learn, of modules that promise to do nothing with them but looking rows up."""
    for module in network.modules():
        if isinstance(module, HasTables):
            for table in module.tables():
                if table.weight.requires_grad and table.weight.numel() >= SMALLEST:
                    yield table
