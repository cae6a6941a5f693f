"""``onoma`` that is told SIGHUP before it serves: as soon as it has an address."""

import os
import signal
import sys

from onoma.cli.main import main
from onoma.service import server

bind = server.bind


def bind_and_hang_up(settings):
    os.kill(os.getpid(), signal.SIGHUP)
    return bind(settings)


server.bind = bind_and_hang_up
if __name__ == "__main__":  # workers import this module, too
    sys.exit(main())
