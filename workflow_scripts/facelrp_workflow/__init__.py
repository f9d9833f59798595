"""Shared by all scripts and the Snakefile: jobs, files, the checked configuration, and code as inputs."""
