"""The starter: the files from which a repository comes to a gated run in CI."""
