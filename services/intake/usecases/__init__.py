"""What intake does, one transaction each; nothing here knows HTTP."""
