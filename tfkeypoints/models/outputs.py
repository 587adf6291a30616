"""What the models that find keypoints return, in words: for model cards and documentation."""

OUTPUTS = {
    "points_world": "[batch, views, K, 3], world, as each view alone sees them",
    "points_camera": "[batch, views, K, 3], in each camera's frame",
    "uv": "[batch, views, K, 2], normalised coordinates of each image",
    "depth": "[batch, views, K, 1], along the camera's z axis",
    "std": "[batch, views, K, 1], standard deviation of the heatmap in normalised coordinates",
    "confidence": "[batch, views, K], the heatmap's mass in its fullest cell, 0 to 1",
}
"""Output to its shape and meaning, of those that all models have; without the maps, which no signature returns."""
