"""Networks: architectures, weights on disk, devices, and batches of inputs."""
