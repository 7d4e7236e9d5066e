"""What `medgen show` prints of a stored run."""
