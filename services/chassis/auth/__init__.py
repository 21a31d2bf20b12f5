"""Who calls: keys, tokens, the principal a token stands for, and whether that principal is still welcome."""
