"""Networks with branches, small enough for tests in float64."""

import torch
import torch.nn.functional as F
from torch import nn


def settled(network):
    """Return a network in float64 and evaluation whose batch norms have seen data of their own mean and variance."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean, std=0.2)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.2)
            module.eps = 1e-3
        elif isinstance(module, nn.Conv2d | nn.Linear) and module.bias is not None:
            nn.init.normal_(module.bias, std=0.1)
    return network.double().eval()


class Branches(nn.Module):
    """Fan-out to three branches, which meet in a difference, a sum with a constant and a concatenation."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.left, self.right = nn.Conv2d(8, 8, 3, padding=1), nn.Conv2d(8, 8, 1)
        self.narrow = nn.Conv2d(8, 4, 3, stride=2, padding=1)
        self.offset = nn.Parameter(torch.randn(8, 1, 1))
        self.hidden, self.head = nn.Linear(20, 12), nn.Linear(12, 3)

    def forward(self, x):
        x = F.relu(self.conv(x))
        y = F.gelu(self.left(x)) - 0.3 * self.right(x)
        y = y + self.offset + x
        y = F.max_pool2d(y, 2)
        z = torch.cat([y, F.silu(self.narrow(x)), F.avg_pool2d(x, 2)], dim=1)
        z = z.permute(0, 2, 3, 1).mean((1, 2))
        return self.head(F.relu(self.hidden(z)))


class Dense(nn.Module):
    """Dense blocks: concatenations, with batch norms behind them that no convolution can take in."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU(inplace=True))
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.BatchNorm2d(8 + 4 * i),
                nn.ReLU(inplace=True),
                nn.Conv2d(8 + 4 * i, 8, 1, bias=False),
                nn.BatchNorm2d(8),
                nn.ReLU(inplace=True),
                nn.Conv2d(8, 4, 3, padding=1, bias=False),
            )
            for i in range(3)
        )
        self.last, self.head = nn.BatchNorm2d(20), nn.Linear(20, 3)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = torch.cat([x, block(x)], 1)
        x = F.relu(self.last(x), inplace=True)
        return self.head(torch.flatten(F.adaptive_avg_pool2d(x, (1, 1)), 1))


class Inverted(nn.Module):
    """A block of MobileNetV2, with a depthwise convolution between two of size 1."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        wide, self.residual = 3 * inputs, inputs == outputs and stride == 1
        self.layers = nn.Sequential(
            nn.Conv2d(inputs, wide, 1, bias=False),
            nn.BatchNorm2d(wide),
            nn.ReLU6(inplace=True),
            nn.Conv2d(wide, wide, 3, stride, 1, groups=wide, bias=False),
            nn.BatchNorm2d(wide),
            nn.ReLU6(inplace=True),
            nn.Conv2d(wide, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )

    def forward(self, x):
        return x + self.layers(x) if self.residual else self.layers(x)


class Mobile(nn.Module):
    """Depthwise convolutions and ReLU6, and one convolution in two groups."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU6(inplace=True))
        self.blocks = nn.Sequential(Inverted(8, 8, 1), Inverted(8, 12, 2), Inverted(12, 12, 1))
        self.last = nn.Conv2d(12, 16, 3, dilation=2, groups=2)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(16, 3))

    def forward(self, x):
        x = F.hardswish(self.last(self.blocks(self.stem(x))))
        return self.classifier(x.mean([2, 3]))
