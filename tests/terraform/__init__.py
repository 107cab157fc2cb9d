"""Terraform applied for real, to an account that is emulated."""
