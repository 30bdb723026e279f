"""What is raised where a submission cannot be read."""


class UnreadableError(Exception):
    """A submission that cannot be read; the message says why and what to do, to the student."""
