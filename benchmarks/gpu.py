"""What can be checked on a GPU alone, in under four minutes: number formats, equal outputs, nccl.

    python benchmarks/gpu.py [--epochs 3] [--seconds 230] [--data en]

Trains small models on the bundled English corpus in fp32, bf16 and fp16 (losses scaled), compares losses,
outputs on CPU and GPU, a pretraining, and gradients that go through nccl: by a process a GPU where there are
several, and in any case by a group of one. Exit code 0 when all is as it should be, 1 when something is not,
2 where there is no GPU. When the time is up, checks that have not begun are left out, which is said and is
exit code 1: what was not checked is not known to be well.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
import torch.distributed as dist

from onoma.readers import RawText, read_documents
from onoma.resources import bundled_corpora
from onoma.runtime.torch_backend import TorchBackend
from onoma.training.assembly import Assembly
from onoma.training.config import RunConfig
from onoma.training.data import load_run_data
from onoma.training.pretraining.config import PretrainingConfig
from onoma.training.pretraining.run import Pretraining
from onoma.training.processes.group import Group
from onoma.training.processes.world import World
from onoma.training.run import Run
from onoma.training.settings import gather_settings

FORMATS = ("fp32", "bf16", "fp16")
MODELS = ("bilstm-crf", "transformer", "span")
NEAR = 0.15
"""Relative difference of the last losses of two number formats that is near."""
CLOSE = 2e-3
"""Largest difference of an output between CPU and GPU, TF32 off: sums are in another order."""
GPU, CPU = torch.device("cuda"), torch.device("cpu")


class CheckError(Exception):
    """Something is not as it should be."""


def configure(model: str, options: argparse.Namespace, **training: object) -> RunConfig:
    given = {"epochs": options.epochs, "device": "cuda", "train_sample": 0, **training}
    return gather_settings(model, given, data=options.data)


def check_formats(model: str, options: argparse.Namespace, folder: Path) -> str:
    """Train in each number format: the loss falls, and falls about as far."""
    losses: dict[str, list[float]] = {}
    for name in FORMATS:
        out = folder / f"{model}-{name}"
        for _ in Run(configure(model, options, precision=name), out).execute():
            pass
        rows = (out / "history.jsonl").read_text(encoding="utf-8").splitlines()
        losses[name] = [json.loads(row)["train_loss"] for row in rows]
    shown = ", ".join(f"{name} {row[0]:.4f} to {row[-1]:.4f}" for name, row in losses.items())
    for name, row in losses.items():
        if not row[-1] < row[0]:
            raise CheckError(f"the loss does not fall in {name}: {shown}")
        if abs(row[-1] - losses["fp32"][-1]) > NEAR * losses["fp32"][-1]:
            raise CheckError(f"{name} is far from fp32: {shown}")
    return shown


def check_outputs(model: str, options: argparse.Namespace) -> str:
    """Compare what one network puts out for some sentences on either device."""
    config = configure(model, options)
    splits = load_run_data(config.data, 13).splits
    made = Assembly(config, splits, CPU, pretrained=True)
    examples = made.examples["dev"]
    batch, _ = examples.input_batch(made.features, torch.arange(min(32, len(examples.lengths))).numpy())
    lengths = examples.lengths[: len(batch["lengths"])]
    on_cpu = TorchBackend(made.network, CPU).outputs(batch)
    on_gpu = TorchBackend(made.network.to(GPU), GPU).outputs(batch)
    largest = 0.0
    for name, values in on_cpu.items():
        for row, length in enumerate(lengths.tolist()):
            for token in range(length):
                # Scores of spans beyond their sentence may be anything.
                real = slice(None) if values.ndim == 3 else slice(0, length - token)
                apart = abs(on_gpu[name][row, token, real] - values[row, token, real])
                largest = max(largest, float(apart.max()))
    if largest > CLOSE:
        raise CheckError(f"outputs differ by {largest:.1e}")
    return f"outputs differ by {largest:.1e} at most"


def check_pretraining(options: argparse.Namespace, folder: Path) -> str:
    """Pretrain a little in each number format: perplexity falls, and about as far."""
    path = folder / "text.txt"
    documents = read_documents(bundled_corpora()[options.data] / "train.jsonl")
    path.write_text("".join(f"{' '.join(one.text.split())}\n" for one in documents), encoding="utf-8")
    found: dict[str, list[float]] = {}
    for name in FORMATS:
        config = PretrainingConfig(
            **{"size": "tiny", "pieces": 1000, "block": 64, "steps": 150, "begin": "random"},
            **{"device": "cuda", "precision": name, "evaluations": 3, "held_out": 0.1, "learning_rate": 2e-3},
        )
        job = Pretraining(RawText((str(path),)), config, folder / f"encoder-{name}")
        for _ in job.execute():
            pass
        found[name] = [row["perplexity"] for row in job.trainer.history]
    shown = ", ".join(f"{name} {row[0]:.1f} to {row[-1]:.1f}" for name, row in found.items())
    for name, row in found.items():
        if not row[-1] < row[0] or abs(row[-1] - found["fp32"][-1]) > NEAR * found["fp32"][-1]:
            raise CheckError(f"perplexity in {name} does not fall as in fp32: {shown}")
    return shown


def gradients(options: argparse.Namespace, world: World) -> list[torch.Tensor]:
    config = configure("bilstm-crf", options, precision="fp32")
    splits = load_run_data(config.data, 13).splits
    made = Assembly(config, splits, GPU, pretrained=True)
    objective = made.objective("fp32", world)
    made.network.train()
    for module in made.network.modules():
        for name in ("p", "rate", "dropout", "word_dropout"):
            if isinstance(getattr(module, name, None), float):
                setattr(module, name, 0.0)
    world.merge(made.network.parameters(), objective.backward(objective.batches(1)[0], 1))
    return [one.grad for one in made.network.parameters() if one.grad is not None]


def check_group_of_one(options: argparse.Namespace) -> str:
    """Send gradients through nccl and back, by the code of several processes."""
    alone = gradients(options, World())
    dist.init_process_group("cpu:gloo,cuda:nccl", store=dist.HashStore(), rank=0, world_size=1)
    try:
        world = Group(0, 1)
        sent = gradients(options, world)
        rows = torch.tensor([1, 4], device=GPU)
        found, values = world.merge_rows(rows, torch.ones(2, 3, device=GPU))
        if not torch.equal(found, rows) or not bool((values == 1).all()):
            raise CheckError("rows come back otherwise than they went")
    finally:
        dist.destroy_process_group()
    largest = max(float((one - other).abs().max()) for one, other in zip(alone, sent, strict=True))
    if largest > 1e-4:
        raise CheckError(f"gradients that went through nccl differ by {largest:.1e}")
    return f"gradients that went through nccl differ by {largest:.1e} at most"


def check_torchrun(options: argparse.Namespace, folder: Path) -> str:
    """Train by a process a GPU."""
    count = torch.cuda.device_count()
    if count < 2:
        return "one GPU: nothing to share out"
    out = folder / "together"
    launcher = [*("-m", "torch.distributed.run", "--standalone"), *("--nproc-per-node", str(count))]
    given = ["train", "--model", "bilstm-crf", "--data", options.data, "--out", str(out), "--quiet"]
    given += ["--epochs", str(options.epochs), "--precision", "bf16"]
    subprocess.run([sys.executable, *launcher, "-m", "onoma", *given], check=True, stdout=subprocess.DEVNULL)
    rows = [json.loads(row) for row in (out / "history.jsonl").read_text(encoding="utf-8").splitlines()]
    if not rows[-1]["train_loss"] < rows[0]["train_loss"]:
        raise CheckError("the loss does not fall")
    return f"{count} GPUs: {rows[0]['train_loss']:.4f} to {rows[-1]['train_loss']:.4f}"


def checks(options: argparse.Namespace, folder: Path) -> Iterator[tuple[str, Callable[[], str]]]:
    """Yield the checks, the most important ones first."""
    yield "bilstm-crf in each format", lambda: check_formats("bilstm-crf", options, folder)
    for model in MODELS:
        yield f"{model} on CPU and GPU", lambda model=model: check_outputs(model, options)
    yield "nccl, a group of one", lambda: check_group_of_one(options)
    yield "nccl, a process a GPU", lambda: check_torchrun(options, folder)
    yield "pretraining in each format", lambda: check_pretraining(options, folder)
    for model in MODELS[1:]:
        yield f"{model} in each format", lambda model=model: check_formats(model, options, folder)


def main() -> int:
    """Check and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=230.0)
    parser.add_argument("--data", default="en")
    options = parser.parse_args()
    if not torch.cuda.is_available():
        print("gpu: there is no GPU here that PyTorch can use, so nothing was checked", file=sys.stderr)
        return 2
    print(f"{torch.cuda.device_count()} x {torch.cuda.get_device_name()}, torch {torch.__version__}")
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    started, failed = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as place:
        for name, check in checks(options, Path(place)):
            spent = time.monotonic() - started
            if spent > options.seconds:
                failed += 1
                print(f"LEFT OUT {name}: {spent:.0f} s are over")
                continue
            try:
                said = f"well     {name}: {check()}"
            except Exception as error:  # whatever it is, the other checks are worth having
                failed += 1
                said = f"WRONG    {name}: {type(error).__name__}: {error}"
            print(said, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
