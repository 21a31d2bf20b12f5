"""What the interface of analytics takes and gives."""
