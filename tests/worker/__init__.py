"""Tests that need the packages of workers: make test-worker runs them."""
