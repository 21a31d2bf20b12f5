"""What routing's interface takes and gives."""
