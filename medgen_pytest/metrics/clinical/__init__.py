"""Clinical metrics: what two texts say about organs, findings, devices and imaging."""
