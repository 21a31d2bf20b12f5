"""What every service bolts onto, without one word of the domain; it imports no service and no contract."""
