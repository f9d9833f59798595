"""Results for readers: figures, tables as pages, and the claims of the paper with their verdicts."""
