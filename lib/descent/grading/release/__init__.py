"""What students get: the course folder, and notebooks without solutions, also for nbgrader's own commands."""
