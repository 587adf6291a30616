"""The authors' KeypointNet data: pairs of views of ShapeNet's cars, planes and chairs, from their TFRecords."""
