"""``python -m onoma``."""

import sys

from onoma.cli.main import main

if __name__ == "__main__":  # processes that train for a suite import this module
    sys.exit(main())
