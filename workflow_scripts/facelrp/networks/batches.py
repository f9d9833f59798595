"""Batches of images, or of features computed once, for networks, and what networks answer to them."""

import numpy as np
import torch

from facelrp.memory_maps import release
from facelrp.networks.winograd import quick_convolutions

#: Inputs at a time where nothing is learned: few, so that what layers answer stays in the processor's caches.
BATCH = 16


class Images:
    """Batches of images for training, taken from a uint8 array that may be memory-mapped.

    Parameters
    ----------
    images : ndarray of uint8, shape (N, 227, 227, 3)
        RGB.
    mean : array_like of float, shape (3,) or (3, 227, 227)
        Channel means, or a mean image, on the 0–255 scale, subtracted.
    mirror, shift, unit
        See `Recipe`.
    device : torch.device or str
    rows : array_like of int, optional
        Which images to take, in this order: n of them, all if it is not given.
    """

    def __init__(self, images, mean, mirror=False, shift=0, unit=1.0, device="cpu", rows=None):
        self.images, self.mirror, self.shift, self.unit, self.device = images, mirror, shift, unit, device
        self.rows = np.arange(len(images)) if rows is None else np.asarray(rows)
        mean = torch.tensor(np.asarray(mean, dtype=np.float32), device=device)
        self.mean = mean.view(1, 3, 1, 1) if mean.dim() == 1 else mean[None]

    @property
    def pixel_range(self):
        """The lowest and the highest possible input, each a tuple of 3 float: of black and of white."""
        darkest, brightest = -self.mean.amax((0, 2, 3)), 255 - self.mean.amin((0, 2, 3))
        return tuple((darkest / self.unit).tolist()), tuple((brightest / self.unit).tolist())

    def __len__(self):
        return len(self.rows)

    def __call__(self, indices, generator=None):
        """Return the images of these indices as float (n, 3, 227, 227), augmented if a generator is given."""
        batch = torch.from_numpy(self.images[self.rows[indices.numpy()]]).to(self.device)
        release(self.images)
        if generator is not None and self.mirror:
            flip = (torch.rand(len(batch), generator=generator) < 0.5).to(self.device)
            batch = torch.where(flip.view(-1, 1, 1, 1), batch.flip(2), batch)
        if generator is not None and self.shift:
            offsets = torch.randint(-self.shift, self.shift + 1, (2, len(batch), 1), generator=generator)
            side = batch.shape[1]
            rows, columns = (torch.arange(side) + offsets).clamp(0, side - 1).to(self.device)
            faces = torch.arange(len(batch), device=self.device)
            batch = batch[faces.view(-1, 1, 1), rows[:, :, None], columns[:, None, :]]
        # NHWC bytes seen as NCHW are channels-last already: the layout the convolutions are quickest in.
        return batch.permute(0, 3, 1, 2).float().sub_(self.mean).div_(self.unit)


class Features:
    """Batches of features computed once, of the images as they are and, optionally, mirrored.

    Parameters
    ----------
    features : Tensor or ndarray, shape (V, N, F)
        V = 1, or 2 where the second view is of the mirrored images; each is shown at random. An array may be
        memory-mapped.
    rows : array_like of int, optional
        Which of the N to take, in this order: n of them, all if it is not given.
    device : torch.device or str
        Where batches go.
    """

    def __init__(self, features, rows=None, device="cpu"):
        self.features, self.device = features, device
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
        return batch


@torch.no_grad()
def predict(network, inputs, batch=BATCH):
    """Run the network over all inputs in float32, without dropout or augmentation.

    Returns
    -------
    Tensor, shape (N, …)
        On the CPU.
    """
    training = network.training
    network.eval()
    outputs = None
    with quick_convolutions(network):
        for indices in torch.arange(len(inputs)).split(batch):
            some = network(inputs(indices)).cpu()
            # All at once: a small tensor of each batch would keep the large ones' memory from being used whole again.
            outputs = some.new_empty(len(inputs), *some.shape[1:]) if outputs is None else outputs
            outputs[indices] = some
    network.train(training)
    return outputs
