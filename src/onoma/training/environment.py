"""What a result depended on besides configuration and data: versions and machine."""

from __future__ import annotations

import os
import platform
import re
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import onoma
from onoma.decode.compiled import kernel_name

_PASSWORDS = re.compile(r"(?P<before>\w://[^\s/:@]*:)\S*(?=@)|(?P<key>[?&]password=)[^\s&]*")
_PACKAGES = ("numpy", "torch", "safetensors", "pydantic")


def describe_environment(**extra: object) -> dict[str, object]:
    """Return versions, processor, cores and ``extra`` facts such as threads and precision."""
    return {
        "onoma": onoma.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "decoding": kernel_name(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "arguments": given_arguments(),
        **extra,
    }


def given_arguments() -> list[str]:
    """Return what this process was started with."""
    return [hide_passwords(argument) for argument in sys.argv[1:]]


def hide_passwords(text: str) -> str:
    """Return a text with stars for the passwords of the URLs in it."""
    return _PASSWORDS.sub(lambda found: f"{found['before'] or found['key']}***", text)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n"):
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
