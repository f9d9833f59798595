"""Networks: architectures, weights on disk, devices, batches of inputs, and predictions."""
