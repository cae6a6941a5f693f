"""``python -m onoma``."""

import sys

from onoma.cli.main import main

sys.exit(main())
