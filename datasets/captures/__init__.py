"""Captures: photos of the user's own objects, each cut to windows about its object."""
