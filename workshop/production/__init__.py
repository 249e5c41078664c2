"""Proofs of what runs in production: images, compositions, backups, rolling updates."""
