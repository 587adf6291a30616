"""Whether cameras and a recording fit together: what moves must lie between the same epipolar planes in every view."""
