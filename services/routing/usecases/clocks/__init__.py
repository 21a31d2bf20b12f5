"""Clocks of cases: started, renewed, paused and stopped by what happens, watched, and computed again (DESIGN §2.10)."""
