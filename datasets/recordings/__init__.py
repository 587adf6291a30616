"""Recordings: frames of the user's own synchronised videos or images, cut to what moves."""
