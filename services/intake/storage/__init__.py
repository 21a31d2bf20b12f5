"""The tables of intake and all SQL on them. Whatever belongs to a tenant is asked for with the caller's `scope`."""
