"""Pure decisions of notification: the standard library only, no input or output, no clock, no database."""
