"""A comparison as one HTML page that works without any network: what differs, and each sample that flipped."""
