"""Remote models: what every adapter of an endpoint shares: requests, limits, retries, prices, privacy."""
