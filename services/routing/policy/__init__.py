"""Policy documents: the shipped `default.yaml`, a schema for each section, checking, and what holds where."""
