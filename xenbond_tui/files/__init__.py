"""Lossless editors for the file formats we touch."""
