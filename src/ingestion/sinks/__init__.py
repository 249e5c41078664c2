"""Where records go: one module for each feature that takes any."""
