"""Labels by hand in a few frames: reading them, and the linear map from keypoints to the named points."""
