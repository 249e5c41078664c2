#!/bin/sh
PYTHONPATH=/usr/local/lib/python3.13/site-packages exec python -m pip "$@"
