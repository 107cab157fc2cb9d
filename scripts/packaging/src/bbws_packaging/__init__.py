"""Builds the Lambda packages: the same input gives the same bytes, whatever machine builds them."""
