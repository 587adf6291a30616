"""Moving shapes: a procedural robot arm, a box and a ball over a textured table, seen by several cameras over time."""
