"""Embeddings: images and texts as vectors of frozen networks, and how alike these point.

`metric` is the anatomical embedding similarity of two images; `joint` is the contract for instruction and image.
"""
