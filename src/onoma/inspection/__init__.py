"""What is in labelled data and what is wrong with it: one pass, in bounded memory."""

from onoma.inspection.inspector import inspect_parts
from onoma.inspection.parts import Part, find_parts
from onoma.inspection.report import Inspection, SplitReport

__all__ = ["Inspection", "Part", "SplitReport", "find_parts", "inspect_parts"]
