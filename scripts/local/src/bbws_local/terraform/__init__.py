"""`make run PROVISION=terraform`: an account in the emulator that the real Terraform makes."""
