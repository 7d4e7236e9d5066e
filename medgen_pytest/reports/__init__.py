"""Run results as text: terminal, JSON and JUnit reports, which show numbers and compute none."""
