"""A student that learns from teachers on unlabelled text: making targets, and learning from them."""
