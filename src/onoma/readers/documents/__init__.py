"""Annotations beside their text: standoff lines, passages, layers, XML, folders and archives."""
