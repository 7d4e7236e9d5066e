"""Tables of systems as LaTeX, Markdown, CSV, JSON and text: a `Table` in, a text out."""
