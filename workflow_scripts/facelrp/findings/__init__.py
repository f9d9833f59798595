"""Findings: the claims of the paper and of this tool, and what an experiment's measurements say of each."""
