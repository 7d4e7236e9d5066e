"""The process adapter: a program of the user's, with an environment of its own, that speaks JSON lines."""
