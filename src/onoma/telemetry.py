"""Libraries that tell their makers how they are used are asked not to, before any of them is imported."""

from __future__ import annotations

import os

SWITCHES = {
    "ORT_DISABLE_TELEMETRY": "1",  # onnxruntime from 1.31: a device's id in the home folder, and an uploader
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "RAY_USAGE_STATS_ENABLED": "0",
}
"""By name of the environment variable: what turns it off."""


def turn_off() -> None:
    """Set the switches that the user has not set; processes that are started from here have them, too."""
    for name, value in SWITCHES.items():
        os.environ.setdefault(name, value)
