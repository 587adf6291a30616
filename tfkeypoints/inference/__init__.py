"""What a trained model is used for: keypoints of images and of recordings, and exported models."""
