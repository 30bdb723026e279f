"""Marks that count: a method and constants of one's own for each student, drawn from the course's secret."""
