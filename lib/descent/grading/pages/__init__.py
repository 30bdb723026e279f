"""What people read: a page for each submission, and the class report."""
