"""Working time: which instants count on the clock on the wall of a place. Pure: holidays and zones come in as arguments."""
