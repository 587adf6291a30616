"""Keypoint3D: keypoints of a moving scene, learnt by rebuilding what its cameras see."""
