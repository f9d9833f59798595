"""Training of base models, and fine-tuning."""
