"""Pure decisions of routing: the standard library only, no input or output, no clock, no database."""
