"""The shipped rule pack: data only. `pack.yaml` holds the trees, every other file holds rules."""
