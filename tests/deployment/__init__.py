"""Deployments onto a running system."""
