"""What this machine is: reads only."""
