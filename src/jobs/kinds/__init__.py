"""The kinds of jobs, one module each. They are found here, and call services."""
