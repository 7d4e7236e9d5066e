"""A run as one HTML page that works without any network: it shows what evaluation says and computes nothing."""
