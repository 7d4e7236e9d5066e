"""Results to verdicts: thresholds, outcomes, aggregation and gates; pure functions of records and settings."""
