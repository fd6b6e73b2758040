"""Pages with tables, figures, and everything the numbers rest on."""
