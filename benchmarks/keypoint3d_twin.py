"""`Keypoint3D` with `view_encoding="stacked"`, without a background, in PyTorch: to compare costs with, not to use."""

import torch
from torch import nn


class Twin(nn.Module):
    """The same layers and terms as `tfkeypoints.models.Keypoint3D` of the same arguments."""

    def __init__(self, num_keypoints, num_views, image_size, filters, levels, mean_depth):
        super().__init__()
        self.num_keypoints, self.num_views = num_keypoints, num_views
        self.mean_depth = mean_depth
        height, width = (size // 2**levels for size in image_size)
        widths = [filters * 2**level for level in range(levels)]
        encoder, channels = [], 3 * num_views
        for width_of_level in widths:
            encoder.append(block(channels, width_of_level, stride=2))
            channels = width_of_level
        encoder += [block(channels, channels, dilation=dilation) for dilation in (1, 2)]
        self.encoder = nn.Sequential(*encoder, nn.Conv2d(channels, 2 * num_keypoints * num_views, 1))
        decoder, channels = [], num_keypoints * num_views
        for width_of_level in reversed(widths):
            decoder += [block(channels, width_of_level), nn.Upsample(scale_factor=2)]
            channels = width_of_level
        self.decoder = nn.Sequential(*decoder, nn.Conv2d(channels, 3 * num_views, 3, padding=1))
        rows, columns = cell_centres(height), cell_centres(width)
        v, u = torch.meshgrid(rows, columns, indexing="ij")
        self.register_buffer("basis", torch.stack([u, v, u**2 + v**2], -1).reshape(-1, 3))
        self.register_buffer("rows", rows)
        self.register_buffer("columns", columns)
        self.scale = 2 * 0.75 * mean_depth / height

    def loss(self, frames):
        images = frames["image"].float() / 255
        batch, views, height, width, _ = images.shape
        stacked = (2 * images - 1).permute(0, 1, 4, 2, 3).reshape(batch, 3 * views, height, width)
        maps = self.encoder(stacked).reshape(batch, views, 2 * self.num_keypoints, -1)
        logits, raw_depth = maps.split(self.num_keypoints, 2)
        heatmaps = torch.softmax(5 * logits, -1)
        depth = (heatmaps * 2 * self.mean_depth * torch.sigmoid(raw_depth)).sum(-1, keepdim=True)
        moments = heatmaps @ self.basis
        uv = moments[..., :2]
        std = (moments[..., 2:] - (uv**2).sum(-1, keepdim=True)).clamp(min=1e-12).sqrt()
        uv = uv + std * (0.05 * torch.randn_like(uv)).clamp(-1, 1)
        points = self.to_world(uv, depth, frames)
        attention = torch.softmax(logits.mean(-1), -1).unsqueeze(-1) + 1e-12
        keypoints = (attention * points).sum(1) / attention.sum(1)
        drawn_uv, drawn_depth = self.project(keypoints.unsqueeze(1), frames)
        answer = self.decoder(self.draw(drawn_uv, drawn_depth).flatten(1, 2)) + 0.5
        target = images.permute(0, 1, 4, 2, 3).reshape(answer.shape)
        return (
            5 * ((answer - target) ** 2).mean()
            + 0.05 * multiview_consistency(points)
            + 0.0025 * separation_inverse(keypoints)
        )

    def to_world(self, uv, depth, frames):
        rays = torch.cat([uv, torch.ones_like(depth)], -1) @ torch.linalg.inv(frames["intrinsics"]).mT
        rotation, translation = frames["extrinsics"][..., :3, :3], frames["extrinsics"][..., :3, 3]
        return (rays * depth - translation.unsqueeze(-2)) @ rotation

    def project(self, points, frames):
        rotation, translation = frames["extrinsics"][..., :3, :3], frames["extrinsics"][..., :3, 3]
        camera = points @ rotation.mT + translation.unsqueeze(-2)
        depth = camera[..., 2:].clamp(min=1e-3)
        return ((camera / depth) @ frames["intrinsics"].mT)[..., :2], depth

    def draw(self, uv, depth):
        precision = depth / self.scale
        columns = torch.exp(-(((self.columns - uv[..., :1]) * precision) ** 2) / 2)
        rows = torch.exp(-(((self.rows - uv[..., 1:]) * precision) ** 2) / 2)
        return rows.unsqueeze(-1) * columns.unsqueeze(-2)


def block(channels, filters, stride=1, dilation=1):
    convolution = nn.Conv2d(channels, filters, 3, stride, padding=dilation, dilation=dilation, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(filters, eps=1e-3, momentum=0.05), nn.LeakyReLU(0.1, inplace=True))


def cell_centres(size):
    return (2 * torch.arange(size) + 1) / size - 1


def multiview_consistency(points):
    squared = ((points.unsqueeze(2) - points.detach().unsqueeze(1)) ** 2).sum(-1)
    views = points.shape[1]
    return squared.mean((0, 3)).sum() / (views * (views - 1))


def separation_inverse(points):
    squared = ((points.unsqueeze(2) - points.unsqueeze(1)) ** 2).sum(-1)
    return (1 / (1000 * squared + 1)).mean()
