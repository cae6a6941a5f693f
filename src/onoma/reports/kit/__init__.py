"""What all pages are made of: templates under one escaping rule, tables, marked text, drawings."""
