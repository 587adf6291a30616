"""`KeypointNet` as in the presets `demo` and `small`, in PyTorch: to compare costs with, not to use.

Training steps only, in channels-last memory, with PyTorch's own convolutions, normalisation and autograd. It has batch
normalisation where ours renormalises: that is the same while the moving statistics are behind, and costs less.

Convention:
    PyTorch pads a strided convolution before the first cell, TensorFlow behind the last one. So the twin looks at
    images that are turned upside down, and kernels that are copied from ours are turned as well: see `copy_weights`.
"""

import torch
from torch import nn
from torch.nn import functional

WEIGHT_DECAY, MOMENTUM, ITERATIONS, UPDATE_SIZE = 0.01, 0.95, 5, 0.2
"""Of Muon: share of a kernel that it takes away at learning rate 1, momentum, Newton-Schulz iterations, and the root
mean square of an update at learning rate 1."""
QUINTIC = 3.4445, -4.7750, 2.0315
"""The polynomial a x + b x³ + c x⁵ of an iteration."""
LOG_GUARD, VOLUME_GUARD, MIN_COSINE = 1e-6, 1e-4, 1e-3


class Twin(nn.Module):
    """The same layers and terms as `tfkeypoints.models.KeypointNet` of the same `KeypointNetArguments`."""

    def __init__(self, arguments, truth=1.0):
        super().__init__()
        self.arguments = arguments
        self.truth = truth
        self.network = Hourglass(3, arguments.filters, arguments.first_stride)
        coarsest = self.network.bottom[0].out_channels
        self.facing_head = nn.Linear(coarsest, 4)
        self.told_facing = nn.Linear(1, coarsest, bias=False)
        heads = arguments.filters, arguments.num_keypoints, arguments.head_size
        self.logit_head = nn.Conv2d(*heads, padding=arguments.head_size // 2)
        self.depth_head = nn.Conv2d(*heads, padding=arguments.head_size // 2)

    def loss(self, examples):
        weights = vars(self.arguments)
        return sum(weights[name] * term.mean() for name, term in self.terms(examples, self(examples)).items())

    def forward(self, examples):
        images = examples["image"].flip(2, 3).float() / 255
        batch, views = images.shape[:2]
        cameras = examples["intrinsics"], examples["extrinsics"]
        color = ((2 * images[..., :3] - 1) * images[..., 3:]).flatten(0, 1).permute(0, 3, 1, 2)

        coarsest, skips = self.network.encode(color.contiguous(memory_format=torch.channels_last))
        uv_axis = self.facing_head(coarsest.mean((2, 3))).reshape(batch, views, 2, 2)
        told = torch.where(
            torch.rand(batch, views) < self.truth, faces_right(facing(*cameras)), faces_right(uv_axis.detach())
        )
        flag = self.told_facing(2.0 * told.reshape(-1, 1) - 1)
        features = self.network.decode(coarsest + flag[..., None, None], skips)
        heatmaps = softmax(self.logit_head(features))
        depth = self.arguments.mean_depth + (heatmaps * self.depth_head(features)).sum((2, 3)).unsqueeze(-1)
        means = moments(heatmaps)
        uv = means[..., :2]
        variance = means[..., 2] - (uv**2).sum(-1)
        std = variance.clamp(min=4 * torch.finfo(uv.dtype).eps).sqrt().unsqueeze(-1)
        uv, depth, std, heatmaps = (each.unflatten(0, (batch, views)) for each in (uv, depth, std, heatmaps))
        points = lift(uv, depth, examples["intrinsics"])
        return {
            "orientation": uv_axis,
            "uv": uv,
            "depth": depth,
            "std": std,
            "heatmaps": heatmaps,
            "mask": functional.avg_pool2d(images[..., 3].flatten(0, 1), self.arguments.first_stride),
            "points_camera": points,
            "points_world": to_world(points, examples["extrinsics"]),
        }

    def terms(self, examples, outputs):
        """The terms that have a weight: name to one value an example."""
        points, cameras = outputs["points_camera"], (examples["intrinsics"], examples["extrinsics"])
        noise = self.arguments.pose_noise
        noisy = points + noise * torch.randn_like(points) if noise else points
        covered = torch.einsum("nkhw,nhw->nk", outputs["heatmaps"].flatten(0, 1), outputs["mask"])
        covered = covered.unflatten(0, points.shape[:2])
        terms = {
            "reprojection_consistency": lambda: reprojection(outputs["points_world"], outputs["uv"], *cameras),
            "relative_pose": lambda: relative_pose(noisy, examples["extrinsics"]),
            "separation": lambda: separation(points, self.arguments.separation_delta),
            "volume": lambda: volume(points),
            "silhouette": lambda: -(covered + LOG_GUARD).log().mean((1, 2)),
            "variance": lambda: (outputs["std"] ** 2).mean((1, 2, 3)),
            "orientation": lambda: ((outputs["orientation"] - facing(*cameras)) ** 2).sum(-1).mean((1, 2)),
        }
        return {name: term() for name, term in terms.items() if getattr(self.arguments, name)}


class Hourglass(nn.Module):
    """The layers of `tfkeypoints.backbones.SlimHourglassNetwork`."""

    def __init__(self, channels, filters, first_stride, levels=4):
        super().__init__()
        widths = [filters * 2**level for level in range(levels)]
        strides = [first_stride] + [2] * (levels - 1)
        self.downsampling = nn.ModuleList(map(block, [channels, *widths], widths, strides))
        self.refining = nn.ModuleList(map(block, widths[1:], widths[1:]))
        self.bottom = block(widths[-1], widths[-1])
        self.upsampling = nn.ModuleList(map(block, widths[1:], widths[:-1]))
        self.merges = nn.ModuleList(map(block, widths[:-1], widths[:-1]))

    def encode(self, images):
        features = [self.downsampling[0](images)]
        for down, refine in zip(self.downsampling[1:], self.refining, strict=True):
            features.append(refine(down(features[-1])))
        return self.bottom(features[-1]), features[:-1]

    def decode(self, features, skips):
        for up, merge, skip in zip(self.upsampling[::-1], self.merges[::-1], skips[::-1], strict=True):
            features = merge(functional.interpolate(up(features), scale_factor=2, mode="nearest") + skip)
        return features

    def blocks(self):
        """In the order of ours."""
        return [*self.downsampling, *self.refining, self.bottom, *self.upsampling, *self.merges]


def block(channels, filters, stride=1):
    convolution = nn.Conv2d(channels, filters, 3, stride, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(filters, eps=1e-3, momentum=0.01), nn.LeakyReLU(0.1, inplace=True))


class Muon:
    """`tfkeypoints.training.optimizers.ConvolutionMuon`: Muon for convolutions, Adam for heads and the rest."""

    def __init__(self, model, learning_rate):
        kernels = {name: each for name, each in model.named_parameters() if each.ndim == 4 and "head" not in name}
        others = [each for name, each in model.named_parameters() if name not in kernels]
        self.learning_rate = learning_rate
        self.kernels = list(kernels.values())
        self.momenta = [torch.zeros_like(each) for each in self.kernels]
        self.adam = torch.optim.Adam(others, learning_rate, eps=1e-7, foreach=True)

    def zero_grad(self):
        self.adam.zero_grad(set_to_none=True)
        for kernel in self.kernels:
            kernel.grad = None

    @torch.no_grad()
    def step(self):
        self.adam.step()
        gradients = [kernel.grad for kernel in self.kernels]
        torch._foreach_mul_(self.momenta, MOMENTUM)
        torch._foreach_add_(self.momenta, gradients)
        ahead = torch._foreach_add(gradients, self.momenta, alpha=MOMENTUM)
        torch._foreach_mul_(self.kernels, 1 - WEIGHT_DECAY * self.learning_rate)
        for kernel, update in zip(self.kernels, ahead, strict=True):
            matrix = update.flatten(1)
            size = self.learning_rate * UPDATE_SIZE * max(matrix.shape) ** 0.5
            kernel.sub_(orthogonalised(matrix).unflatten(1, kernel.shape[1:]), alpha=size)


def orthogonalised(matrix):
    """A matrix whose singular values are all near 1, by the Newton-Schulz iteration X <- a X + (b A + c A²) X."""
    if matrix.shape[0] > matrix.shape[1]:
        return orthogonalised(matrix.mT).mT
    a, b, c = QUINTIC
    matrix = matrix / (matrix.norm() + 1e-7)
    for _ in range(ITERATIONS):
        gram = matrix @ matrix.mT
        matrix = torch.addmm(matrix, torch.addmm(gram, gram, gram, beta=b, alpha=c), matrix, beta=a)
    return matrix


def softmax(logits):
    """Heatmaps that sum to 1 over an image `[N, K, H, W]`."""
    return torch.softmax(logits.flatten(2), -1).unflatten(2, logits.shape[2:])


def moments(heatmaps):
    """Means of u, v and u² + v² under each heatmap of a turned image, `[N, K, 3]`."""
    v, u = torch.meshgrid(*(1 - (2 * torch.arange(size) + 1) / size for size in heatmaps.shape[2:]), indexing="ij")
    return heatmaps.flatten(2) @ torch.stack([u, v, u**2 + v**2], -1).flatten(0, 1)


def faces_right(uv_axis):
    return uv_axis[..., 0, 0] >= uv_axis[..., 1, 0]


def facing(intrinsics, extrinsics):
    """Image points of (1, 0, 0) and (-1, 0, 0), `[B, V, 2, 2]`."""
    ends = torch.tensor([[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0]])
    return project(ends, intrinsics, extrinsics)


def lift(uv, depth, intrinsics):
    y = (uv[..., 1:] - intrinsics[..., 1, 2, None, None]) / intrinsics[..., 1, 1, None, None]
    x = uv[..., :1] - intrinsics[..., 0, 2, None, None] - intrinsics[..., 0, 1, None, None] * y
    return torch.cat([x / intrinsics[..., 0, 0, None, None], y, torch.ones_like(y)], -1) * depth


def to_world(points, extrinsics):
    return (points - extrinsics[..., None, :3, 3]) @ extrinsics[..., :3, :3]


def project(points, intrinsics, extrinsics):
    points = points @ extrinsics[..., :3, :3].mT + extrinsics[..., None, :3, 3]
    depth = torch.maximum(points[..., 2:], MIN_COSINE * points.norm(dim=-1, keepdim=True))
    return (points @ intrinsics.mT)[..., :2] / depth


def reprojection(points_world, uv, intrinsics, extrinsics):
    """Each view's points against those that every other view sees, over V - 1."""
    seen = project(points_world.unsqueeze(2), intrinsics.unsqueeze(1), extrinsics.unsqueeze(1))
    distances = ((seen - uv.unsqueeze(1)) ** 2).sum(-1).mean(-1)
    return of_others(distances).sum((1, 2)) / max(uv.shape[1] - 1, 1)


def relative_pose(points, extrinsics):
    """Mean angle between the true rotation of two views and the one that their points imply."""
    rotations = extrinsics[..., :3, :3]
    truth = rotations.unsqueeze(1) @ rotations.unsqueeze(2).mT
    centred = points - points.mean(2, keepdim=True)
    products = torch.einsum("bmki,bnkj->bnmij", centred, centred) / points.shape[2]
    turned = NearestRotation.apply(products).mT @ truth
    axis = [turned[..., i, j] - turned[..., j, i] for i, j in ((2, 1), (0, 2), (1, 0))]
    squared = torch.stack(axis, -1).square().sum(-1)
    sine = torch.where(squared > 0, torch.where(squared > 0, squared, 1.0).sqrt(), 0.0) / 2
    cosine = (turned.diagonal(dim1=-2, dim2=-1).sum(-1) - 1) / 2
    return of_others(torch.atan2(sine, cosine)).sum((1, 2)) / max(points.shape[1] * (points.shape[1] - 1), 1)


class NearestRotation(torch.autograd.Function):
    """The rotation R of the polar decomposition M = R P, with its gradient."""

    @staticmethod
    def forward(context, matrix):
        u, singular, v = torch.linalg.svd(matrix)
        signs = torch.ones_like(singular)
        signs[..., 2] = torch.linalg.det(u) * torch.linalg.det(v)
        signed = u * signs.unsqueeze(-2)
        context.save_for_backward(signed, singular, signs, v)
        return signed @ v

    @staticmethod
    def backward(context, upstream):
        signed, singular, signs, v = context.saved_tensors
        inner = signed.mT @ upstream @ v.mT
        stretch = singular * signs
        sums = stretch.unsqueeze(-1) + stretch.unsqueeze(-2)
        damping = 1e-4 * singular[..., :1, None] + 1e-9
        return signed @ ((inner - inner.mT) * sums / (sums**2 + damping**2)) @ v


def separation(points, delta):
    """Mean over views of the hinge on squared distances of pairs, over 2 K."""
    squared = ((points.unsqueeze(3) - points.unsqueeze(2)) ** 2).sum(-1)
    return of_others((delta - squared).clamp(min=0)).sum((2, 3)).mean(1) / (2 * points.shape[2])


def volume(points):
    """Mean over views of the negative half logarithm of the determinant of the points' covariance."""
    apart = points - points.mean(2, keepdim=True)
    covariance = apart.mT @ apart / points.shape[2]
    return -0.5 * torch.logdet(covariance + VOLUME_GUARD * torch.eye(3)).mean(1)


def of_others(table):
    """A table `[..., N, N]` with 0 where something is compared with itself."""
    return table * (1 - torch.eye(table.shape[-1]))


def copy_weights(model, twin):
    """Gives the twin the weights and moving statistics of a built `KeypointNet`."""
    ours = model.network
    blocks = [*ours.downsampling, *ours.refining, ours.bottom, *ours.upsampling, *ours.merges]
    for block_of_ours, (convolution, normalisation, _) in zip(blocks, twin.network.blocks(), strict=True):
        copy(convolution.weight, turned_kernel(block_of_ours.convolution.kernel))
        activation = block_of_ours.activation
        copy(normalisation.weight, activation.gamma)
        copy(normalisation.bias, activation.beta)
        copy(normalisation.running_mean, activation.moving_mean)
        copy(normalisation.running_var, activation.moving_variance)
    for name in ("logit_head", "depth_head"):
        copy(getattr(twin, name).weight, turned_kernel(getattr(model, name).kernel))
        copy(getattr(twin, name).bias, getattr(model, name).bias)
    copy(twin.facing_head.weight, model.facing_head.kernel.numpy().T)
    copy(twin.facing_head.bias, model.facing_head.bias)
    copy(twin.told_facing.weight, model.told_facing.kernel.numpy().T)


@torch.no_grad()
def copy(tensor, values):
    tensor.copy_(torch.as_tensor(values.numpy() if hasattr(values, "numpy") else values))


def turned_kernel(kernel):
    """Height, width, inputs, outputs to outputs, inputs, height, width, turned upside down."""
    return kernel.numpy()[::-1, ::-1].transpose(3, 2, 0, 1).copy()
