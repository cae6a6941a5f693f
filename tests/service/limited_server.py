"""``onoma`` in a process that may open MAY_OPEN files only; with UNAWARE it does not know."""

import os
import resource
import sys

from onoma.cli.main import main
from onoma.service import process

if __name__ == "__main__":
    may_open = int(os.environ["MAY_OPEN"])
    resource.setrlimit(resource.RLIMIT_NOFILE, (may_open, may_open))
    if "UNAWARE" in os.environ:
        process.most_connections = lambda wanted: wanted
    sys.exit(main())
