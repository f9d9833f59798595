"""Batches of images, or of features computed once, and a network's outputs for all of them."""

import numpy as np
import torch

from facelrp.memory_maps import release
from facelrp.networks.winograd import quick_convolutions

#: Inputs at a time outside training: few, so that the outputs of layers stay in the processor's caches.
BATCH = 16


class Images:
    """Batches of images as a network takes them, read from a uint8 array that may be memory-mapped.

    Parameters
    ----------
    images : ndarray of uint8, shape (N, 227, 227, 3)
        RGB.
    mean : array_like of float, shape (3,) or (3, 227, 227)
        Subtracted: the mean of each channel, or a mean image, on the 0–255 scale.
    device : torch.device or str
    rows : array_like of int, optional
        The n images to use, in this order; by default all.
    mirror, shift_pixels, divide_pixels_by
        See `facelrp.training.loop.Recipe`.
    """

    def __init__(self, images, mean, device="cpu", rows=None, *, mirror=False, shift_pixels=0, divide_pixels_by=1.0):
        self.images, self.device = images, device
        self.mirror, self.shift_pixels, self.divide_pixels_by = mirror, shift_pixels, divide_pixels_by
        self.rows = np.arange(len(images)) if rows is None else np.asarray(rows)
        mean = torch.tensor(np.asarray(mean, dtype=np.float32), device=device)
        self.mean = mean.view(1, 3, 1, 1) if mean.dim() == 1 else mean[None]

    def __len__(self):
        return len(self.rows)

    def __call__(self, indices, generator=None):
        """Return the images of these indices as float (n, 3, 227, 227), augmented if a generator is given."""
        batch = torch.from_numpy(self.images[self.rows[indices.numpy()]]).to(self.device)
        release(self.images)
        if generator is not None and self.mirror:
            flip = (torch.rand(len(batch), generator=generator) < 0.5).to(self.device)
            batch = torch.where(flip.view(-1, 1, 1, 1), batch.flip(2), batch)
        if generator is not None and self.shift_pixels:
            offsets = torch.randint(-self.shift_pixels, self.shift_pixels + 1, (2, len(batch), 1), generator=generator)
            side = batch.shape[1]
            rows, columns = (torch.arange(side) + offsets).clamp(0, side - 1).to(self.device)
            faces = torch.arange(len(batch), device=self.device)
            batch = batch[faces.view(-1, 1, 1), rows[:, :, None], columns[:, None, :]]
        # NHWC bytes viewed as NCHW are channels-last already, the fastest layout for convolutions.
        return batch.permute(0, 3, 1, 2).float().sub_(self.mean).div_(self.divide_pixels_by)


class Features:
    """Batches of features computed once, from the images as they are and, optionally, mirrored.

    Parameters
    ----------
    features : Tensor or ndarray, shape (V, N, F)
        V = 1, or 2 if the second view is that of the mirrored images; training draws one of them at random. An array
        may be memory-mapped.
    rows : array_like of int, optional
        The n of the N to use, in this order; by default all.
    device : torch.device or str
        Where batches go.
    factor : float
        Batches are multiplied by it.
    mean, spread : Tensor, shape (F,), optional
        Then the mean is subtracted, and the result divided by the spread.
    """

    def __init__(self, features, rows=None, device="cpu", factor=1.0, mean=None, spread=None):
        self.features, self.device, self.factor, self.mean, self.spread = features, device, factor, mean, spread
        self.rows = np.arange(features.shape[1]) if rows is None else np.asarray(rows)

    def __len__(self):
        return len(self.rows)

    def __call__(self, indices, generator=None):
        """Return the features of these indices (n, F), of random views if a generator is given."""
        view = torch.zeros(len(indices), dtype=torch.long)
        if generator is not None:
            view = torch.randint(len(self.features), (len(indices),), generator=generator)
        batch = torch.as_tensor(self.features[view.numpy(), self.rows[indices.numpy()]], device=self.device)
        release(self.features)
        batch = batch if self.factor == 1 else batch * self.factor
        return batch if self.mean is None else (batch - self.mean) / self.spread

    def times(self, factor):
        """Return the same features, multiplied by a factor."""
        return Features(self.features, self.rows, self.device, self.factor * factor)

    def standardised(self, mean, spread):
        """Return the same features, less a mean (F,) and divided by a spread (F,)."""
        return Features(self.features, self.rows, self.device, self.factor, mean, spread)


@torch.no_grad()
def predict(network, inputs, batch_size=BATCH):
    """Run a network over all inputs in float32, without dropout or augmentation.

    Parameters
    ----------
    network : torch.nn.Module
    inputs : Images or Features
        N of them.
    batch_size : int

    Returns
    -------
    Tensor, shape (N, …)
        On the CPU.
    """
    training = network.training
    network.eval()
    outputs = None
    with quick_convolutions(network):
        for indices in torch.arange(len(inputs)).split(batch_size):
            batch = network(inputs(indices)).cpu()
            # One tensor for all: small tensors of each batch would fragment the memory that large ones are taken from.
            outputs = batch.new_empty(len(inputs), *batch.shape[1:]) if outputs is None else outputs
            outputs[indices] = batch
    network.train(training)
    return outputs
