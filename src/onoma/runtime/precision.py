"""In which number format PyTorch multiplies."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import torch

Precision = Literal["fp32", "bf16", "fp16"]
"""fp16 is for training on GPUs without bf16: its smallest numbers are so large that losses have to be scaled
(`onoma.training.loss_scale`)."""

_DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


def best_precision(device: torch.device) -> Precision:
    """Return ``bf16`` where the hardware multiplies it; elsewhere it works, but slowly."""
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported() else "fp32"
    capabilities = torch.cpu.get_capabilities()
    return "bf16" if capabilities.get("avx512_bf16") or capabilities.get("amx_bf16") else "fp32"


def choose_precision(asked: Precision | Literal["auto"], device: torch.device) -> Precision:
    """Return what was asked for; ``auto`` asks the hardware."""
    return best_precision(device) if asked == "auto" else asked


def autocast(precision: Precision, device: torch.device) -> AbstractContextManager[object]:
    """Return the context in which a network's layers compute in this precision."""
    if precision == "fp32":
        return nullcontext()
    return torch.autocast(device.type, dtype=_DTYPES[precision])
