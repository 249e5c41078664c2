"""Runs jobs: the kinds, the worker, and the engines that carry jobs to it."""
