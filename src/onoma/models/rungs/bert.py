"""Rung ``bert``: a pretrained Hugging Face encoder, fine-tuned."""

from onoma.models.base import Rung
from onoma.models.pretrained_inputs import (
    PretrainedInputs,
    build_pretrained_body,
    fit_pretrained_features,
    load_pretrained_encoder,
)


class Config(PretrainedInputs):
    """Defaults of ``bert``."""


RUNG = Rung(
    "bert",
    "any Hugging Face encoder, from a folder or the Hub, fine-tuned; softmax or CRF",
    Config,
    fit_pretrained_features,
    build_pretrained_body,
    extras=("bert",),
    training={
        "epochs": 5,
        "batch_size": 16,
        "epoch_updates": 64,
        "learning_rate": 5e-5,
        "head_learning_rate": 1e-3,
        "layer_decay": 0.9,
        "warmup": 0.1,
        "clip": 1.0,
        "average": 0.0,
    },
    load_pretrained=load_pretrained_encoder,
)
