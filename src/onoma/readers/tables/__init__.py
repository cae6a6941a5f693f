"""Rows of fields: separated values, cells that hold lists, Arrow and data sets."""
