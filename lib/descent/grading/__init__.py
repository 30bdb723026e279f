"""The grader: takes submissions in, runs them in locked-down processes, marks them, and tells people."""
