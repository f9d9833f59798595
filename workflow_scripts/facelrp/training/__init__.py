"""Training: one loop for base models and for fine-tuning."""
