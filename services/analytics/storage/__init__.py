"""The tables of analytics and every statement over them; each is for one generation, which the caller names."""
