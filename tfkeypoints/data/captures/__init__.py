"""Photos of objects that stand still, with the cameras of each object: finding them, and windows about the objects."""
