"""Settings of the metrics tests."""

from hypothesis import settings

# A deadline would make the tests depend on how busy the machine is.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
