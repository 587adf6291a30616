"""From triangles to calibrated views: meshes, shapes, cameras and a ray caster. Nothing here imports TensorFlow."""
