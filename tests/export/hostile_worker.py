"""Loads and uses one bundle after another, each named by a line of its input: a child that may die."""

from __future__ import annotations

import json
import sys
import time
from contextlib import suppress
from pathlib import Path

import onoma
from onoma.errors import OnomaError
from onoma.runtime.memory import resident_peak_mb

TEXT = "Anna Smith of the United Nations met Ivan Petrov in New York on 5 May 2021, ab aab (Bonn)."


def main() -> None:
    """A line of JSON a bundle: what came of it, seconds of a core, MB above what the process had."""
    for line in sys.stdin:
        with suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")  # begins the peak of memory anew
        before, started = resident_peak_mb(), time.process_time()
        try:
            tagger = onoma.load(line.rstrip("\n"))
            tagger.tag([TEXT, ""])
            what, said = "ran", ""
        except OnomaError as error:
            what, said = "refused", str(error)
        except Exception as error:  # what should have been one of ours
            what, said = "other error", f"{type(error).__name__}: {error}"
        facts = {"what": what, "said": said[:300]}
        facts |= {"seconds": time.process_time() - started, "mb": resident_peak_mb() - before}
        print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    main()
