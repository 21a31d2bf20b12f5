"""Telling others of a case: by the levels of its clocks, or because a person takes it upwards (R104)."""
