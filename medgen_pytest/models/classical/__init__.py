"""The classical model: image processing without learning, one method for each task."""
