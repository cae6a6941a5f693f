"""How results are shown: marked text, pages, score tables, plots."""
