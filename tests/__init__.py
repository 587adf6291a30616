"""A package, so that it comes before packages of that name which others install, such as sleap-io 0.9.5's."""
