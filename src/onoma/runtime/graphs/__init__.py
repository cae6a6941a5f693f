"""What may stand in a bundle's ONNX file, read before onnxruntime sees it.

A graph from a stranger is a program. Hashes do not help, and onnxruntime is no place to find out: it aborts
on some attributes, divides by zero while it folds constants, and takes whatever memory it is asked for. So a
graph is run first on *bounds* instead of numbers:

- `wire` reads the file, of which it knows few fields: one graph, no other files, libraries or inner graphs;
- `bounds` says of each dimension and of each integer between which numbers it lies, for batches as large
  as `onoma.runtime.tagger` makes them;
- `elementwise`, `shaping` and `layers` hold a rule an operator: which attributes and inputs it may have,
  which of them must be constants, and the bounds of what comes out. A rule lets through what our exporters
  write with it, and no more;
- `check` applies them node by node, and refuses what would take too much time or memory.

Integers come from integers only (no float is cast to one) and are never divided, so that none overflows; a
`Range` ends at a number that is bounded; a `Slice` or `Reshape` makes nothing larger. It needs numpy only.
"""

from onoma.runtime.graphs.bounds import LONGEST
from onoma.runtime.graphs.check import OPERATORS, check_graph
from onoma.runtime.graphs.wire import OPSET

__all__ = ["LONGEST", "OPERATORS", "OPSET", "check_graph"]
