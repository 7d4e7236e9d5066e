"""Settings: `medgen.yaml` and the command line become typed values; the only reader of the environment."""
