"""Reads data files of users in a child process. Only the worker's environment has its packages."""
