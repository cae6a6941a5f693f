"""JSON: an object a line, an array, an object over several lines; its fields and entities."""
