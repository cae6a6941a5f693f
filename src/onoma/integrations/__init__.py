"""Onoma inside other libraries."""
