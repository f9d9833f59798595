"""What people read: figures, tables as pages, and the claims with their verdicts."""
