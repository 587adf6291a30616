"""From recordings of calibrated cameras to examples: what moves, where to look, which frames, and the crops."""
