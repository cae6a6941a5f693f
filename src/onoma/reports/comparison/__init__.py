"""What is shown of a comparison: tables, the page, the summary in the terminal, files."""
