"""The article of an experiment: one page in the form of a paper, made from its tables, figures and settings."""
