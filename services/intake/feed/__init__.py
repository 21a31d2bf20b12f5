"""Sends many texts through the public API, as a client of it: `linli feed`."""
