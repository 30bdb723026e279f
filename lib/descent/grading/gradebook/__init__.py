"""Marks in nbgrader's gradebook, what is late, what was changed, and tables for other systems."""
