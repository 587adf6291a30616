"""Rendered objects: multi-view images of procedural shapes and of the user's own meshes."""
