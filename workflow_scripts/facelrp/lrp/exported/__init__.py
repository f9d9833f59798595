"""The front-end for networks with branches: their computation, traced by torch.export, as layers for relevance."""
