"""Where students' code runs: locked-down processes, and the wire to them."""
