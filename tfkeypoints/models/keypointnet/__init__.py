"""KeypointNet: keypoints of a category, learnt from pairs of views."""
